"""A frontend's screens without their looks, read with the client that ariadne-codegen made.

Usage: program.py http://127.0.0.1:8000/graphql
"""

import asyncio
import json
import sys

from jobbot_client import (  # type: ignore[import-not-found, unused-ignore]  # made by the test
    ApplicationCard,
    ApplicationStatus,
    Client,
    CompanySize,
    JobBy,
    JobCard,
    JobFilter,
    JobStatus,
    JobStatusFilter,
    PinnedNodesApplication,
    PinnedNodesCompany,
    PinnedNodesJob,
    RefetchJobNodeJob,
    StringFilter,
)


def card(job: JobCard) -> list[object]:
    place = job.location or ("remote" if job.remote_option else "unknown")
    posted = job.posting_date and job.posting_date.isoformat()
    return [job.title, job.company, place, job.salary_min, job.salary_max, posted, job.status]


async def newest_jobs(client: Client) -> dict[str, object]:
    """Every page of the newest jobs that still wait for an application, two jobs a page."""
    wanted = JobFilter(
        status=JobStatusFilter(in_=[JobStatus.DISCOVERED, JobStatus.TARGETED]),
        not_=JobFilter(company=StringFilter(contains="gmbh")),
    )
    pages: list[list[list[object]]] = []
    after = None
    while True:
        jobs = (await client.newest_jobs(first=2, after=after, filter_=wanted)).jobs
        pages.append([card(edge.node) for edge in jobs.edges if edge.node])
        if not jobs.page_info.has_next_page:
            return {"count": jobs.total_count, "pages": pages}
        after = jobs.page_info.end_cursor


async def job(client: Client, url: str) -> tuple[str, dict[str, object]]:
    """The id of the job at an address, and its screen."""
    job = (await client.job_with_applications(by=JobBy(job_url=url))).job
    if job is None:
        raise LookupError(f"no job at {url}")
    return job.id, {
        "job": card(job),
        "keywords": ", ".join(job.keywords),
        "count": job.applications.total_count,
        "applications": [
            [application.status, application.application_date and application.application_date.isoformat()]
            for application in job.applications.nodes
        ],
    }


def application_card(application: ApplicationCard) -> dict[str, object]:
    return {
        "status": application.status,
        "sent": application.application_date and application.application_date.isoformat(),
        "score": None if application.integrity_score is None else f"{application.integrity_score:.1f}",
        "job": card(application.job),
        "responses": [
            [response.response_type, response.subject_line, response.sentiment_score, response.requires_action]
            for response in application.responses
        ],
        "claims": [
            [claim.claim_type, claim.exaggeration_multiplier, claim.risk_level]
            for claim in application.experience_claims
        ],
    }


async def board(client: Client) -> dict[str, object]:
    answer = await client.applications_board(statuses=[ApplicationStatus.SUBMITTED, ApplicationStatus.OFFER_RECEIVED])
    return {
        "counts": [f"{group.key[0]}: {group.count}" for group in answer.all.group_by],
        "cards": [application_card(application) for application in answer.applications.nodes],
    }


async def companies(client: Client) -> list[dict[str, object]]:
    answer = await client.companies(sizes=[CompanySize.SMALL, CompanySize.MEDIUM])
    return [
        {
            "name": company.name,
            "stack": company.technology_stack,
            "value": company.opportunities.aggregate.sum.estimated_value,
            "opportunities": [
                {
                    "problem": opportunity.problem_description,
                    "stage": [opportunity.implementation_complexity, opportunity.status],
                    "contacts": [
                        [campaign.contact_method, campaign.contact_person, campaign.response_status]
                        for campaign in opportunity.campaigns.nodes
                    ],
                }
                for opportunity in company.opportunities.nodes
            ],
        }
        for company in answer.companies.nodes
    ]


async def refetched(client: Client, job_id: str) -> dict[str, object]:
    """One node read again by its id, and things of several types by theirs."""
    node = (await client.refetch_job(id=job_id)).node
    offers = (await client.applications_board(statuses=[ApplicationStatus.OFFER_RECEIVED])).applications.nodes
    researched = (await client.companies()).companies.nodes
    ids = [job_id, *(offer.id for offer in offers), *(company.id for company in researched)]
    pinned: list[str | None] = []
    for thing in (await client.pinned(ids=ids)).nodes:
        match thing:
            case PinnedNodesJob():
                pinned.append(f"{thing.title} at {thing.company}")
            case PinnedNodesApplication():
                pinned.append(f"{thing.application_status and thing.application_status.value}: {thing.job.title}")
            case PinnedNodesCompany():
                pinned.append(thing.name)
            case _:
                pinned.append(None)
    return {"job": card(node) if isinstance(node, RefetchJobNodeJob) else None, "pinned": pinned}


async def main(endpoint: str) -> None:
    async with Client(url=endpoint) as client:
        job_id, opened = await job(client, "https://jobs.example/python-developer")
        screens = {
            "newest": await newest_jobs(client),
            "job": opened,
            "board": await board(client),
            "companies": await companies(client),
            "refetched": await refetched(client, job_id),
        }
    json.dump(screens, sys.stdout)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
