"""A job has one open application; a second one takes a reason.

Whoever is about to open one holds the job's row until the transaction ends: nobody else opens another meanwhile.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import or_, select

from jobbot_gql.applications.models import Application, ApplicationStatus
from jobbot_gql.db.sql.array_params import is_among, key_list
from jobbot_gql.db.write.bulk_dml import KeyedSelect, read_locked
from jobbot_gql.db.write.write_session import WriteSession
from jobbot_gql.history.coexistence import newcomers
from jobbot_gql.jobs.models import Job
from jobbot_gql.writing.rules import PendingWrite, Required, RuleViolation, RuleViolations

OVER = (
    ApplicationStatus.ACCEPTED,
    ApplicationStatus.REJECTED,
    ApplicationStatus.GHOSTED,
    ApplicationStatus.WITHDRAWN,
)
"""The statuses of applications that are over. All others are open."""

OPEN_APPLICATIONS = KeyedSelect(
    Application.job_id,
    select(Application.job_id, Application.id)
    .where(or_(Application.status.not_in(OVER), Application.status.is_(None)))
    .order_by(Application.id)
    .where,
)


class AlreadyApplied(RuleViolation):
    """An open application for the same job exists."""


def _applying(pending_writes: Sequence[PendingWrite[Application]]) -> list[PendingWrite[Application]]:
    return [pending for pending in pending_writes if pending.row.status not in OVER and pending.changes("job_id")]


def jobs_applied_to(pending_writes: Sequence[PendingWrite[Application]]) -> set[int]:
    """The jobs, locked already, of which it matters whether there is an open application."""
    return {pending.row.job_id for pending in _applying(pending_writes)}


def reject_repeats(pending_writes: Sequence[PendingWrite[Application]], found: Sequence[Any]) -> None:
    """Refuse applications to jobs that have an open one, unless a reason is given for a second.

    `found` is what `OPEN_APPLICATIONS` gave for `jobs_applied_to`.
    """
    first = {job_id: row_ids[0] for job_id, row_ids in _by_job(found).items()}
    for pending in _applying(pending_writes):
        job_id, row_id = pending.row.job_id, pending.row.id
        # One that is refused for something else is not there for the others.
        earlier = first.get(job_id, row_id) if pending.violations else first.setdefault(job_id, row_id)
        if earlier != row_id and (
            violation := _violation(
                earlier, job_id, "job_id", bool(pending.given.get("allow_repeat")), pending.given.get("repeat_reason")
            )
        ):
            pending.reject(violation)


async def check_reopening(
    session: WriteSession,
    application: Application,
    status: ApplicationStatus,
    field: str,
    *,
    allow_repeat: bool = False,
    repeat_reason: str | None = None,
) -> str | None:
    """Why a locked application may be opened beside another one to its job, None where its new status does not do so.

    `field` is the input's that asks for the status. Raises AlreadyApplied where a second one is not allowed, Required
    where no reason is given for it.
    """
    if application.status not in OVER or status in OVER:
        return None
    await _hold(session, [application.job_id])
    for earlier in (await _open_applications(session, [application.job_id])).get(application.job_id, ()):
        if violation := _violation(earlier, application.job_id, field, allow_repeat, repeat_reason):
            raise violation
        return repeat_reason
    return None


async def check_restored(session: WriteSession, undone: Mapping[int, int], *path: str) -> None:
    """Hold applications that an undoing has changed to the rule.

    `undone` gives the earliest change of each one's status or job that was undone. Two that once were open side by side
    may be so again: there was a reason for it. Raises RuleViolations with AlreadyApplied; `path` leads to what was
    asked to be undone.
    """
    jobs = select(Application.job_id).where(is_among(Application.id, key_list("keys", Application.id.type)))
    job_ids = set(await session.scalars(jobs, {"keys": list(undone)}))
    await _hold(session, job_ids)
    open_now = await _open_applications(session, job_ids)
    violations = [
        AlreadyApplied(
            f"Change {undone[one.restored]} cannot be undone:"
            f" Application {one.row_id} for Job {one.place} is open now.",
            *path,
            application_id=one.row_id,
        )
        for one in await newcomers(session, Application, open_now, undone, _is_open)
    ]
    if violations:
        raise RuleViolations(violations)


def _is_open(row: Mapping[str, Any], job_id: int) -> bool:
    return row.get("job_id", job_id) == job_id and row.get("status") not in OVER


async def _open_applications(session: WriteSession, job_ids: Iterable[int]) -> dict[int, list[int]]:
    """The open applications to each of the jobs that have one, in the order in which they were added."""
    return _by_job(await session.rows_by_key(OPEN_APPLICATIONS, sorted(job_ids)))


def _by_job(found: Sequence[Any]) -> dict[int, list[int]]:
    by_job: dict[int, list[int]] = {}
    for job_id, row_id in found:
        by_job.setdefault(job_id, []).append(row_id)
    return by_job


async def _hold(session: WriteSession, job_ids: Iterable[int]) -> None:
    await read_locked(session, Job, job_ids)


def _violation(earlier: int, job_id: int, field: str, allow_repeat: bool, reason: str | None) -> RuleViolation | None:
    if not allow_repeat:
        message = (
            f"You already have an open application for Job {job_id} (Application {earlier}). To apply again, set"
            " allowRepeat and give repeatReason."
        )
        return AlreadyApplied(message, field, application_id=earlier)
    if not (reason or "").strip():
        return Required("must give the reason for a second open application.", "repeat_reason")
    return None
