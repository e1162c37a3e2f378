"""Jobs in the API."""

from collections.abc import Sequence
from typing import Annotated, Any

import strawberry
from sqlalchemy import or_, select

from jobbot_gql.api.engine.context import Info
from jobbot_gql.api.engine.loaders import instance
from jobbot_gql.api.engine.selection import selected_columns
from jobbot_gql.api.fields.connections import connection
from jobbot_gql.api.fields.history import history_of
from jobbot_gql.api.fields.lookups import lookup
from jobbot_gql.api.fields.relations import to_many, to_one
from jobbot_gql.api.types.entity import Node, Written, column, derived, entity, entity_of
from jobbot_gql.api.types.page_size import checked_size
from jobbot_gql.applications.models import Application
from jobbot_gql.db.sql.keyset import OrderTerm, order_by
from jobbot_gql.db.sql.selects import first_per_parent
from jobbot_gql.db.sql.text_match import contains
from jobbot_gql.history.models import StatusEvent
from jobbot_gql.history.timeline import Happening, TimelineKind, timeline_of
from jobbot_gql.jobs import models


@strawberry.type(description="A job's pay: per year for comparing, and as it was advertised.")
class Salary:
    """What `Job.salary` gives."""

    annual_min: int | None = strawberry.field(description="Lowest pay per year.")
    annual_max: int | None = strawberry.field(description="Highest pay per year.")
    min: float | None = strawberry.field(description="Lowest pay per interval, as advertised.")
    max: float | None = strawberry.field(description="Highest pay per interval, as advertised.")
    interval: str | None = strawberry.field(
        description="What the advertised pay is per, such as `hourly`; null where nobody said."
    )
    currency: str | None = strawberry.field(description="Currency, such as `USD`; null where nobody said.")
    source: str | None = strawberry.field(
        description="Where the board took the pay from: `direct_data` or `description`."
    )


@entity(models.Job, order=[OrderTerm("scraped_date", descending=True)], unique=[models.Job.job_url])
class Job(Node):
    """A vacancy: what was advertised, and where it stands in the search."""

    title = column(models.Job.title, "Title, as advertised.")
    company = column(models.Job.company, "The employer's name, as advertised.")
    location = column(models.Job.location, "Place of work, as advertised.")
    salary_min = column(models.Job.salary_min, "Lowest pay per year, in whole units of the advertised currency.")
    salary_max = column(models.Job.salary_max, "Highest pay per year, in whole units of the advertised currency.")
    description = column(models.Job.description, "The advertisement's text, Markdown as a rule.")
    requirements = column(models.Job.requirements, "What the employer asks for.")
    benefits = column(models.Job.benefits, "What the employer offers beside the pay.")
    job_url = column(models.Job.job_url, "Address of the advertisement; no two jobs share one.")
    source_site = column(models.Job.source_site, "The board or site where the job was first seen, such as `indeed`.")
    scraped_date = column(models.Job.scraped_date, "When the job was added here.")
    posting_date = column(models.Job.posting_date, "When the job was advertised.")
    application_deadline = column(models.Job.application_deadline, "The last day to apply.")
    remote_option = column(models.Job.remote_option, "Whether remote work is offered; null where nobody said.")
    job_type = column(models.Job.job_type, "Kind of employment as the board writes it, such as `fulltime`.")
    experience_level = column(models.Job.experience_level, "Experience asked for, as the board writes it.")
    industry = column(models.Job.industry, "The employer's industry.")
    keywords = column(models.Job.keywords, "Skills and other key words.")
    status = column(models.Job.status, "Where the job stands in the search.", Written.ONCE)

    applications = connection(models.Job.applications, "Applications to this job, newest first.")
    sources = to_many(
        models.Job.sources,
        OrderTerm("first_seen"),
        description="Every place where this job was seen, the first one first.",
    )
    status_events = to_many(
        models.Job.status_events, OrderTerm("occurred_at"), description="The changes of status, oldest first."
    )
    company_record = to_one(
        models.Job.company_record,
        models.Job.company,
        "What is known about the company of exactly this name, or null.",
        optional=True,
    )
    history = history_of(models.Job.history)
    timeline = timeline_of(
        Happening(TimelineKind.SEEN, models.Job.sources, models.JobSource.first_seen),
        Happening(TimelineKind.STATUS, models.Job.status_events, StatusEvent.occurred_at),
        Happening(TimelineKind.APPLICATION, models.Job.applications, Application.application_date),
        description="Where it was seen, changes of status and applications in the order of their time.",
    )

    @derived(
        models.Job.salary_min,
        models.Job.salary_max,
        description="The pay, or null where nothing is known; as advertised by the board that told it last.",
    )
    async def salary(self, info: Info) -> Salary | None:
        told = await _advertised_pay(self, info)
        if told is None and self.salary_min is None and self.salary_max is None:
            return None
        return Salary(
            annual_min=self.salary_min,
            annual_max=self.salary_max,
            min=told and told.pay_min,
            max=told and told.pay_max,
            interval=told and told.pay_interval,
            currency=told and told.pay_currency,
            source=told and told.pay_source,
        )


async def _advertised_pay(job: Any, info: Info) -> Any:
    """The latest source of a job that tells its pay, or None."""
    source = models.JobSource
    columns = ("id", "pay_min", "pay_max", "pay_interval", "pay_currency", "pay_source")

    async def load(jobs: list[int]) -> Sequence[Any]:
        statement = first_per_parent(
            info.context.database.dialect,
            source.job_id,
            columns,
            where=or_(source.pay_min.is_not(None), source.pay_max.is_not(None)),
            order=[OrderTerm("last_seen", descending=True), OrderTerm("id", descending=True)],
            limit=1,
        )
        rows = await info.context.loaders.rows(statement, {"keys": jobs})
        told = {row[0]: instance(JobSource, columns, row[1:]) for row in rows}
        return [told.get(job) for job in jobs]

    return await info.context.loaders.batched("advertised pay", load).load(job.id)


@entity(models.JobSource, order=[OrderTerm("last_seen", descending=True)])
class JobSource(Node):
    """One place where a job was seen, and what was said there."""

    source_site = column(models.JobSource.source_site, "The board or site, such as `indeed`.")
    external_id = column(models.JobSource.external_id, "The job's id on that board.")
    url = column(models.JobSource.url, "Address of the advertisement there, whole and unchanged.")
    first_seen = column(models.JobSource.first_seen, "When it was first seen there.")
    last_seen = column(models.JobSource.last_seen, "When it was last seen there.")
    seen_count = column(models.JobSource.seen_count, "In how many imports it was there.")
    pay_interval = column(
        models.JobSource.pay_interval, "What the pay is per: `yearly`, `monthly`, `weekly`, `daily`, `hourly`."
    )
    pay_min = column(models.JobSource.pay_min, "Lowest pay per interval, as advertised.")
    pay_max = column(models.JobSource.pay_max, "Highest pay per interval, as advertised.")
    pay_currency = column(models.JobSource.pay_currency, "Currency of the pay, as advertised, such as `USD`.")
    pay_source = column(models.JobSource.pay_source, "Where the board took the pay from: `direct_data`, `description`.")

    job = to_one(models.JobSource.job, models.JobSource.job_id, "The job that was seen.")


@entity(models.ImportedFile, order=[OrderTerm("imported_at", descending=True)])
class ImportedFile(Node):
    """A scrape that was imported to its end. Importing it again changes nothing."""

    name = column(models.ImportedFile.name, "Path of the file as it was given, or `standard input`.")
    row_count = column(models.ImportedFile.row_count, "Number of rows that could be imported.")
    imported_at = column(models.ImportedFile.imported_at, "When the import ended.")
    digest = column(
        models.ImportedFile.digest, "SHA-256 of what its rows say, 64 hexadecimal digits: the same in every format."
    )


@strawberry.type
class JobQueries:
    """Root fields about jobs."""

    job = lookup(models.Job, "One job by a unique key, or null.")
    jobs = connection(models.Job, "Jobs, the latest found first unless ordered otherwise.")
    job_source = lookup(models.JobSource, "One place where a job was seen, or null.")
    job_sources = connection(models.JobSource, "Places where jobs were seen, the latest first.")
    imported_file = lookup(models.ImportedFile, "One imported scrape, or null.")
    imported_files = connection(models.ImportedFile, "Imported scrapes, the latest first.")

    @derived(description="Jobs by company and remote work, the latest found first. `jobs` can do more.")
    async def jobs_with_filters(
        self,
        info: Info,
        company: Annotated[
            str | None, strawberry.argument(description="Part of the employer's name, whatever the case.")
        ] = None,
        remote_only: Annotated[
            bool | None,
            strawberry.argument(description="true: only remote jobs; false: only others."),
        ] = None,
        limit: Annotated[int, strawberry.argument(description="How many, at most 250.")] = 100,
    ) -> list[Job]:
        found = entity_of(models.Job)
        columns = selected_columns(info, found)
        statement = select(*(found.columns[name] for name in columns))
        if company is not None:
            statement = statement.where(contains(models.Job.company, company))
        if remote_only is not None:
            statement = statement.where(models.Job.remote_option == remote_only)
        statement = statement.order_by(*order_by(models.Job, found.order)).limit(checked_size("limit", limit))
        return [instance(Job, columns, row) for row in await info.context.loaders.rows(statement)]
