"""Jobs in the API."""

from typing import Annotated

import strawberry
from sqlalchemy import select

from jobbot_gql.api.connections import checked_size, connection
from jobbot_gql.api.context import Info
from jobbot_gql.api.entity import Node, column, entity, entity_of
from jobbot_gql.api.loaders import instance
from jobbot_gql.api.lookups import lookup
from jobbot_gql.api.relations import to_many, to_one
from jobbot_gql.api.selection import selected_columns
from jobbot_gql.db.ordering import OrderTerm, order_by
from jobbot_gql.db.text import contains
from jobbot_gql.jobs import models


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
    status = column(models.Job.status, "Where the job stands in the search.")

    applications = connection(models.Job.applications, "Applications to this job, newest first.")
    sources = to_many(
        models.Job.sources,
        OrderTerm("first_seen"),
        description="Every place where this job was seen, the first one first.",
    )


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


@strawberry.type
class JobQueries:
    """Root fields about jobs."""

    job = lookup(models.Job, "One job by a unique key, or null.")
    jobs = connection(models.Job, "Jobs, the latest found first unless ordered otherwise.")
    job_source = lookup(models.JobSource, "One place where a job was seen, or null.")
    job_sources = connection(models.JobSource, "Places where jobs were seen, the latest first.")

    @strawberry.field(description="Jobs by company and remote work, the latest found first. `jobs` can do more.")
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
