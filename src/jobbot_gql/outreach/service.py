"""Rules and actions of companies, opportunities and outreach campaigns."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from jobbot_gql.db.write.bulk_dml import Addition
from jobbot_gql.db.write.write_session import WriteSession
from jobbot_gql.history.status import InitialStatus, change_status, initial_status_events
from jobbot_gql.jobs.service import check_url
from jobbot_gql.outreach.models import Company, Opportunity, OpportunityStatus, OutreachCampaign, OutreachStatus
from jobbot_gql.writing.entity_writer import EntityWriter
from jobbot_gql.writing.rules import PendingWrite, Required, RuleViolation, check_order, row_to_change, too_early

STEPS = (
    OpportunityStatus.IDENTIFIED,
    OpportunityStatus.RESEARCHED,
    OpportunityStatus.POC_CREATED,
    OpportunityStatus.PITCHED,
    OpportunityStatus.ACCEPTED,
)
"""Statuses of an opportunity, in order. It can be rejected from each one; accepted and rejected are final."""

REPLIES = {
    OutreachStatus.SENT: 0,
    OutreachStatus.OPENED: 1,
    OutreachStatus.REPLIED: 2,
    OutreachStatus.INTERESTED: 3,
    OutreachStatus.REJECTED: 3,
}
"""Rank of each reply status. A campaign's rank never decreases."""


class WrongStep(RuleViolation):
    """The status cannot follow the current one."""


class OtherCompany(RuleViolation):
    """Two related rows belong to different companies."""


async def check_companies(session: WriteSession, pending_writes: Sequence[PendingWrite[Company]]) -> None:
    """Check that websites are URLs, and the order of dates."""
    for pending in pending_writes:
        check_url(pending, "website")
        check_order(pending, "research_date", "last_updated", "researchDate")


def opportunity_additions(pending_writes: Sequence[PendingWrite[Opportunity]]) -> Iterator[Addition]:
    """Initial status events of new opportunities."""
    now = datetime.now(UTC)
    new = [pending.row for pending in pending_writes if pending.before is None]
    yield initial_status_events(InitialStatus(row, row.status, now) for row in new if row.status is not None)


async def check_campaigns(session: WriteSession, pending_writes: Sequence[PendingWrite[OutreachCampaign]]) -> None:
    """Check the order of dates, and that a campaign's company is its opportunity's. Sets a missing company."""
    for pending in pending_writes:
        check_order(pending, "sent_date", "response_date", "sentDate")
        check_order(pending, "sent_date", "follow_up_scheduled", "sentDate")
        opportunity = pending.parents.get("opportunity_id")
        if opportunity is None or opportunity.company_id is None or not pending.changes("company_id", "opportunity_id"):
            continue
        if pending.row.company_id is None:
            pending.row.company_id = opportunity.company_id
        elif pending.row.company_id != opportunity.company_id:
            message = f"belongs to Company {opportunity.company_id}, not to Company {pending.row.company_id}."
            pending.reject(OtherCompany(message, "opportunity_id"))


def campaign_additions(pending_writes: Sequence[PendingWrite[OutreachCampaign]]) -> Iterator[Addition]:
    """Initial status events of new campaigns."""
    now = datetime.now(UTC)
    new = [pending.row for pending in pending_writes if pending.before is None]
    yield initial_status_events(
        InitialStatus(row, row.response_status, row.response_date or row.sent_date or now)
        for row in new
        if row.response_status is not None
    )


async def advance_opportunity(
    session: WriteSession,
    *,
    id: int,  # noqa: A002 - the field's name in the API
    status: OpportunityStatus | None = None,
    version: int | None = None,
    occurred_at: datetime | None = None,
    note: str | None = None,
) -> dict[str, Any]:
    """Move an opportunity to a later status, by default the next one.

    Raises WrongStep, Required if the next status is ambiguous, NotFound, StaleVersion, DateOrder, InFuture.
    """
    opportunity = await row_to_change(session, Opportunity, id, version)
    current = opportunity.status or OpportunityStatus.IDENTIFIED
    if status is None and current is OpportunityStatus.PITCHED:
        raise Required("must be given for a pitched opportunity: ACCEPTED or REJECTED.", "status")
    is_final = current in (OpportunityStatus.ACCEPTED, OpportunityStatus.REJECTED)
    if is_final and status is not current:
        raise WrongStep(f"must not change from {current.name}, which is final.", "status")
    to = status or STEPS[STEPS.index(current) + 1]
    if not is_final and to is not OpportunityStatus.REJECTED and STEPS.index(to) < STEPS.index(current):
        raise WrongStep(f"must not go back from {current.name} to {to.name}.", "status")
    event = await change_status(session, opportunity, "status", to, occurred_at=occurred_at, note=note)
    if event is not None and to is OpportunityStatus.POC_CREATED:
        opportunity.proof_of_concept_created = True
    return {"opportunity": opportunity, "status_event": event}


async def record_outreach_reply(
    session: WriteSession,
    *,
    id: int,  # noqa: A002 - the field's name in the API
    response_status: OutreachStatus,
    version: int | None = None,
    occurred_at: datetime | None = None,
    follow_up_scheduled: datetime | None = None,
    note: str | None = None,
) -> dict[str, Any]:
    """Record the reply to a campaign. The first reply sets its `response_date`; OPENED is not a reply.

    Raises WrongStep, NotFound, StaleVersion, DateOrder, InFuture.
    """
    campaign = await row_to_change(session, OutreachCampaign, id, version)
    current = campaign.response_status or OutreachStatus.SENT
    if REPLIES[response_status] < REPLIES[current]:
        raise WrongStep(f"must not go back from {current.name} to {response_status.name}.", "response_status")
    at = occurred_at or datetime.now(UTC)
    if follow_up_scheduled is not None and follow_up_scheduled < at:
        raise too_early(at, follow_up_scheduled, "the reply", "follow_up_scheduled")
    event = await change_status(
        session,
        campaign,
        "response_status",
        response_status,
        occurred_at=occurred_at,
        note=note,
        begun_at=campaign.sent_date,
    )
    if event is not None and REPLIES[response_status] >= REPLIES[OutreachStatus.REPLIED]:
        campaign.response_date = campaign.response_date or at
    if follow_up_scheduled is not None:
        campaign.follow_up_scheduled = follow_up_scheduled
    return {"outreach_campaign": campaign, "status_event": event}


COMPANIES = EntityWriter(Company, check_companies)
OPPORTUNITIES = EntityWriter(Opportunity, additions=opportunity_additions)
CAMPAIGNS = EntityWriter(OutreachCampaign, check_campaigns, campaign_additions)
