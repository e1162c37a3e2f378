"""Rules and actions of applications, employer responses and experience claims."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select

from jobbot_gql.applications.integrity import RatedClaim, integrity_of, suggested_impact, suggested_risk
from jobbot_gql.applications.models import (
    Application,
    ApplicationStatus,
    EmployerResponse,
    ExperienceClaim,
    ResponseType,
)
from jobbot_gql.applications.repeats import CLOSED, OPEN_APPLICATIONS, check_reopening, job_ids_to_check, reject_repeats
from jobbot_gql.db.sql.compiled_query import KeyedStatement
from jobbot_gql.db.write.bulk_dml import Addition, locked
from jobbot_gql.db.write.write_session import WriteSession
from jobbot_gql.history.status import (
    InitialStatus,
    StatusChange,
    change_statuses,
    check_past,
    initial_status_events,
    latest_status_change,
    status_violations,
)
from jobbot_gql.interviews.service import check_interview_dates, first_interviews, write_interview_dates
from jobbot_gql.jobs.service import JOBS, mark_applied, unmark_applied
from jobbot_gql.postings.service import digest_of, keep_postings
from jobbot_gql.references.models import ReferenceUsage
from jobbot_gql.references.service import subtract_usages
from jobbot_gql.writing.entity_writer import EntityWriter, Lookup
from jobbot_gql.writing.rules import (
    DerivedValue,
    PendingWrite,
    Required,
    RuleViolation,
    RuleViolations,
    check_order,
    prefixed,
    stale,
    too_early,
)

STAGES = tuple(status for status in ApplicationStatus if status not in CLOSED)
"""Statuses of open applications, in order."""
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
"""Stage that a response implies. An interview request implies the next interview."""

CLAIM_FIGURES = KeyedStatement(
    ExperienceClaim.application_id,
    select(
        ExperienceClaim.application_id, ExperienceClaim.exaggeration_multiplier, ExperienceClaim.credibility_impact
    ).where,
)


FIRST_RESPONSES = KeyedStatement(
    EmployerResponse.application_id,
    select(EmployerResponse.application_id, func.min(EmployerResponse.response_date))
    .where(EmployerResponse.response_type != ResponseType.ACKNOWLEDGMENT, EmployerResponse.response_date.is_not(None))
    .group_by(EmployerResponse.application_id)
    .where,
)


class ClaimFigures(NamedTuple):
    """Stored values of a claim that the integrity figures depend on."""

    exaggeration_multiplier: float | None
    credibility_impact: float | None


async def check_applications(session: WriteSession, pending_writes: Sequence[PendingWrite[Application]]) -> None:
    """Check the order of dates, and compute the figures of applications that are written with claims."""
    for pending in pending_writes:
        check_order(pending, "application_date", "interview_date", "applicationDate")
        check_order(pending, "application_date", "response_date", "applicationDate")
        if pending.before is None:
            pending.row.posting_digest = digest_of(pending.parents["job_id"])
        if claims := pending.parts.get("experience_claims"):
            _set_figures(pending.row, (claim.row for claim in claims))
    await check_interview_dates(session, pending_writes)
    await _check_response_dates(
        session, [pending for pending in pending_writes if pending.before and pending.changes("response_date")]
    )


async def _check_response_dates(session: WriteSession, pending_writes: Sequence[PendingWrite[Application]]) -> None:
    """Reject response dates that differ from those derived from the responses, if there are any."""
    dates = await _first_response_dates(session, {pending.row.id for pending in pending_writes})
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


async def after_applications_saved(session: WriteSession, pending_writes: Sequence[PendingWrite[Application]]) -> None:
    """Keep postings, and update interviews whose date was set and jobs between which applications were moved."""
    changed = [pending.row for pending in pending_writes if pending.before and pending.changes("interview_date")]
    await write_interview_dates(session, {row.id: row.interview_date for row in changed})
    await keep_postings(session, [pending.parents["job_id"] for pending in pending_writes if pending.before is None])
    moved = [pending for pending in pending_writes if pending.before is not None and pending.changes("job_id")]
    now = datetime.now(UTC)
    await mark_applied(session, [(pending.parents["job_id"], pending.row.application_date or now) for pending in moved])
    await unmark_applied(session, {pending.before.job_id for pending in moved if pending.before is not None})


async def before_applications_deleted(session: WriteSession, rows: Sequence[Application]) -> None:
    """Subtract the reference usages that are deleted with the applications."""
    await subtract_usages(session, ReferenceUsage.application_id, [row.id for row in rows])


async def after_applications_deleted(session: WriteSession, rows: Sequence[Application]) -> None:
    """Reset the statuses of jobs whose last application was deleted."""
    await unmark_applied(session, {row.job_id for row in rows})


def application_additions(pending_writes: Sequence[PendingWrite[Application]]) -> Iterator[Addition]:
    """Interviews and status events of new applications; status events of repeated ones that were moved."""
    now = datetime.now(UTC)
    initial = []
    for pending in pending_writes:
        row, reason = pending.row, pending.given.get("repeat_reason")
        if row.status is None:
            continue
        note = _note_with_reason(pending.given.get("note"), "Applied again", reason)
        if pending.before is None:
            answered = None if row.status is ApplicationStatus.SUBMITTED else row.response_date
            initial.append(InitialStatus(row, row.status, answered or row.application_date or now, note))
        elif reason and pending.changes("job_id"):
            initial.append(InitialStatus(row, row.status, now, note))
    yield initial_status_events(initial)
    yield first_interviews(pending.row for pending in pending_writes if pending.before is None)


def _note_with_reason(note: str | None, what: str, reason: str | None) -> str | None:
    """Note of a status event, followed by the reason for a second open application; None if both are empty."""
    return "\n".join(filter(None, [note, f"{what}: {reason}" if reason else None])) or None


async def submit_application(
    session: WriteSession,
    *,
    job: Mapping[str, Any] | None = None,
    job_id: int | None = None,
    occurred_at: datetime | None = None,
    **given: Any,
) -> dict[str, Any]:
    """Add an application, and change its job's status to `applied` if that was `discovered` or `targeted`.

    `job` has the `id` of the job, or values of a new one in `create`; `job_id` is another way to give the id. `given`
    are the other fields of the input. Raises RuleViolations, Required, InFuture.
    """
    check_past(occurred_at)
    at = occurred_at or datetime.now(UTC)
    if (job is None) is (job_id is None):
        raise Required("Give exactly one of job and jobId.")
    if job is None:
        pending = await APPLICATIONS.add(session, job_id=job_id, application_date=at, **given)
    else:
        pending = await _add_with_job(session, job, application_date=at, **given)
    applied = pending.parents["job_id"]
    await mark_applied(session, [(applied, at)])
    return {"application": pending.row, "job": applied}


async def _add_with_job(session: WriteSession, job: Mapping[str, Any], **given: Any) -> PendingWrite[Application]:
    """Add an application to the job that the input `job` names or describes; paths of violations lead there."""
    if "create" in job:
        try:
            new = await JOBS.add(session, **job["create"])
        except RuleViolations as several:
            raise RuleViolations(prefixed(("job", "create"), one) for one in several.violations) from None
        await session.flush()
        job = {"id": new.row.id}
    try:
        return await APPLICATIONS.add(session, job_id=job["id"], **given)
    except RuleViolations as several:
        raise RuleViolations(
            prefixed(("job",), type(one)(one.message, "id", **one.data)) if one.path == ("job_id",) else one
            for one in several.violations
        ) from None


async def change_application_statuses(
    session: WriteSession,
    applications: Sequence[Application],
    *,
    status: ApplicationStatus,
    occurred_at: datetime | None = None,
    note: str | None = None,
    allow_repeat: bool = False,
    repeat_reason: str | None = None,
    field: str = "status",
) -> dict[int, dict[str, Any] | RuleViolation]:
    """Change the status of locked applications. `field` is the input's field that sets it, for errors.

    Returns the payload's rows by id, or the violation: DateOrder, or one of `check_reopening`. Raises InFuture.
    """
    changes = {one.id: StatusChange(one, status, occurred_at, note, one.application_date) for one in applications}
    violations = await status_violations(session, "status", changes.values())
    sound = [one for one in applications if one.id not in violations]
    reopened = await check_reopening(
        session, sound, status, field, allow_repeat=allow_repeat, repeat_reason=repeat_reason
    )
    for row_id, reason in reopened.items():
        if isinstance(reason, RuleViolation):
            violations[row_id] = reason
        else:
            beside = _note_with_reason(note, "Open again beside another", reason)
            changes[row_id] = changes[row_id]._replace(note=beside)
    events = await change_statuses(
        session, "status", [change for row_id, change in changes.items() if row_id not in violations]
    )
    return {
        one.id: violations.get(one.id) or {"application": one, "status_event": events.get(one.id)}
        for one in applications
    }


async def check_responses(session: WriteSession, pending_writes: Sequence[PendingWrite[EmployerResponse]]) -> None:
    """Check the order of application, response and follow-up."""
    for pending in pending_writes:
        answered, sent = pending.row.response_date, pending.parents["application_id"].application_date
        check_order(pending, "response_date", "follow_up_scheduled", "the response")
        if answered and sent and answered < sent and pending.changes("response_date", "application_id"):
            pending.reject(too_early(sent, answered, "the application's date", "response_date"))


async def after_responses_saved(
    session: WriteSession, pending_writes: Sequence[PendingWrite[EmployerResponse]]
) -> None:
    """Recompute the response dates of the applications whose responses were added, changed or moved."""
    rows = [row for pending in pending_writes for row in (pending.row, pending.before) if row is not None]
    await recompute_response_dates(session, answered_application_ids(rows))


async def after_responses_deleted(session: WriteSession, rows: Sequence[EmployerResponse]) -> None:
    """Recompute the response dates of the applications whose responses were deleted."""
    await recompute_response_dates(session, answered_application_ids(rows))


def answered_application_ids(rows: Iterable[EmployerResponse]) -> set[int]:
    """Ids of the applications whose response date depends on the responses. Acknowledgments do not count."""
    return {
        row.application_id
        for row in rows
        if row.response_type != ResponseType.ACKNOWLEDGMENT and row.response_date is not None
    }


async def recompute_response_dates(session: WriteSession, application_ids: Collection[int]) -> None:
    """Set the response dates of applications to those of their first responses; null if there is none."""
    dates = await _first_response_dates(session, application_ids)
    for application_id, application in (await locked(session, Application, application_ids)).items():
        application.response_date = dates.get(application_id)


async def _first_response_dates(session: WriteSession, application_ids: Collection[int]) -> dict[int, datetime]:
    """Times of the first responses by application id. Applications without a response are omitted."""
    if not application_ids:
        return {}
    return dict(await session.rows_by_key(FIRST_RESPONSES, sorted(application_ids)))


def proposed_status(now: ApplicationStatus | None, response: ResponseType) -> ApplicationStatus | None:
    """Status that a response suggests for an application; None if it suggests no change.

    The suggested stage is never an earlier one. A rejected or ghosted application can be reopened; an accepted or
    withdrawn one cannot.
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
    """Add an employer's response, and propose or set the status that it suggests.

    `given` are columns of the response; `version` is the application's. Raises RuleViolations, StaleVersion, InFuture,
    and as `change_application_statuses` where the proposed status is set.
    """
    check_past(occurred_at)
    at = occurred_at or datetime.now(UTC)
    try:
        pending = await RESPONSES.add(session, response_type=response_type, response_date=at, **given)
    except RuleViolations as error:
        raise error.renamed(response_date="occurred_at") from None
    application = pending.parents["application_id"]
    if version is not None and application.version != version:
        raise stale(application, version)
    latest = await latest_status_change(session, application)
    is_older = latest is not None and at < latest
    proposed = None if is_older else proposed_status(application.status, response_type)
    event = None
    if proposed is not None and apply_proposed_status:
        changed = await change_application_statuses(
            session,
            [application],
            status=proposed,
            occurred_at=at,
            note=f"The employer answered: {response_type.name}.",
            allow_repeat=allow_repeat,
            repeat_reason=repeat_reason,
            field="apply_proposed_status",
        )
        outcome = changed[application.id]
        if isinstance(outcome, RuleViolation):
            raise outcome
        event = outcome["status_event"]
    return {
        "employer_response": pending.row,
        "application": application,
        "proposed_status": proposed,
        "status_event": event,
    }


async def check_claims(session: WriteSession, pending_writes: Sequence[PendingWrite[ExperienceClaim]]) -> None:
    """Set impact and risk to their defaults, unless they are given or were set to other values before."""
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


async def after_claims_saved(session: WriteSession, pending_writes: Sequence[PendingWrite[ExperienceClaim]]) -> None:
    """Recompute the figures of the applications whose claims were added, changed or moved."""
    rows = [pending.row for pending in pending_writes] + [
        pending.before for pending in pending_writes if pending.before is not None
    ]
    await recompute_integrity(session, {row.application_id for row in rows})


async def after_claims_deleted(session: WriteSession, rows: Sequence[ExperienceClaim]) -> None:
    """Recompute the figures of the applications whose claims were deleted."""
    await recompute_integrity(session, {row.application_id for row in rows})


async def recompute_integrity(session: WriteSession, application_ids: Iterable[int]) -> None:
    """Recompute the integrity columns of applications from their claims."""
    applications = await locked(session, Application, application_ids)
    if not applications:
        return
    claims: dict[int, list[ClaimFigures]] = {application_id: [] for application_id in applications}
    for application_id, *figures in await session.rows_by_key(CLAIM_FIGURES, list(applications)):
        claims[application_id].append(ClaimFigures(*figures))
    for application_id, application in applications.items():
        _set_figures(application, claims[application_id])


def _set_figures(application: Application, claims: Iterable[RatedClaim]) -> None:
    for name, value in asdict(integrity_of(claims)).items():
        setattr(application, name, value)


CLAIMS = EntityWriter(ExperienceClaim, check_claims, after_save=after_claims_saved, after_delete=after_claims_deleted)
RESPONSES = EntityWriter(
    EmployerResponse, check_responses, after_save=after_responses_saved, after_delete=after_responses_deleted
)
APPLICATIONS = EntityWriter(
    Application,
    check_applications,
    application_additions,
    after_applications_saved,
    before_applications_deleted,
    after_applications_deleted,
    lookup=Lookup(OPEN_APPLICATIONS, job_ids_to_check, reject_repeats),
    parts={"experience_claims": (CLAIMS, "application_id")},
)
