"""Interviews of the demo's applications."""

from datetime import datetime, timedelta
from random import Random

from jobbot_gql.applications.models import Application, ApplicationStatus
from jobbot_gql.interviews.models import Interview, InterviewKind, InterviewOutcome, InterviewStatus

KINDS = (
    (InterviewKind.PHONE_SCREEN, InterviewKind.OTHER),
    (InterviewKind.TECHNICAL, InterviewKind.MANAGER, InterviewKind.PANEL),
    (InterviewKind.FINAL,),
)
"""Kinds of interviews in each round; the last ones in all later rounds."""


def interviews(rng: Random, now: datetime, applications: list[Application]) -> list[Interview]:
    """Complete the interviews of the applications, and add some that were cancelled."""
    for application in applications:
        planned = list(application.interviews)
        for done, interview in enumerate(planned):
            interview.round = done + 1
            interview.kind = rng.choice(KINDS[min(done, len(KINDS) - 1)])
            interview.ends_at = interview.starts_at + timedelta(hours=1)
            is_over = interview.starts_at <= now
            interview.status = InterviewStatus.COMPLETED if is_over else InterviewStatus.SCHEDULED
            if interview is not planned[-1]:
                interview.outcome = InterviewOutcome.PASSED
            elif is_over and application.status is ApplicationStatus.REJECTED:
                interview.outcome = InterviewOutcome.FAILED
        if planned and rng.random() < 0.2:
            starts_at = planned[0].starts_at - timedelta(days=1)
            cancelled = Interview(round=1, kind=planned[0].kind, starts_at=starts_at, status=InterviewStatus.CANCELLED)
            application.interviews.append(cancelled)
    found = [interview for application in applications for interview in application.interviews]
    return sorted(found, key=lambda interview: interview.starts_at)
