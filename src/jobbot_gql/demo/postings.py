"""Postings of the demo's applications."""

from datetime import datetime

from jobbot_gql.applications.models import Application
from jobbot_gql.postings.models import KEPT, Posting
from jobbot_gql.postings.service import digest_of


def postings(now: datetime, applications: list[Application]) -> list[Posting]:
    """The texts of the jobs that were applied to."""
    found: dict[str, Posting] = {}
    for application in applications:
        job, digest = application.job, digest_of(application.job)
        application.posting_digest = digest
        if digest is not None and digest not in found:
            texts = {name: getattr(job, name) for name in KEPT}
            found[digest] = Posting(digest=digest, kept_at=application.application_date or now, **texts)
    return list(found.values())
