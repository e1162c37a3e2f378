"""Stored follow-ups of the demo's applications and campaigns."""

from datetime import datetime, timedelta
from random import Random

from jobbot_gql.applications.models import Application
from jobbot_gql.follow_ups.models import FollowUp, FollowUpStatus
from jobbot_gql.outreach.models import OutreachCampaign

NOTES = ("Ask whether the position is still open.", "Send the certificate.", "Call the recruiter.")
OUTCOMES = ("They will decide next week.", "No answer yet.", "The recruiter promised to ask.")
REASONS = ("They said that they will call.", "Not interested any more.")


def follow_ups(
    rng: Random, now: datetime, applications: list[Application], campaigns: list[OutreachCampaign]
) -> list[FollowUp]:
    """Follow-ups that were completed, dismissed and snoozed, and some that are scheduled."""
    found: list[FollowUp] = []
    for application in applications:
        sent = application.application_date or now
        due = sent + timedelta(days=7)
        if due >= now - timedelta(days=1) or rng.random() < 0.7:
            continue
        follow_up = FollowUp(application=application, step=1, due_on=due.date(), created_at=due)
        chance = rng.random()
        if chance < 0.6:
            follow_up.status, follow_up.closed_at = FollowUpStatus.COMPLETED, due
            follow_up.outcome = rng.choice(OUTCOMES)
        elif chance < 0.8:
            follow_up.status, follow_up.closed_at = FollowUpStatus.DISMISSED, due
            follow_up.reason = rng.choice(REASONS)
        else:
            follow_up.snoozed_until = now.date() + timedelta(days=rng.randint(2, 9))
        found.append(follow_up)
    scheduled = [FollowUp(application=one) for one in rng.sample(applications, 4)]
    scheduled += [FollowUp(outreach_campaign=one) for one in rng.sample(campaigns, 4)]
    for follow_up in scheduled:
        follow_up.due_on, follow_up.created_at = now.date() + timedelta(days=rng.randint(0, 9)), now
        follow_up.note = rng.choice(NOTES)
    found += scheduled
    for follow_up in found:
        follow_up.status = follow_up.status or FollowUpStatus.OPEN
    return sorted(found, key=lambda follow_up: follow_up.created_at)
