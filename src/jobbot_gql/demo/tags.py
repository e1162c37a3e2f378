"""Tags of the demo's jobs, applications and companies."""

from datetime import datetime
from random import Random

from jobbot_gql.applications.models import Application
from jobbot_gql.jobs.models import Job, JobStatus
from jobbot_gql.outreach.models import Company
from jobbot_gql.tags.models import Tag

OF_JOBS = ("dream job", "backup", "relocation", "good pay", "short commute")
OF_APPLICATIONS = ("referral", "priority", "learn more")
OF_COMPANIES = ("local", "warm lead")


def tags(
    rng: Random, now: datetime, jobs: list[Job], applications: list[Application], companies: list[Company]
) -> list[Tag]:
    """Tags of the jobs that were targeted, of some applications, and of some companies."""
    found = [Tag(name=rng.choice(OF_JOBS), job=job) for job in jobs if job.status is JobStatus.TARGETED]
    found += [Tag(name=rng.choice(OF_APPLICATIONS), application=one) for one in applications if rng.random() < 0.25]
    found += [Tag(name=rng.choice(OF_COMPANIES), company=company) for company in companies if rng.random() < 0.5]
    for tag in found:
        tag.added_at = now
    return found
