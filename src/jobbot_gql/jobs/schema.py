"""GraphQL types and queries of jobs, their sources and imported files."""

from collections.abc import Sequence
from typing import Annotated, Any

import strawberry
from sqlalchemy import Select, or_, select, union_all

from jobbot_gql.api.engine.loaders import instance
from jobbot_gql.api.engine.root_node import Reader
from jobbot_gql.api.fields.computed import ParentBatch, computed, query_field
from jobbot_gql.api.fields.connections import connection
from jobbot_gql.api.fields.lookups import lookup
from jobbot_gql.api.fields.relations import count_of, history_of, to_many, to_one
from jobbot_gql.api.types.entity import Alias, Node, Written, column, entity, entity_of
from jobbot_gql.api.types.page_size import checked_size
from jobbot_gql.applications.models import Application
from jobbot_gql.contacts.models import ContactLink
from jobbot_gql.db.sql.keyset import OrderTerm, order_by
from jobbot_gql.db.sql.selects import Columns, first_per_parent, values_of
from jobbot_gql.db.sql.text_match import contains
from jobbot_gql.history.models import StatusEvent
from jobbot_gql.history.timeline import TimelineKind, TimelineSource, timeline_of
from jobbot_gql.jobs import models
from jobbot_gql.jobs.identity import url_key
from jobbot_gql.jobs.url_index import jobs_with_key, key_of_found, sources_with_key
from jobbot_gql.tags.models import Tag


@strawberry.type(description="Pay of a job: per year for comparison, and as advertised.")
class Salary:
    """Value of `Job.salary`."""

    annual_min: int | None = strawberry.field(description="Lowest pay per year.")
    annual_max: int | None = strawberry.field(description="Highest pay per year.")
    min: float | None = strawberry.field(description="Lowest pay per `payInterval`, as advertised.")
    max: float | None = strawberry.field(description="Highest pay per `payInterval`, as advertised.")
    interval: str | None = strawberry.field(
        description="Interval of the advertised pay, such as `hourly`; null if unknown."
    )
    currency: str | None = strawberry.field(description="Currency, such as `USD`; null if unknown.")
    source: str | None = strawberry.field(description="Origin of the pay data: `direct_data` or `description`.")


PAY = ("pay_min", "pay_max", "pay_interval", "pay_currency", "pay_source")
"""The columns of a source that tell the advertised pay."""


def _advertised_pay(dialect: str, columns: Columns, *, single: bool = False) -> Select[Any]:
    """The pay of each job, from the source that stated it last."""
    source = models.JobSource
    return first_per_parent(
        dialect,
        source.job_id,
        PAY,
        where=or_(source.pay_min.is_not(None), source.pay_max.is_not(None)),
        order=[OrderTerm("last_seen", descending=True), OrderTerm("id", descending=True)],
        limit=1,
        single=single,
    )


@entity(
    models.Job,
    order=[OrderTerm("scraped_date", descending=True)],
    unique=[models.Job.job_url],
    aliases={
        "job_url": Alias(
            lambda is_key: union_all(sources_with_key(is_key), *jobs_with_key(is_key)),
            key_of_found,
            url_key,
            "URL of the job posting, in any spelling. An exact match wins, then the oldest job.",
        )
    },
)
class Job(Node):
    """A job posting and its status in the search."""

    title = column(models.Job.title, "Job title, as advertised.")
    company = column(models.Job.company, "Name of the employer, as advertised.")
    location = column(models.Job.location, "Location of the job, as advertised.")
    salary_min = column(models.Job.salary_min, "Lowest pay per year, in whole units of the advertised currency.")
    salary_max = column(models.Job.salary_max, "Highest pay per year, in whole units of the advertised currency.")
    description = column(models.Job.description, "Text of the job posting, usually Markdown.")
    requirements = column(models.Job.requirements, "Requirements of the employer.")
    benefits = column(models.Job.benefits, "Benefits offered in addition to pay.")
    job_url = column(models.Job.job_url, "URL of the job posting, unique among jobs.")
    source_site = column(models.Job.source_site, "Job board or site where the job was first seen, such as `indeed`.")
    scraped_date = column(models.Job.scraped_date, "Time at which the job was added to this database.")
    posting_date = column(models.Job.posting_date, "Date on which the job was posted.")
    application_deadline = column(models.Job.application_deadline, "Last day to apply.")
    remote_option = column(models.Job.remote_option, "Whether remote work is offered; null if unknown.")
    job_type = column(models.Job.job_type, "Type of employment, as the job board states it, such as `fulltime`.")
    experience_level = column(models.Job.experience_level, "Required experience, as the job board states it.")
    industry = column(models.Job.industry, "Industry of the employer.")
    keywords = column(models.Job.keywords, "Skills and other keywords.")
    status = column(models.Job.status, "Status of the job in the search.", Written.ONCE)

    applications = connection(models.Job.applications, "Applications for this job, newest first.")
    sources = to_many(
        models.Job.sources,
        OrderTerm("first_seen"),
        description="Sources where this job was seen, first seen first.",
    )
    source_count = count_of(models.Job.sources, "Number of sources.")
    status_events = to_many(
        models.Job.status_events, OrderTerm("occurred_at"), description="Status changes, oldest first."
    )
    status_event_count = count_of(models.Job.status_events, "Number of status changes.")
    contact_links = to_many(models.Job.contact_links, description="Contacts with their roles, oldest first.")
    contact_link_count = count_of(models.Job.contact_links, "Number of links of contacts.")
    tags = to_many(models.Job.tags, OrderTerm("name"), description="Tags, by name.", newest=False)
    tag_count = count_of(models.Job.tags, "Number of tags.")
    company_record = to_one(
        models.Job.company_record,
        models.Job.company,
        "Company with exactly this name; null if there is none.",
        optional=True,
    )
    history = history_of(models.Job.history)
    timeline = timeline_of(
        TimelineSource(TimelineKind.SEEN, models.Job.sources, models.JobSource.first_seen),
        TimelineSource(TimelineKind.STATUS, models.Job.status_events, StatusEvent.occurred_at),
        TimelineSource(TimelineKind.APPLICATION, models.Job.applications, Application.application_date),
        TimelineSource(TimelineKind.CONTACT, models.Job.contact_links, ContactLink.linked_at),
        TimelineSource(TimelineKind.TAG, models.Job.tags, Tag.added_at),
        description="Sources, status changes, applications, contacts and tags, oldest first.",
    )

    @computed(
        models.Job.salary_min,
        models.Job.salary_max,
        batch=ParentBatch(_advertised_pay),
        description="Pay, from the source that stated it last; null if unknown.",
    )
    def salary(self: Any, advertised: Sequence[Any]) -> Salary | None:
        if not advertised and self.salary_min is None and self.salary_max is None:
            return None
        low, high, interval, currency, source = advertised[0] if advertised else (None,) * len(PAY)
        return Salary(
            annual_min=self.salary_min,
            annual_max=self.salary_max,
            min=low,
            max=high,
            interval=interval,
            currency=currency,
            source=source,
        )


@entity(models.JobSource, order=[OrderTerm("last_seen", descending=True)])
class JobSource(Node):
    """A job board or site where a job was seen, with its data."""

    source_site = column(models.JobSource.source_site, "Job board or site, such as `indeed`.")
    external_id = column(models.JobSource.external_id, "Id of the job on that board.")
    url = column(models.JobSource.url, "URL of the posting there, complete and unchanged.")
    first_seen = column(models.JobSource.first_seen, "Time at which the job was first seen there.")
    last_seen = column(models.JobSource.last_seen, "Time at which the job was last seen there.")
    seen_count = column(models.JobSource.seen_count, "Number of imports in which the job was seen there.")
    pay_interval = column(
        models.JobSource.pay_interval, "Interval of the pay: `yearly`, `monthly`, `weekly`, `daily` or `hourly`."
    )
    pay_min = column(models.JobSource.pay_min, "Lowest pay per `payInterval`, as advertised.")
    pay_max = column(models.JobSource.pay_max, "Highest pay per `payInterval`, as advertised.")
    pay_currency = column(models.JobSource.pay_currency, "Currency of the pay, as advertised, such as `USD`.")
    pay_source = column(models.JobSource.pay_source, "Origin of the pay data: `direct_data` or `description`.")

    job = to_one(models.JobSource.job, models.JobSource.job_id, "Job that was seen.")


@entity(models.ImportedFile, order=[OrderTerm("imported_at", descending=True)])
class ImportedFile(Node):
    """A scrape that was imported to its end. Importing it again changes nothing."""

    name = column(models.ImportedFile.name, "Path of the file as it was given, or `standard input`.")
    row_count = column(models.ImportedFile.row_count, "Number of rows that could be imported.")
    imported_at = column(models.ImportedFile.imported_at, "Time at which the import ended.")
    digest = column(
        models.ImportedFile.digest, "SHA-256 of what its rows say, 64 hexadecimal digits: the same in every format."
    )


@strawberry.type
class JobQueries:
    """Root query fields of jobs."""

    job = lookup(models.Job, "Job with a unique key; null if not found.")
    jobs = connection(models.Job, "Jobs. Default order: newest first.")
    job_source = lookup(models.JobSource, "Source with a unique key; null if not found.")
    job_sources = connection(models.JobSource, "Sources of jobs. Default order: newest first.")
    imported_file = lookup(models.ImportedFile, "Imported file with a unique key; null if not found.")
    imported_files = connection(models.ImportedFile, "Imported files. Default order: newest first.")

    @query_field("Jobs by company and remote work, newest first. `jobs` has more filters.")
    async def jobs_with_filters(
        reader: Reader,  # noqa: N805 - not a method
        *,
        company: Annotated[
            str | None, strawberry.argument(description="Part of the employer's name, case-insensitive.")
        ] = None,
        remote_only: Annotated[
            bool | None,
            strawberry.argument(description="True for remote jobs only, false for all others."),
        ] = None,
        limit: Annotated[
            int, strawberry.argument(description="Number of jobs to return, 0 to 250. Default 100.")
        ] = 100,
    ) -> list[Job]:
        found = entity_of(models.Job)
        columns = reader.columns(found)
        statement = select(*values_of(models.Job, columns))
        if company is not None:
            statement = statement.where(contains(models.Job.company, company))
        if remote_only is not None:
            statement = statement.where(models.Job.remote_option == remote_only)
        statement = statement.order_by(*order_by(models.Job, found.order)).limit(checked_size("limit", limit))
        return [instance(Job, columns, row) for row in await reader.rows(statement)]
