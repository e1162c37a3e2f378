"""The rule that a second open application for a job requires a reason.

A write that opens an application locks the job's row until the transaction ends, so that concurrent writes cannot
open two.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from jobbot_gql.applications.models import Application, ApplicationStatus
from jobbot_gql.db.sql.array_params import is_among, key_list
from jobbot_gql.db.write.bulk_dml import KeyedSelect, read_locked
from jobbot_gql.db.write.write_session import WriteSession
from jobbot_gql.history.key_holders import later_holders
from jobbot_gql.jobs.models import Job
from jobbot_gql.writing.rules import PendingWrite, Required, RuleViolation, RuleViolations

CLOSED = (
    ApplicationStatus.ACCEPTED,
    ApplicationStatus.REJECTED,
    ApplicationStatus.GHOSTED,
    ApplicationStatus.WITHDRAWN,
)
"""Statuses of closed applications. All others are open."""


OPEN = tuple(status for status in ApplicationStatus if status not in CLOSED)
"""Statuses of open applications."""


def is_open() -> ColumnElement[bool]:
    """Condition of open applications. Lists the words, so that an index on the status can be used."""
    return or_(Application.status.in_(OPEN), Application.status.is_(None))


OPEN_APPLICATIONS = KeyedSelect(
    Application.job_id,
    select(Application.job_id, Application.id).where(is_open()).order_by(Application.id).where,
)


class AlreadyApplied(RuleViolation):
    """An open application for the same job exists."""


def _opening(pending_writes: Sequence[PendingWrite[Application]]) -> list[PendingWrite[Application]]:
    return [pending for pending in pending_writes if pending.row.status not in CLOSED and pending.changes("job_id")]


def job_ids_to_check(pending_writes: Sequence[PendingWrite[Application]]) -> set[int]:
    """Ids of the jobs for which applications are opened. The jobs are locked already."""
    return {pending.row.job_id for pending in _opening(pending_writes)}


def reject_repeats(pending_writes: Sequence[PendingWrite[Application]], found: Sequence[Any]) -> None:
    """Reject applications for jobs that already have an open one, unless a reason is given.

    `found` are the rows of `OPEN_APPLICATIONS` for `job_ids_to_check`.
    """
    first = {job_id: row_ids[0] for job_id, row_ids in _by_job(found).items()}
    for pending in _opening(pending_writes):
        job_id, row_id = pending.row.job_id, pending.row.id
        # A write that another rule rejects does not block later ones.
        earlier = first.get(job_id, row_id) if pending.violations else first.setdefault(job_id, row_id)
        if earlier != row_id and (
            violation := _violation(
                earlier, job_id, "job_id", bool(pending.given.get("allow_repeat")), pending.given.get("repeat_reason")
            )
        ):
            pending.reject(violation)


async def check_reopening(
    session: WriteSession,
    applications: Iterable[Application],
    status: ApplicationStatus,
    field: str,
    *,
    allow_repeat: bool = False,
    repeat_reason: str | None = None,
) -> dict[int, RuleViolation | str | None]:
    """Check a new status of locked applications that may reopen them.

    Args:
        field: Field of the input that sets the status, for errors.

    Returns:
        By id, for those that are reopened while another one for their job is open: the reason, or the violation.
        AlreadyApplied if `allow_repeat` is false, Required if `repeat_reason` is missing.
    """
    reopened = [one for one in applications if one.status in CLOSED and status not in CLOSED]
    job_ids = {application.job_id for application in reopened}
    await _lock_jobs(session, job_ids)
    open_now = await _open_applications(session, job_ids) if job_ids else {}
    found: dict[int, str | RuleViolation | None] = {}
    for application in reopened:
        others = open_now.setdefault(application.job_id, [])
        if others:
            found[application.id] = (
                _violation(others[0], application.job_id, field, allow_repeat, repeat_reason) or repeat_reason
            )
        if not isinstance(found.get(application.id), RuleViolation):
            others.append(application.id)
    return found


async def check_restored(session: WriteSession, undone: Mapping[int, int], *path: str) -> None:
    """Check applications that an undo has reopened or moved to another job.

    Two applications that were open at the same time before the undone changes may be open again.

    Args:
        undone: By application id, the earliest undone change of its status or job.
        path: Path of the input field, for errors.

    Raises RuleViolations with AlreadyApplied.
    """
    jobs = select(Application.job_id).where(is_among(Application.id, key_list("keys", Application.id.type)))
    job_ids = set(await session.scalars(jobs, {"keys": list(undone)}))
    await _lock_jobs(session, job_ids)
    open_now = await _open_applications(session, job_ids)
    violations = [
        AlreadyApplied(
            f"Change {undone[one.restored]} cannot be undone: Application {one.row_id} for Job {one.key} is open now.",
            *path,
            application_id=one.row_id,
        )
        for one in await later_holders(session, Application, open_now, undone, _is_open)
    ]
    if violations:
        raise RuleViolations(violations)


def _is_open(row: Mapping[str, Any], job_id: int) -> bool:
    return row.get("job_id", job_id) == job_id and row.get("status") not in CLOSED


async def _open_applications(session: WriteSession, job_ids: Iterable[int]) -> dict[int, list[int]]:
    """Ids of open applications by job id, oldest first."""
    return _by_job(await session.rows_by_key(OPEN_APPLICATIONS, sorted(job_ids)))


def _by_job(found: Sequence[Any]) -> dict[int, list[int]]:
    by_job: dict[int, list[int]] = {}
    for job_id, row_id in found:
        by_job.setdefault(job_id, []).append(row_id)
    return by_job


async def _lock_jobs(session: WriteSession, job_ids: Iterable[int]) -> None:
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
