"""Values that follow from other rows: they follow the rows that an undo creates, changes and deletes."""

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
from jobbot_gql.db.write.bulk_dml import locked
from jobbot_gql.db.write.write_session import WriteSession
from jobbot_gql.history.models import Change, ChangeOperation, StatusEvent
from jobbot_gql.jobs.models import Job, JobStatus
from jobbot_gql.jobs.service import APPLIED_NOTE, UNAPPLIED_NOTE, unmark_applied
from jobbot_gql.references.models import Reference, ReferenceUsage
from jobbot_gql.references.service import subtract_usages
from jobbot_gql.undo.related_changes import Entry, entries, logged_row, with_related_changes
from jobbot_gql.undo.undo import Undone

FIGURES = frozenset(figure.name for figure in fields(Integrity))
"""The columns of an application that follow from its claims."""
RESPONSE_DATE = frozenset({"response_date"})
CREATE, UPDATE, DELETE = ChangeOperation.CREATE, ChangeOperation.UPDATE, ChangeOperation.DELETE


async def settle(session: WriteSession, undone: Undone) -> None:
    """Bring what follows from the rows that were undone in line with them."""
    await recompute_integrity(session, await _to_recompute(session, undone, ExperienceClaim, FIGURES))
    await recompute_response_dates(session, await _to_recompute(session, undone, EmployerResponse, RESPONSE_DATE))
    await _count_usages(session, undone)
    left = {job_id for change in _of(undone, Application) for job_id in _jobs(change)}
    await unmark_applied(session, left)


def _of(undone: Undone, model: type[Base]) -> list[Entry]:
    return [change for change in undone.entries if change.entity == model.__name__]


async def _to_recompute(session: WriteSession, undone: Undone, model: Any, columns: frozenset[str]) -> set[int]:
    """The applications whose columns may not fit their claims or responses any more.

    Where the columns were put back together with all that they follow from, they are what they were, whoever had
    computed them.
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
        or not (others or any((change.sequence, column) in undone.left for column in columns))
    }
    alone = {change.entity_id for change in changed} - affected if columns == FIGURES else set()
    return affected - restored | alone


async def _only_acknowledgments(session: WriteSession, below: Iterable[Entry]) -> bool:
    """Whether no response among the changes is, or was, an answer."""
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
    """Whether rows that the changed columns follow from were written since, or by the same request, and stay so."""
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


async def purge_following(
    session: WriteSession, entity: str, row_id: int, things: Mapping[str, Collection[int]]
) -> Callable[[], Awaitable[None]]:
    """Take the usages that a purge erases from their references' counts, before it does.

    Returns what brings the other values that follow from the row in line, to be called after it is deleted.
    """
    if entity != Reference.__name__ and (usages := things.get(ReferenceUsage.__name__)):
        await subtract_usages(session, ReferenceUsage.id, list(usages))
    parents: dict[str, tuple[Any, Callable[[WriteSession, Collection[int]], Awaitable[None]]]] = {
        ExperienceClaim.__name__: (ExperienceClaim.application_id, recompute_integrity),
        EmployerResponse.__name__: (EmployerResponse.application_id, recompute_response_dates),
        Application.__name__: (Application.job_id, unmark_applied),
    }
    parent: int | None = None
    if entity in parents:
        key = parents[entity][0]
        of_row = select(key).where(key.class_.id == row_id)
        if key.class_ is EmployerResponse:
            of_row = of_row.where(EmployerResponse.response_type != ResponseType.ACKNOWLEDGMENT)
        parent = await session.scalar(of_row)

    async def follow() -> None:
        if parent is not None:
            await parents[entity][1](session, [parent])

    return follow


async def _count_usages(session: WriteSession, undone: Undone) -> None:
    """Count the usages that were created and deleted, whatever the log says of the references' counts."""
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
            and (change.sequence, "usage_count") not in undone.left
        )
        if any(
            change.entity_id == reference_id and change.operation is not UPDATE for change in _of(undone, Reference)
        ):
            continue  # it came back with its count
        count = (reference.usage_count or 0) - restored + counts[reference_id]
        if (reference.usage_count or 0) != count:
            reference.usage_count = count


async def with_job_statuses(session: WriteSession, changes: list[Entry]) -> list[Entry]:
    """The changes, and those of jobs' statuses that followed from applications that were added, moved or deleted.

    A job's status stays where it has changed since, or where another application keeps it.
    """
    of = [change for change in changes if change.entity == Application.__name__ and change.request_id is not None]
    job_ids = {job_id for change in of for job_id in _jobs(change)}
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
    standing = await _standing(session, {logged_row(event)["job_id"] for event in events})
    following = [event for event in events if _can_go_back(event, changes, standing)]
    return await with_related_changes(session, [*changes, *following]) if following else changes


def _jobs(change: Entry) -> set[int]:
    """The jobs that an application belonged to before and after a change, as far as the change says so."""
    return {row["job_id"] for row in (change.before, change.after) if row and row.get("job_id") is not None}


class _Standing(NamedTuple):
    """How a job stands: its status, the id of the newest event of its history (0: none), and its applications."""

    status: JobStatus | None
    newest_event: int
    applications: set[int]


async def _standing(session: WriteSession, job_ids: Collection[int]) -> Mapping[int, _Standing]:
    """How jobs stand, by their ids; a job that was deleted is not among them."""
    keys = {"keys": list(job_ids)}
    newest = select(func.max(StatusEvent.id)).where(StatusEvent.job_id == Job.id).scalar_subquery()
    jobs = select(Job.id, Job.status, newest).where(is_among(Job.id, key_list("keys", BigInteger())))
    standing = {
        job_id: _Standing(status, event or 0, set()) for job_id, status, event in await session.execute(jobs, keys)
    }
    applications = select(Application.job_id, Application.id)
    applications = applications.where(is_among(Application.job_id, key_list("keys", BigInteger())))
    for job_id, application_id in await session.execute(applications, keys):
        standing[job_id].applications.add(application_id)
    return standing


def _can_go_back(event: Entry, changes: Iterable[Entry], standing: Mapping[int, _Standing]) -> bool:
    """Whether undoing a change of a job's history, made because of an application, leaves the status right."""
    said = logged_row(event)
    is_new = event.operation is CREATE
    job = standing.get(said["job_id"])
    if job is None or job.status != (said["to_status"] if is_new else said["from_status"]):
        return False
    if job.newest_event != event.entity_id if is_new else job.newest_event > event.entity_id:
        return False
    if (said["note"] == APPLIED_NOTE) is not is_new:
        return True  # there will be an application again
    gone = {
        change.entity_id
        for change in changes
        if change.entity == Application.__name__ and (change.after or {}).get("job_id") == said["job_id"]
    }
    return job.applications <= gone
