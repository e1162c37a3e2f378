"""A stand-in for the application: the part of its schema that the GraphiQL examples use, over a handful of rows."""

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from enum import Enum

import pytest
import strawberry
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route
from strawberry.asgi import GraphQL

from jobbot_gql.web import graphiql


@strawberry.enum
class JobStatus(Enum):
    DISCOVERED = "discovered"
    APPLIED = "applied"


@strawberry.enum
class RiskLevel(Enum):
    LOW = "low"
    MEDIUM = "medium"


@strawberry.type
class PageInfo:
    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class EmployerResponse:
    response_type: str
    response_date: datetime
    subject_line: str | None
    sentiment_score: float | None


@strawberry.type
class ExperienceClaim:
    claim_type: str
    original_experience: str
    claimed_experience: str
    exaggeration_multiplier: float
    risk_level: RiskLevel


@strawberry.type
class Application:
    id: strawberry.ID
    status: str
    application_date: datetime
    integrity_score: float
    responses: list[EmployerResponse]
    experience_claims: list[ExperienceClaim]

    @strawberry.field
    def job(self) -> "Job":
        return JOBS[1]


@strawberry.type
class ApplicationConnection:
    nodes: list[Application]


@strawberry.type
class Job:
    id: strawberry.ID
    title: str
    company: str
    location: str | None
    remote_option: bool
    salary_min: int | None
    salary_max: int | None
    posting_date: date | None
    status: JobStatus

    @strawberry.field
    def applications(self) -> ApplicationConnection:
        return ApplicationConnection(nodes=APPLICATIONS if self.status is JobStatus.APPLIED else [])


@strawberry.type
class JobConnection:
    total_count: int
    nodes: list[Job]
    page_info: PageInfo


@strawberry.type
class OutreachCampaign:
    contact_method: str
    contact_person: str
    response_status: str
    sent_date: datetime | None


@strawberry.type
class OutreachCampaignConnection:
    nodes: list[OutreachCampaign]


@strawberry.type
class Opportunity:
    problem_description: str
    estimated_value: int | None
    implementation_complexity: str
    status: str
    campaigns: OutreachCampaignConnection


@strawberry.type
class OpportunityConnection:
    nodes: list[Opportunity]


@strawberry.type
class Company:
    name: str
    industry: str | None
    size: str | None
    technology_stack: list[str]
    opportunities: OpportunityConnection


@strawberry.type
class CompanyConnection:
    nodes: list[Company]


@strawberry.input
class JobStatusFilter:
    eq: JobStatus


@strawberry.input
class JobFilter:
    status: JobStatusFilter


@strawberry.input(one_of=True)
class JobBy:
    database_id: int | None = strawberry.UNSET
    job_url: str | None = strawberry.UNSET


@strawberry.type
class Query:
    @strawberry.field
    def jobs(self, first: int, filter: JobFilter) -> JobConnection:  # noqa: A002
        nodes = [job for job in JOBS if job.status is filter.status.eq]
        page_info = PageInfo(has_next_page=first < len(nodes), end_cursor=None)
        return JobConnection(total_count=len(nodes), nodes=nodes[:first], page_info=page_info)

    @strawberry.field
    def job(self, by: JobBy) -> Job | None:
        return next((job for job in JOBS if job.id == str(by.database_id)), None)

    @strawberry.field
    def applications(self, first: int) -> ApplicationConnection:
        return ApplicationConnection(nodes=APPLICATIONS[:first])

    @strawberry.field
    def companies(self, first: int) -> CompanyConnection:
        return CompanyConnection(nodes=COMPANIES[:first])


def _job(number: int, title: str, company: str, status: JobStatus = JobStatus.DISCOVERED) -> Job:
    return Job(
        id=strawberry.ID(str(number)),
        title=title,
        company=company,
        location="Leipzig",
        remote_option=number % 2 == 0,
        salary_min=52_000 + number * 1_000,
        salary_max=61_000 + number * 1_000,
        posting_date=date(2026, 11, number),
        status=status,
    )


JOBS = [
    _job(2, "Data engineer", "Kranich Logistics"),
    _job(1, "Python developer", "Feldweg Software", JobStatus.APPLIED),
    _job(3, "Site reliability engineer", "Nordlicht Energy"),
]

APPLICATIONS = [
    Application(
        id=strawberry.ID("7"),
        status="technical_interview",
        application_date=datetime(2026, 11, 2, 9, tzinfo=UTC),
        integrity_score=87.5,
        responses=[
            EmployerResponse(
                response_type="interview_request",
                response_date=datetime(2026, 11, 5, 14, 30, tzinfo=UTC),
                subject_line="When could you talk with our team?",
                sentiment_score=0.6,
            )
        ],
        experience_claims=[
            ExperienceClaim(
                claim_type="embellishment",
                original_experience="Two years of PostgreSQL",
                claimed_experience="Three years of PostgreSQL",
                exaggeration_multiplier=1.5,
                risk_level=RiskLevel.MEDIUM,
            )
        ],
    )
]

COMPANIES = [
    Company(
        name="Kranich Logistics",
        industry="Logistics",
        size="medium",
        technology_stack=["SAP", "Excel"],
        opportunities=OpportunityConnection(
            nodes=[
                Opportunity(
                    problem_description="Delivery notes are typed in by hand",
                    estimated_value=40_000,
                    implementation_complexity="low",
                    status="pitched",
                    campaigns=OutreachCampaignConnection(
                        nodes=[
                            OutreachCampaign(
                                contact_method="email",
                                contact_person="Head of dispatch",
                                response_status="replied",
                                sent_date=datetime(2026, 11, 9, 8, tzinfo=UTC),
                            )
                        ]
                    ),
                )
            ]
        ),
    )
]


@pytest.fixture(scope="session")
def served_demo() -> Iterator[str]:
    """The base URL of the served stand-in, such as http://127.0.0.1:45123."""
    endpoint = GraphQL[None, None](strawberry.Schema(Query))
    app = Starlette(
        routes=[
            Route("/graphql", graphiql.page),
            Route("/graphql", endpoint, methods=["POST"]),
            *graphiql.routes(),
        ]
    )
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join()
