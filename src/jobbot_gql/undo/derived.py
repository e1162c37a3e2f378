"""Recomputation of derived values after an undo or a purge."""

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import fields
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, func, not_, or_, select

from jobbot_gql.applications.integrity import Integrity
from jobbot_gql.applications.models import Application, EmployerResponse, ExperienceClaim, ResponseType
from jobbot_gql.applications.service import recompute_integrity, recompute_response_dates
from jobbot_gql.db.base import Base
from jobbot_gql.db.sql.array_params import is_among, key_list
from jobbot_gql.db.write.bulk_dml import locked, newest_id
from jobbot_gql.db.write.write_session import WriteSession
from jobbot_gql.history.models import Change, ChangeOperation, StatusEvent
from jobbot_gql.interviews.models import Interview
from jobbot_gql.interviews.service import recompute_interview_dates, restore_interview_dates
from jobbot_gql.jobs.models import Job, JobStatus
from jobbot_gql.jobs.service import APPLIED_NOTE, UNAPPLIED_NOTE, unmark_applied
from jobbot_gql.postings.models import Posting
from jobbot_gql.postings.service import restore_postings
from jobbot_gql.references.models import Reference, ReferenceUsage
from jobbot_gql.references.service import subtract_usages
from jobbot_gql.undo.related_changes import Entry, entries, logged_row, with_related_changes
from jobbot_gql.undo.undo import Conflict, Conflicts, Undone

INTEGRITY_COLUMNS = frozenset(figure.name for figure in fields(Integrity))
"""Columns of an application that are derived from its claims."""
RESPONSE_DATE = frozenset({"response_date"})
INTERVIEW_DATE = frozenset({"interview_date"})
CREATE, UPDATE, DELETE = ChangeOperation.CREATE, ChangeOperation.UPDATE, ChangeOperation.DELETE


async def recompute(session: WriteSession, undone: Undone) -> None:
    """Recompute values that are derived from the rows that an undo has changed."""
    await recompute_integrity(session, await _to_recompute(session, undone, ExperienceClaim, INTEGRITY_COLUMNS))
    await recompute_response_dates(session, await _to_recompute(session, undone, EmployerResponse, RESPONSE_DATE))
    interviewed = await _to_recompute(session, undone, Interview, INTERVIEW_DATE)
    await recompute_interview_dates(session, interviewed)
    restored = _of(undone, Application)
    dated = {change.entity_id for change in restored if not INTERVIEW_DATE.isdisjoint(change.before or ())}
    await restore_interview_dates(session, dated - interviewed)
    digests = {(change.before or {}).get("posting_digest") for change in restored} - {None}
    await restore_postings(session, digests)
    await _count_usages(session, undone)
    job_ids = {job_id for change in _of(undone, Application) for job_id in _job_ids(change)}
    await unmark_applied(session, job_ids)


def _of(undone: Undone, model: type[Base]) -> list[Entry]:
    return [change for change in undone.entries if change.entity == model.__name__]


async def _to_recompute(session: WriteSession, undone: Undone, model: Any, columns: frozenset[str]) -> set[int]:
    """Ids of applications whose derived columns may differ from their claims or responses.

    Columns that were restored together with all rows from which they are derived are not recomputed.
    """
    below = _of(undone, model)
    logged = [row for change in below for row in (change.before, change.after) if row]
    affected = {row["application_id"] for row in logged if "application_id" in row}
    parents = select(model.application_id).where(is_among(model.id, key_list("keys", BigInteger())))
    affected |= set(await session.scalars(parents, {"keys": [change.entity_id for change in below]}))
    if model is EmployerResponse and await _only_acknowledgments(session, below):
        affected = set()
    above = [change for change in _of(undone, Application) if not columns.isdisjoint(change.before or ())]
    changed = [change for change in above if change.operation is UPDATE]
    others = await _others(session, undone, model, changed)
    restored = {
        change.entity_id
        for change in above
        if change.operation is DELETE
        or not (others or any((change.sequence, column) in undone.kept_columns for column in columns))
    }
    alone = {change.entity_id for change in changed} - affected if columns == INTEGRITY_COLUMNS else set()
    return affected - restored | alone


async def _only_acknowledgments(session: WriteSession, below: Iterable[Entry]) -> bool:
    """Whether all responses among the changes are and were acknowledgments."""
    below = list(below)
    types = [
        row["response_type"]
        for change in below
        for row in (change.before, change.after)
        if row and "response_type" in row
    ]
    there = select(EmployerResponse.response_type).where(is_among(EmployerResponse.id, key_list("keys", BigInteger())))
    types += await session.scalars(there, {"keys": [change.entity_id for change in below]})
    return all(one == ResponseType.ACKNOWLEDGMENT for one in types)


async def _others(session: WriteSession, undone: Undone, model: type[Base], changed: list[Entry]) -> bool:
    """Whether rows of the model were changed since, or by the same request, and are not undone."""
    if not changed:
        return False
    statement = select(func.count()).where(
        Change.entity == model.__name__,
        Change.sequence <= undone.since,
        not_(is_among(Change.id, key_list("ours", BigInteger()))),
        or_(
            Change.sequence > min(change.sequence for change in changed),
            Change.request_id.in_({change.request_id for change in changed} - {None}),
        ),
    )
    return bool(await session.scalar(statement, {"ours": undone.changes}))


async def prepare_purge(
    session: WriteSession, entity: str, row_id: int, rows: Mapping[str, Collection[int]]
) -> Callable[[], Awaitable[None]]:
    """Subtract the usages that a purge erases from the counts of their references.

    Returns a function that recomputes the other derived values. Call it after the row is deleted.
    """
    if entity != Reference.__name__ and (usages := rows.get(ReferenceUsage.__name__)):
        await subtract_usages(session, ReferenceUsage.id, list(usages))
    parents: dict[str, tuple[Any, Callable[[WriteSession, Collection[int]], Awaitable[None]]]] = {
        ExperienceClaim.__name__: (ExperienceClaim.application_id, recompute_integrity),
        EmployerResponse.__name__: (EmployerResponse.application_id, recompute_response_dates),
        Interview.__name__: (Interview.application_id, recompute_interview_dates),
        Application.__name__: (Application.job_id, unmark_applied),
    }
    parent: int | None = None
    if entity in parents:
        key = parents[entity][0]
        of_row = select(key).where(key.class_.id == row_id)
        if key.class_ is EmployerResponse:
            of_row = of_row.where(EmployerResponse.response_type != ResponseType.ACKNOWLEDGMENT)
        parent = await session.scalar(of_row)

    async def recompute_parent() -> None:
        if parent is not None:
            await parents[entity][1](session, [parent])

    return recompute_parent


async def _count_usages(session: WriteSession, undone: Undone) -> None:
    """Correct usage counts by the usages that the undo has created and deleted."""
    counts: Counter[int] = Counter()
    for change in _of(undone, ReferenceUsage):
        reference_id = logged_row(change).get("reference_id")
        if reference_id is not None and change.operation is not UPDATE:
            counts[reference_id] += 1 if change.operation is DELETE else -1
    await session.flush()
    for reference_id, reference in (await locked(session, Reference, counts)).items():
        restored = sum(
            ((change.before or {}).get("usage_count") or 0) - ((change.after or {}).get("usage_count") or 0)
            for change in _of(undone, Reference)
            if change.entity_id == reference_id
            and change.operation is UPDATE
            and "usage_count" in (change.after or {})
            and (change.sequence, "usage_count") not in undone.kept_columns
        )
        if any(
            change.entity_id == reference_id and change.operation is not UPDATE for change in _of(undone, Reference)
        ):
            continue  # the restored row has its count
        count = (reference.usage_count or 0) - restored + counts[reference_id]
        if (reference.usage_count or 0) != count:
            reference.usage_count = count


def without_postings(changes: list[Entry]) -> list[Entry]:
    """The changes without those of postings, which follow from applications.

    Raises Conflicts if no others are left.
    """
    others = [change for change in changes if change.entity != Posting.__name__]
    if changes and not others:
        reason = "postings follow from applications; undo a change of the Application"
        raise Conflicts([Conflict(one.sequence, one.entity, one.entity_id, reason) for one in changes])
    return others


async def with_job_status_changes(session: WriteSession, changes: list[Entry]) -> list[Entry]:
    """The changes, and changes of job statuses that followed from added, moved or deleted applications.

    A job's status change is omitted if the status has changed since, or follows from another application too.
    """
    of = [change for change in changes if change.entity == Application.__name__ and change.request_id is not None]
    job_ids = {job_id for change in of for job_id in _job_ids(change)}
    if not job_ids:
        return changes
    events = [
        event
        for event in await entries(
            session,
            Change.entity == StatusEvent.__name__,
            Change.operation != UPDATE,
            Change.request_id.in_({change.request_id for change in of}),
        )
        if logged_row(event).get("job_id") in job_ids
        and logged_row(event).get("note") in (APPLIED_NOTE, UNAPPLIED_NOTE)
    ]
    states = await _job_states(session, {logged_row(event)["job_id"] for event in events})
    following = [event for event in events if _can_undo(event, changes, states)]
    return await with_related_changes(session, [*changes, *following]) if following else changes


def _job_ids(change: Entry) -> set[int]:
    """Logged job ids of an application before and after a change."""
    return {row["job_id"] for row in (change.before, change.after) if row and row.get("job_id") is not None}


class _JobState(NamedTuple):
    """Present state of a job."""

    status: JobStatus | None
    newest_event: int
    """Id of its newest status event, 0 if none."""
    applications: set[int]
    """Ids."""


async def _job_states(session: WriteSession, job_ids: Collection[int]) -> Mapping[int, _JobState]:
    """State of jobs by id. Deleted jobs are omitted."""
    keys = {"keys": list(job_ids)}
    newest = select(newest_id(StatusEvent.id)).where(StatusEvent.job_id == Job.id).scalar_subquery()
    jobs = select(Job.id, Job.status, newest).where(is_among(Job.id, key_list("keys", BigInteger())))
    states = {
        job_id: _JobState(status, event or 0, set()) for job_id, status, event in await session.execute(jobs, keys)
    }
    applications = select(Application.job_id, Application.id)
    applications = applications.where(is_among(Application.job_id, key_list("keys", BigInteger())))
    for job_id, application_id in await session.execute(applications, keys):
        states[job_id].applications.add(application_id)
    return states


def _can_undo(event: Entry, changes: Iterable[Entry], states: Mapping[int, _JobState]) -> bool:
    """Whether a job's status event that followed from an application can be undone."""
    logged = logged_row(event)
    is_new = event.operation is CREATE
    job = states.get(logged["job_id"])
    if job is None or job.status != (logged["to_status"] if is_new else logged["from_status"]):
        return False
    if job.newest_event != event.entity_id if is_new else job.newest_event > event.entity_id:
        return False
    if (logged["note"] == APPLIED_NOTE) is not is_new:
        return True  # the undo restores an application
    gone = {
        change.entity_id
        for change in changes
        if change.entity == Application.__name__ and (change.after or {}).get("job_id") == logged["job_id"]
    }
    return job.applications <= gone
