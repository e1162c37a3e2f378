"""Rules on applications, employers' responses and claims."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select

from jobbot_gql.applications.integrity import Claim, integrity_of, suggested_impact, suggested_risk
from jobbot_gql.applications.models import (
    Application,
    ApplicationStatus,
    EmployerResponse,
    ExperienceClaim,
    ResponseType,
)
from jobbot_gql.applications.repeats import OPEN_APPLICATIONS, OVER, check_reopening, jobs_applied_to, reject_repeats
from jobbot_gql.db.sql.compiled_query import KeyedStatement
from jobbot_gql.db.write.bulk_dml import Addition, locked
from jobbot_gql.db.write.write_session import WriteSession
from jobbot_gql.history.status import Beginning, change_status, check_past, first_statuses, latest_status_change
from jobbot_gql.jobs.service import mark_applied, unmark_applied
from jobbot_gql.references.models import ReferenceUsage
from jobbot_gql.references.service import uncount_usages
from jobbot_gql.writing.entity_writer import EntityWriter, Lookup
from jobbot_gql.writing.rules import (
    PendingWrite,
    RuleViolation,
    RuleViolations,
    check_order,
    row_to_change,
    stale,
    too_early,
)

STAGES = tuple(status for status in ApplicationStatus if status not in OVER)
"""The statuses of open applications, in the order in which they are reached."""
INTERVIEWS = (
    ApplicationStatus.PHONE_SCREEN,
    ApplicationStatus.TECHNICAL_INTERVIEW,
    ApplicationStatus.FINAL_INTERVIEW,
)
STAGE_OF = {
    ResponseType.ACKNOWLEDGMENT: ApplicationStatus.ACKNOWLEDGED,
    ResponseType.INFO_REQUEST: ApplicationStatus.UNDER_REVIEW,
    ResponseType.ASSESSMENT: ApplicationStatus.TECHNICAL_INTERVIEW,
    ResponseType.OFFER: ApplicationStatus.OFFER_RECEIVED,
}
"""The stage that a response shows; for invitations to an interview it is the next one."""

FIGURES_OF_CLAIMS = KeyedStatement(
    ExperienceClaim.application_id,
    select(
        ExperienceClaim.application_id, ExperienceClaim.exaggeration_multiplier, ExperienceClaim.credibility_impact
    ).where,
)


FIRST_ANSWERS = KeyedStatement(
    EmployerResponse.application_id,
    select(EmployerResponse.application_id, func.min(EmployerResponse.response_date))
    .where(EmployerResponse.response_type != ResponseType.ACKNOWLEDGMENT, EmployerResponse.response_date.is_not(None))
    .group_by(EmployerResponse.application_id)
    .where,
)


class DerivedValue(RuleViolation):
    """The value is derived from other rows and cannot be set while there are any."""


class ClaimFigures(NamedTuple):
    """What counts of a claim that is stored."""

    exaggeration_multiplier: float | None
    credibility_impact: float | None


async def check_applications(session: WriteSession, pending_writes: Sequence[PendingWrite[Application]]) -> None:
    """Dates are in order, and the figures of claims that come with it are right."""
    for pending in pending_writes:
        check_order(pending, "application_date", "interview_date", "applicationDate")
        check_order(pending, "application_date", "response_date", "applicationDate")
        if claims := pending.parts.get("experience_claims"):
            _set_figures(pending.row, (claim.row for claim in claims))
    await _check_response_dates(
        session, [pending for pending in pending_writes if pending.before and pending.changes("response_date")]
    )


async def _check_response_dates(session: WriteSession, pending_writes: Sequence[PendingWrite[Application]]) -> None:
    """A response date that is set by hand is the one that follows from the responses, if there are any."""
    dates = await _first_answers(session, {pending.row.id for pending in pending_writes})
    for pending in pending_writes:
        first, given = dates.get(pending.row.id), pending.row.response_date
        if first is not None and given != first:
            pending.reject(
                DerivedValue(
                    f"must be that of the earliest response by a person ({first.isoformat()}) while there is one;"
                    f" got {None if given is None else given.isoformat()}. Correct the response instead.",
                    "response_date",
                )
            )


async def settle_applications(session: WriteSession, pending_writes: Sequence[PendingWrite[Application]]) -> None:
    """The jobs that applications were moved between: the new one is applied to, the old one may not be any more."""
    moved = [pending for pending in pending_writes if pending.before is not None and pending.changes("job_id")]
    now = datetime.now(UTC)
    await mark_applied(session, [(pending.parents["job_id"], pending.row.application_date or now) for pending in moved])
    await unmark_applied(session, {pending.before.job_id for pending in moved if pending.before is not None})


async def before_applications_go(session: WriteSession, rows: Sequence[Application]) -> None:
    """The uses of references for applications go with them."""
    await uncount_usages(session, ReferenceUsage.application_id, [row.id for row in rows])


async def applications_removed(session: WriteSession, rows: Sequence[Application]) -> None:
    """A job whose last application is gone may not be applied to any more."""
    await unmark_applied(session, {row.job_id for row in rows})


def along_with_applications(pending_writes: Sequence[PendingWrite[Application]]) -> Iterator[Addition]:
    """The status of a new application is written down, and why one was moved to a job that has one already."""
    now = datetime.now(UTC)
    beginnings = []
    for pending in pending_writes:
        row, reason = pending.row, pending.given.get("repeat_reason")
        if row.status is None:
            continue
        note = _noted(pending.given.get("note"), "Applied again", reason)
        if pending.before is None:
            answered = None if row.status is ApplicationStatus.SUBMITTED else row.response_date
            beginnings.append(Beginning(row, row.status, answered or row.application_date or now, note))
        elif reason and pending.changes("job_id"):
            beginnings.append(Beginning(row, row.status, now, note))
    yield first_statuses(beginnings)


def _noted(note: str | None, what: str, reason: str | None) -> str | None:
    """A note for the history with the reason, if there is one, why there is a second open application."""
    return "\n".join(filter(None, [note, f"{what}: {reason}" if reason else None])) or None


async def submit_application(
    session: WriteSession, *, occurred_at: datetime | None = None, **given: Any
) -> dict[str, Any]:
    """Apply to a job, which moves on to `applied` if it was waiting for that.

    `given` are columns and claims of the application, and what goes with it. Raises RuleViolations, InFuture.
    """
    check_past(occurred_at)
    at = occurred_at or datetime.now(UTC)
    pending = await APPLICATIONS.add(session, application_date=at, **given)
    job = pending.parents["job_id"]
    await mark_applied(session, [(job, at)])
    return {"application": pending.row, "job": job}


async def change_application_status(
    session: WriteSession,
    *,
    id: int,  # noqa: A002 - the field's name in the API
    status: ApplicationStatus,
    version: int | None = None,
    occurred_at: datetime | None = None,
    note: str | None = None,
    allow_repeat: bool = False,
    repeat_reason: str | None = None,
) -> dict[str, Any]:
    """Move an application to another status.

    Raises NotFound, StaleVersion, DateOrder, InFuture, AlreadyApplied where one that is over would be open again
    beside another, and Required where that is allowed without a reason.
    """
    application = await row_to_change(session, Application, id, version)
    reason = await check_reopening(
        session, application, status, "status", allow_repeat=allow_repeat, repeat_reason=repeat_reason
    )
    event = await change_status(
        session,
        application,
        "status",
        status,
        occurred_at=occurred_at,
        note=_noted(note, "Open again beside another", reason),
        begun_at=application.application_date,
    )
    return {"application": application, "status_event": event}


async def check_responses(session: WriteSession, pending_writes: Sequence[PendingWrite[EmployerResponse]]) -> None:
    """An answer does not come before the application, nor what follows it before the answer."""
    for pending in pending_writes:
        answered, sent = pending.row.response_date, pending.parents["application_id"].application_date
        check_order(pending, "response_date", "follow_up_scheduled", "the response")
        if answered and sent and answered < sent and pending.changes("response_date", "application_id"):
            pending.reject(too_early(sent, answered, "the application's date", "response_date"))


async def settle_responses(session: WriteSession, pending_writes: Sequence[PendingWrite[EmployerResponse]]) -> None:
    """The response dates of the applications that were answered, and of those that answers were taken from."""
    rows = [row for pending in pending_writes for row in (pending.row, pending.before) if row is not None]
    await recompute_response_dates(session, applications_answered(rows))


async def responses_removed(session: WriteSession, rows: Sequence[EmployerResponse]) -> None:
    """The response dates of the applications that answers were taken from."""
    await recompute_response_dates(session, applications_answered(rows))


def applications_answered(rows: Iterable[EmployerResponse]) -> set[int]:
    """The applications that the responses answer; an acknowledgment is no answer."""
    return {
        row.application_id
        for row in rows
        if row.response_type != ResponseType.ACKNOWLEDGMENT and row.response_date is not None
    }


async def recompute_response_dates(session: WriteSession, application_ids: Collection[int]) -> None:
    """Set the response dates of applications to those of the earliest answers, null where there is none."""
    dates = await _first_answers(session, application_ids)
    for application_id, application in (await locked(session, Application, application_ids)).items():
        application.response_date = dates.get(application_id)


async def _first_answers(session: WriteSession, application_ids: Collection[int]) -> dict[int, datetime]:
    """The times of the earliest answers to applications, for those that have one."""
    if not application_ids:
        return {}
    return dict(await session.rows_by_key(FIRST_ANSWERS, sorted(application_ids)))


def proposed_status(now: ApplicationStatus | None, response: ResponseType) -> ApplicationStatus | None:
    """The status that an employer's response suggests for an application, None where it suggests no change.

    An application never goes back. One that was given up for rejected or ghosted comes back to life when the employer
    wants something; one that is accepted or withdrawn does not.
    """
    if now in (ApplicationStatus.ACCEPTED, ApplicationStatus.WITHDRAWN):
        return None
    if response is ResponseType.REJECTION:
        return ApplicationStatus.REJECTED if now is not ApplicationStatus.REJECTED else None
    reached = STAGES.index(now) if now in STAGES else -1
    if response is ResponseType.INTERVIEW_REQUEST:
        return next((stage for stage in INTERVIEWS if STAGES.index(stage) > reached), None)
    stage = STAGE_OF.get(response)
    if stage is None or STAGES.index(stage) <= reached:
        return None
    if reached < 0 and now is not None and response is ResponseType.ACKNOWLEDGMENT:
        return None
    return stage


async def record_employer_response(
    session: WriteSession,
    *,
    response_type: ResponseType,
    version: int | None = None,
    occurred_at: datetime | None = None,
    apply_proposed_status: bool = False,
    allow_repeat: bool = False,
    repeat_reason: str | None = None,
    **given: Any,
) -> dict[str, Any]:
    """Write down what an employer answered, and propose what it means for the application's status.

    `given` are columns of the response; `version` is the application's. Raises RuleViolations, StaleVersion, InFuture,
    and as `change_application_status` does where the proposed status is set.
    """
    check_past(occurred_at)
    at = occurred_at or datetime.now(UTC)
    try:
        pending = await RESPONSES.add(session, response_type=response_type, response_date=at, **given)
    except RuleViolations as several:
        raise several.renamed(response_date="occurred_at") from None
    application = pending.parents["application_id"]
    if version is not None and application.version != version:
        raise stale(application, version)
    latest = await latest_status_change(session, application)
    is_older = latest is not None and at < latest
    proposed = None if is_older else proposed_status(application.status, response_type)
    event = None
    if proposed is not None and apply_proposed_status:
        field = "apply_proposed_status"
        reason = await check_reopening(
            session, application, proposed, field, allow_repeat=allow_repeat, repeat_reason=repeat_reason
        )
        note = _noted(f"The employer answered: {response_type.name}.", "Open again beside another", reason)
        event = await change_status(session, application, "status", proposed, occurred_at=at, note=note)
    return {
        "employer_response": pending.row,
        "application": application,
        "proposed_status": proposed,
        "status_event": event,
    }


async def check_claims(session: WriteSession, pending_writes: Sequence[PendingWrite[ExperienceClaim]]) -> None:
    """Impact and risk follow from the multiplier where nobody says them, and as long as nobody does."""
    for pending in pending_writes:
        row, old = pending.row, pending.before
        if pending.given.get("credibility_impact") is None and (
            old is None
            or row.credibility_impact is None
            or old.credibility_impact == suggested_impact(old.exaggeration_multiplier)
        ):
            row.credibility_impact = suggested_impact(row.exaggeration_multiplier)
        if pending.given.get("risk_level") is None and (
            old is None
            or row.risk_level is None
            or old.risk_level == suggested_risk(old.claim_type, old.exaggeration_multiplier)
        ):
            row.risk_level = suggested_risk(row.claim_type, row.exaggeration_multiplier)


async def settle_claims(session: WriteSession, pending_writes: Sequence[PendingWrite[ExperienceClaim]]) -> None:
    """The figures of the applications that have claims, and of those that claims were taken from."""
    rows = [pending.row for pending in pending_writes] + [
        pending.before for pending in pending_writes if pending.before is not None
    ]
    await recompute_integrity(session, {row.application_id for row in rows})


async def claims_removed(session: WriteSession, rows: Sequence[ExperienceClaim]) -> None:
    """The figures of the applications that claims were taken from."""
    await recompute_integrity(session, {row.application_id for row in rows})


async def recompute_integrity(session: WriteSession, application_ids: Iterable[int]) -> None:
    """Bring the integrity columns of applications in line with their claims."""
    applications = await locked(session, Application, application_ids)
    if not applications:
        return
    claims: dict[int, list[ClaimFigures]] = {application_id: [] for application_id in applications}
    for application_id, *figures in await session.rows_by_key(FIGURES_OF_CLAIMS, list(applications)):
        claims[application_id].append(ClaimFigures(*figures))
    for application_id, application in applications.items():
        _set_figures(application, claims[application_id])


def _set_figures(application: Application, claims: Iterable[Claim]) -> None:
    for name, value in asdict(integrity_of(claims)).items():
        setattr(application, name, value)


CLAIMS = EntityWriter(ExperienceClaim, check_claims, settle=settle_claims, removed=claims_removed)
RESPONSES = EntityWriter(EmployerResponse, check_responses, settle=settle_responses, removed=responses_removed)
APPLICATIONS = EntityWriter(
    Application,
    check_applications,
    along_with_applications,
    settle_applications,
    before_applications_go,
    applications_removed,
    lookup=Lookup(OPEN_APPLICATIONS, jobs_applied_to, reject_repeats),
    parts={"experience_claims": (CLAIMS, "application_id")},
)
