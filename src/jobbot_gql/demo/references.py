"""Demo references and their usages."""

from datetime import date, datetime, timedelta
from random import Random

from jobbot_gql.applications.models import Application, ResponseType
from jobbot_gql.demo.words.references import GENERAL_OCCASION, OCCASIONS, REFEREES
from jobbot_gql.references.models import Reference, ReferenceUsage


def references(rng: Random, now: datetime, applications: list[Application]) -> list[Reference]:
    """References. Those who consented are used for applications with at least three invitations to interviews."""
    today = now.date()
    people = [
        Reference(
            name=referee.name,
            title=referee.title,
            company=referee.company,
            email=referee.email,
            phone=referee.phone,
            relationship_type=referee.relationship,
            years_worked_together=referee.years,
            consent_given=referee.consented is not None,
            consent_date=None if referee.consented is None else today - timedelta(days=referee.consented),
            credibility_score=referee.credibility,
            response_rate=referee.response_rate,
            notes=referee.notes,
        )
        for referee in REFEREES
    ]
    uses: list[tuple[date, Application | None, str]] = []
    uses += [(today - timedelta(days=days), None, GENERAL_OCCASION) for days in (71, 44)]
    for application in applications:
        invitations = [r for r in application.responses if r.response_type is ResponseType.INTERVIEW_REQUEST]
        if len(invitations) >= 3 and (invited_at := invitations[-1].response_date):
            uses += [(invited_at.date(), application, context) for context in rng.sample(OCCASIONS, 2)]
    uses.sort(key=lambda use: use[0])
    for used_on, used_for, context in uses:
        willing = [person for person in people if person.consent_date and person.consent_date <= used_on]
        # Prefer the least used reference.
        person = min(willing, key=lambda person: len(person.usages))
        person.usages.append(ReferenceUsage(application=used_for, used_on=used_on, context=context))
    for person in people:
        person.usage_count = len(person.usages)
        person.last_contacted = max((usage.used_on for usage in person.usages), default=person.consent_date)
    return people
