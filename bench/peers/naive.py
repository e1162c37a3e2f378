"""Strawberry as its documentation shows: a session per request, ORM objects, a dataloader per relation.

It uses the project's models, and nothing else of the project.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import Any

import strawberry
from sqlalchemy import event, select
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader

from bench.peers.integrity import assess
from jobbot_gql import models
from jobbot_gql.applications.models import ApplicationStatus, ResponseType, RiskLevel
from jobbot_gql.db.url import normalise
from jobbot_gql.jobs.models import JobStatus
from jobbot_gql.outreach.models import CompanySize, ContactMethod, OpportunityStatus, OutreachStatus

for vocabulary in (
    *(ApplicationStatus, ResponseType, RiskLevel, JobStatus),
    *(CompanySize, ContactMethod, OpportunityStatus, OutreachStatus),
):
    strawberry.enum(vocabulary)


class Loaders:
    """The dataloaders of one request, on its session. A session executes one statement at a time."""

    def __init__(self, session: AsyncSession) -> None:
        self.session: Any = session  # ORM objects are used as instances of the GraphQL types
        self.lock = asyncio.Lock()
        self.job = self.one(models.Job)
        self.responses = self.many(models.EmployerResponse, "application_id", "response_date", "id")
        self.claims = self.many(models.ExperienceClaim, "application_id", "id")
        self.opportunities = self.many(models.Opportunity, "company_id", "-id")
        self.campaigns = self.many(models.OutreachCampaign, "opportunity_id", "-sent_date", "-id")

    async def all(self, statement: Any) -> list[Any]:
        async with self.lock:
            return list(await self.session.scalars(statement))

    def one(self, model: Any) -> DataLoader[int, Any]:
        async def load(keys: list[int]) -> list[Any]:
            found = {row.id: row for row in await self.all(select(model).where(model.id.in_(keys)))}
            return [found.get(key) for key in keys]

        return DataLoader(load_fn=load)

    def many(self, model: Any, foreign_key: str, *order: str) -> DataLoader[int, list[Any]]:
        column = getattr(model, foreign_key)
        terms = [getattr(model, term[1:]).desc() if term[0] == "-" else getattr(model, term) for term in order]

        async def load(keys: list[int]) -> list[list[Any]]:
            found = defaultdict(list)
            for row in await self.all(select(model).where(column.in_(keys)).order_by(*terms)):
                found[getattr(row, foreign_key)].append(row)
            return [found[key] for key in keys]

        return DataLoader(load_fn=load)


Info = strawberry.Info[Loaders, None]


@strawberry.type
class Job:
    id: int
    title: str
    company: str
    location: str | None
    salary_min: int | None
    salary_max: int | None
    description: str | None
    requirements: str | None
    benefits: str | None
    job_url: str | None
    source_site: str | None
    scraped_date: datetime | None
    posting_date: date | None
    application_deadline: date | None
    remote_option: bool | None
    job_type: str | None
    experience_level: str | None
    industry: str | None
    keywords: list[str]
    status: JobStatus | None


@strawberry.type
class EmployerResponse:
    id: int
    response_date: datetime | None
    response_type: ResponseType
    subject_line: str | None
    email_content: str | None
    sender_email: str | None
    sentiment_score: float | None
    requires_action: bool | None
    action_taken: str | None
    follow_up_scheduled: datetime | None


@strawberry.type
class Claim:
    id: int
    claim_type: str
    original_experience: str
    claimed_experience: str
    exaggeration_multiplier: float | None
    credibility_impact: float | None
    risk_level: RiskLevel | None
    justification: str | None


@strawberry.type
class Application:
    id: int
    job_id: strawberry.Private[int]
    application_date: datetime | None
    status: ApplicationStatus | None
    cover_letter_version: str | None
    resume_version: str | None
    interview_date: datetime | None
    response_date: datetime | None
    notes: str | None
    credibility_rating: float | None
    exaggeration_level: float | None
    integrity_score: float | None

    @strawberry.field
    async def job(self, info: Info) -> Job:
        job: Job = await info.context.job.load(self.job_id)
        return job

    @strawberry.field
    async def responses(self, info: Info) -> list[EmployerResponse]:
        return await info.context.responses.load(self.id)

    @strawberry.field
    async def experience_claims(self, info: Info) -> list[Claim]:
        return await info.context.claims.load(self.id)


@strawberry.type
class Campaign:
    id: int
    contact_method: ContactMethod | None
    contact_person: str | None
    sent_date: datetime | None
    response_status: OutreachStatus | None


@strawberry.type
class Opportunity:
    id: int
    problem_description: str
    estimated_value: int | None
    status: OpportunityStatus | None

    @strawberry.field
    async def campaigns(self, info: Info) -> list[Campaign]:
        return await info.context.campaigns.load(self.id)


@strawberry.type
class Company:
    id: int
    name: str
    industry: str | None
    size: CompanySize | None

    @strawberry.field
    async def opportunities(self, info: Info) -> list[Opportunity]:
        return await info.context.opportunities.load(self.id)


@strawberry.input
class ClaimInput:
    claim_type: str
    original_experience: str
    claimed_experience: str
    exaggeration_multiplier: float


@strawberry.type
class Query:
    @strawberry.field
    async def job(self, info: Info, id: int) -> Job | None:  # noqa: A002 - the argument's name in the API
        job: Job | None = await info.context.job.load(id)
        return job

    @strawberry.field
    async def jobs(self, info: Info, limit: int, status: JobStatus, remote: bool) -> list[Job]:
        return await info.context.all(
            select(models.Job)
            .where(models.Job.status == status, models.Job.remote_option == remote)
            .order_by(models.Job.scraped_date.desc().nulls_last(), models.Job.id.desc())
            .limit(limit)
        )

    @strawberry.field
    async def application(self, info: Info, id: int) -> Application | None:  # noqa: A002 - likewise
        found: Application | None = await info.context.session.get(models.Application, id)
        return found

    @strawberry.field
    async def applications(self, info: Info, limit: int) -> list[Application]:
        return await info.context.all(
            select(models.Application)
            .order_by(models.Application.application_date.desc().nulls_last(), models.Application.id.desc())
            .limit(limit)
        )

    @strawberry.field
    async def companies(self, info: Info, limit: int) -> list[Company]:
        return await info.context.all(
            select(models.Company).order_by(models.Company.name, models.Company.id).limit(limit)
        )


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def create_application(
        self, info: Info, job_id: int, resume_version: str | None, claims: list[ClaimInput]
    ) -> Application:
        session = info.context.session
        open_one = select(models.Application.id).where(
            models.Application.job_id == job_id,
            models.Application.status.not_in(["accepted", "rejected", "ghosted", "withdrawn"]),
        )
        if await session.scalar(open_one):
            raise ValueError("there is an open application to this job")
        assessed = assess(
            [
                {
                    "claimType": claim.claim_type,
                    "originalExperience": claim.original_experience,
                    "claimedExperience": claim.claimed_experience,
                    "exaggerationMultiplier": claim.exaggeration_multiplier,
                }
                for claim in claims
            ]
        )
        created = models.Application(
            job_id=job_id,
            resume_version=resume_version,
            credibility_rating=assessed.credibility_rating,
            exaggeration_level=assessed.exaggeration_level,
            integrity_score=assessed.integrity_score,
            experience_claims=[models.ExperienceClaim(**claim._asdict()) for claim in assessed.claims],
        )
        session.add(created)
        await session.commit()
        return created  # type: ignore[return-value] # likewise


class Endpoint(GraphQL[Loaders, None]):
    """The endpoint, with a session for each request."""

    def __init__(self, database_url: str) -> None:
        super().__init__(strawberry.Schema(Query, Mutation))
        database = normalise(database_url)
        self.engine = create_async_engine(
            database.url, connect_args=database.connect_args, pool_size=20, max_overflow=30
        )
        if database.is_sqlite:

            @event.listens_for(self.engine.sync_engine, "connect")
            def pragmas(connection: Any, record: Any) -> None:
                for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
                    connection.execute(f"PRAGMA {pragma}")

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Loaders:
        loaders: Loaders = request.state.loaders
        return loaders

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async with AsyncSession(self.engine, expire_on_commit=False) as session:
            scope.setdefault("state", {})["loaders"] = Loaders(session)
            await super().__call__(scope, receive, send)


def application(database_url: str) -> Starlette:
    """The ASGI application."""
    endpoint = Endpoint(database_url)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        await endpoint.engine.dispose()

    return Starlette(routes=[Route("/graphql", endpoint)], lifespan=lifespan)
