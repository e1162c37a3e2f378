"""Tags of the demo's jobs, applications, companies and contacts."""

from datetime import datetime
from random import Random

from jobbot_gql.applications.models import Application
from jobbot_gql.contacts.models import Contact
from jobbot_gql.jobs.models import Job, JobStatus
from jobbot_gql.outreach.models import Company
from jobbot_gql.tags.models import Tag

OF_JOBS = ("dream job", "backup", "relocation", "good pay", "short commute")
OF_APPLICATIONS = ("referral", "priority", "learn more")
OF_COMPANIES = ("local", "warm lead")
OF_CONTACTS = ("answers fast", "met in person")
SHARE = 0.5
"""Share of the companies and contacts that have a tag."""


def tags(
    rng: Random, now: datetime, jobs: list[Job], applications: list[Application], others: list[Company | Contact]
) -> list[Tag]:
    """Tags of the jobs that were targeted, and of some applications, companies and contacts."""
    found = [Tag(name=rng.choice(OF_JOBS), job=job) for job in jobs if job.status is JobStatus.TARGETED]
    found += [Tag(name=rng.choice(OF_APPLICATIONS), application=one) for one in applications if rng.random() < 0.25]
    for other in others:
        if rng.random() < SHARE:
            is_company = isinstance(other, Company)
            name = rng.choice(OF_COMPANIES if is_company else OF_CONTACTS)
            found.append(Tag(name=name, company=other) if is_company else Tag(name=name, contact=other))
    for tag in found:
        tag.added_at = now
    return found
