"""A job has one open application; a second one takes a reason.

Whoever is about to open one holds the job's row until the transaction ends: nobody else opens another meanwhile.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import inf
from typing import Any

from sqlalchemy import or_, select

from jobbot_gql.applications.models import Application, ApplicationStatus
from jobbot_gql.changes.models import Change
from jobbot_gql.db.keys import is_among, key_list
from jobbot_gql.db.queries import KeyedStatement
from jobbot_gql.db.sessions import WriteSession
from jobbot_gql.db.writing import read_locked
from jobbot_gql.jobs.models import Job
from jobbot_gql.writing.rules import Refusals, Refused, Required, Save

OVER = (
    ApplicationStatus.ACCEPTED,
    ApplicationStatus.REJECTED,
    ApplicationStatus.GHOSTED,
    ApplicationStatus.WITHDRAWN,
)
"""The statuses of applications that are over. All others are open."""

OPEN_APPLICATIONS = KeyedStatement(
    Application.job_id,
    select(Application.job_id, Application.id)
    .where(or_(Application.status.not_in(OVER), Application.status.is_(None)))
    .order_by(Application.id)
    .where,
)

Period = tuple[float, float]
"""From one change to another, by their sequences."""
Logged = tuple[int, Mapping[str, Any] | None]
"""A change's sequence, and what was before it."""


class AlreadyApplied(Refused):
    """There is an open application to the same job."""


async def check_repeats(session: WriteSession, saves: Sequence[Save[Application]]) -> None:
    """Refuse applications to jobs, locked already, that have an open one, unless a reason is given for a second."""
    applying = [save for save in saves if save.row.status not in OVER and save.changes("job_id")]
    if not applying:
        return
    found = await _open_applications(session, {save.row.job_id for save in applying})
    first = {job_id: row_ids[0] for job_id, row_ids in found.items()}
    for save in applying:
        job_id, row_id = save.row.job_id, save.row.id
        # One that is refused for something else is not there for the others.
        earlier = first.get(job_id, row_id) if save.refusals else first.setdefault(job_id, row_id)
        if earlier != row_id and (
            refusal := _refusal(
                earlier, job_id, "job_id", bool(save.given.get("allow_repeat")), save.given.get("repeat_reason")
            )
        ):
            save.refuse(refusal)


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
        if refusal := _refusal(earlier, application.job_id, field, allow_repeat, repeat_reason):
            raise refusal
        return repeat_reason
    return None


async def check_restored(session: WriteSession, undone: Mapping[int, int], *path: str) -> None:
    """Hold applications that an undoing has changed to the rule.

    `undone` gives the earliest change of each one's status or job that was undone. Two that once were open side by side
    may be so again: there was a reason for it. Raises Refusals with AlreadyApplied; `path` leads to what was asked to
    be undone.
    """
    jobs = select(Application.job_id).where(is_among(Application.id, key_list("keys", Application.id.type)))
    job_ids = set(await session.scalars(jobs, {"keys": list(undone)}))
    await _hold(session, job_ids)
    together = {
        job_id: row_ids
        for job_id, row_ids in (await _open_applications(session, job_ids)).items()
        if len(row_ids) > 1 and not undone.keys().isdisjoint(row_ids)
    }
    if not together:
        return
    statement = (
        select(Change.entity_id, Change.id, Change.before)
        .where(Change.entity == Application.__name__)
        .where(is_among(Change.entity_id, key_list("keys", Change.entity_id.type)))
        .order_by(Change.id.desc())
    )
    log: dict[int, list[Logged]] = {}
    of_all = {"keys": [row_id for row_ids in together.values() for row_id in row_ids]}
    for row_id, sequence, before in await session.execute(statement, of_all):
        log.setdefault(row_id, []).append((sequence, before))
    refusals = []
    for job_id, row_ids in together.items():
        periods = {row_id: _open_periods(log.get(row_id, ()), job_id, undone.get(row_id)) for row_id in row_ids}
        if _all_at_once(list(periods.values())):
            continue
        for row_id in undone.keys() & row_ids:
            stranger = (one for one in row_ids if one != row_id and not _overlap(periods[row_id], periods[one]))
            if (other := next(stranger, None)) is not None:
                message = (
                    f"change {undone[row_id]} cannot be undone: Application {other} to Job {job_id} is open by now"
                )
                refusals.append(AlreadyApplied(message, *path, application_id=other))
    if refusals:
        raise Refusals(refusals)


def _open_periods(log: Iterable[Logged], job_id: int, undone: int | None) -> list[Period]:
    """When an application that is open now was open, and to the job: until the undone change, if it is open by that.

    `log` is what the change log says about it, the latest first; so are the periods.
    """
    was: Mapping[str, Any] | None = {"job_id": job_id, "status": None}  # open, whatever it is called
    periods: list[Period] = []
    until = inf
    for sequence, before in log:
        if undone is None or sequence < undone:
            if _is_open(was, job_id):
                periods.append((sequence, until))
        elif sequence > undone:
            continue
        until = sequence
        was = None if before is None else {**(was or {}), **before}
    if _is_open(was, job_id):
        periods.append((0, until))
    return periods


def _is_open(row: Mapping[str, Any] | None, job_id: int) -> bool:
    return row is not None and row["job_id"] == job_id and row["status"] not in OVER


def _all_at_once(periods: Sequence[Sequence[Period]]) -> bool:
    """Whether there was a moment in the last period of each: comparing each two, which are many, can be spared then."""
    return all(periods) and max(one[0][0] for one in periods) < min(one[0][1] for one in periods)


def _overlap(some: Iterable[Period], others: Sequence[Period]) -> bool:
    return any(max(since, begun) < min(until, ended) for since, until in some for begun, ended in others)


async def _open_applications(session: WriteSession, job_ids: Iterable[int]) -> dict[int, list[int]]:
    """The open applications to each of the jobs that have one, in the order in which they were added."""
    found: dict[int, list[int]] = {}
    for job_id, row_id in await session.rows_by_key(OPEN_APPLICATIONS, sorted(job_ids)):
        found.setdefault(job_id, []).append(row_id)
    return found


async def _hold(session: WriteSession, job_ids: Iterable[int]) -> None:
    await read_locked(session, Job, job_ids)


def _refusal(earlier: int, job_id: int, field: str, allow_repeat: bool, reason: str | None) -> Refused | None:
    if not allow_repeat:
        message = f"Application {earlier} to Job {job_id} is open; allowRepeat with a reason lets in another"
        return AlreadyApplied(message, field, application_id=earlier)
    if not (reason or "").strip():
        return Required("say why there is to be a second open application", "repeat_reason")
    return None
