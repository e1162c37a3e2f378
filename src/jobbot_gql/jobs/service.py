"""Rules on jobs."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zlib import crc32

from sqlalchemy import Integer, Text, delete, literal_column, select, text, union_all

from jobbot_gql.applications.models import Application
from jobbot_gql.db.sql.array_params import is_among, key_list
from jobbot_gql.db.write.bulk_dml import Addition, add_rows, locked
from jobbot_gql.db.write.write_session import WriteSession
from jobbot_gql.history.coexistence import Newcomer, newcomers
from jobbot_gql.history.status import (
    Beginning,
    StatusChange,
    change_status,
    check_past,
    first_statuses,
    latest_status_changes,
    latest_status_events,
    set_statuses,
)
from jobbot_gql.jobs.identity import url_key
from jobbot_gql.jobs.models import Job, JobSource, JobStatus
from jobbot_gql.references.service import uncount_usages
from jobbot_gql.writing.entity_writer import EntityWriter, NaturalKey
from jobbot_gql.writing.rules import (
    InvalidUrl,
    MinAboveMax,
    PendingWrite,
    RuleViolation,
    check_order,
    row_to_change,
    shown,
)

ADDRESS_LOCK = 0x6A6F6273  # "jobs": the first half of advisory locks' keys, of our own choice
ADDRESS_BUCKETS = 64
APPLIED_NOTE = "An application was submitted."
"""The note of the status that follows from an application. It tells such a status from one that a person has set."""
UNAPPLIED_NOTE = "The last application was deleted or moved to another job."


class DuplicateJobUrl(RuleViolation):
    """Another job has the same URL, or one that differs only in parts that do not identify a job."""


def address_key(given: Mapping[str, Any]) -> str | None:
    """What tells a job's address from those of others; None where there is none, or where it is no address."""
    return url_key(given.get("job_url"))


async def jobs_at(session: WriteSession, given: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """The ids of the jobs that have, or were seen at, these addresses, by `address_key`.

    Of several jobs at one address it is the one that has it as it is written, else the oldest. Until the transaction
    ends, nobody else adds a job at one of them.
    """
    urls = {key: one["job_url"] for one in given if (key := address_key(one))}
    await hold_addresses(session, urls.keys())
    seen = union_all(
        select(JobSource.url_key, JobSource.job_id, literal_column("0", Integer).label("has_it")).where(
            is_among(JobSource.url_key, key_list("keys", Text()))
        ),
        # A job that came from elsewhere may have no source.
        select(Job.job_url, Job.id, literal_column("1", Integer)).where(
            is_among(Job.job_url, key_list("urls", Text()))
        ),
    ).order_by(text("has_it, job_id DESC"))
    rows = await session.execute(seen, {"keys": list(urls), "urls": list(urls.values())})
    return {found if found in urls else str(url_key(found)): job_id for found, job_id, _ in rows}


async def newcomers_at(session: WriteSession, undone: Mapping[int, int]) -> list[Newcomer[str]]:
    """The jobs that have come to addresses which an undoing gave back to others, at most one for each of those.

    `undone` gives the earliest change of each one's address that was undone. Two jobs that had one address before may
    have it again. The addresses are to be held since before the undoing.
    """
    restored = select(Job.job_url, Job.id).where(is_among(Job.id, key_list("keys", Job.id.type)))
    at: dict[str, set[int]] = {}
    for url, job_id in await session.execute(restored, {"keys": list(undone)}):
        if key := url_key(url):
            at.setdefault(key, set()).add(job_id)
    seen = select(Job.job_url, Job.id).join(Job.sources).where(is_among(JobSource.url_key, key_list("keys", Text())))
    for url, job_id in await session.execute(seen, {"keys": list(at)}):
        if (key := url_key(url)) in at:  # a job may be seen where it has no address
            at[key].add(job_id)
    return await newcomers(session, Job, {key: sorted(ids) for key, ids in at.items()}, undone, _was_at)


def _was_at(row: Mapping[str, Any], key: str) -> bool:
    return "job_url" not in row or address_key(row) == key


async def hold_addresses(session: WriteSession, keys: Collection[str]) -> None:
    """Keep addresses with these keys from other transactions, as SQLite does of itself.

    A few buckets stand for all addresses, because each lock takes memory of the server's.
    """
    if not keys or session.get_bind().dialect.name != "postgresql":
        return
    held: set[int] = session.info.setdefault("addresses held", set())
    buckets = {crc32(key.encode()) % ADDRESS_BUCKETS for key in keys} - held
    if not held:
        # An import locks out all who write to the table.
        await session.execute(text("LOCK TABLE jobs IN ROW EXCLUSIVE MODE"))
    if buckets:
        lock = "SELECT pg_advisory_xact_lock(:lock, bucket) FROM unnest(CAST(:buckets AS int[])) AS bucket"
        await session.execute(text(lock), {"lock": ADDRESS_LOCK, "buckets": sorted(buckets)})
    held |= buckets


def check_url(pending: PendingWrite[Any], column: str) -> bool:
    """Reject a new value of a column of URLs that is not an http or https URL; a blank one becomes null.

    Returns whether the write gives the column another URL, and that is one.
    """
    value = (getattr(pending.row, column) or "").strip() or None
    setattr(pending.row, column, value)
    if value is None or not pending.changes(column):
        return False
    if url_key(value) is None:
        pending.reject(InvalidUrl(f"must be an http or https URL; got {shown(value)}.", column))
        return False
    return True


async def check_jobs(session: WriteSession, pending_writes: Sequence[PendingWrite[Job]]) -> None:
    """An address is one, and no other job's; the pay's minimum is not above its maximum; dates are in order."""
    moved: list[PendingWrite[Job]] = []
    for pending in pending_writes:
        job = pending.row
        if check_url(pending, "job_url"):
            moved.append(pending)
        lowest, highest = job.salary_min, job.salary_max
        if (
            lowest is not None
            and highest is not None
            and lowest > highest
            and pending.changes("salary_min", "salary_max")
        ):
            pending.reject(MinAboveMax(f"({lowest}) must not be greater than salaryMax ({highest}).", "salary_min"))
        check_order(pending, "posting_date", "application_deadline", "postingDate")
    owners = await jobs_at(session, [{"job_url": pending.row.job_url} for pending in moved]) if moved else {}
    for pending in moved:
        key = str(url_key(pending.row.job_url))
        # A row that is refused for something else takes no address.
        owner = owners.get(key, pending.row.id) if pending.violations else owners.setdefault(key, pending.row.id)
        if owner != pending.row.id:
            message = f"{shown(pending.row.job_url)} is already the URL of Job {owner}."
            pending.reject(DuplicateJobUrl(message, "job_url", job_id=owner))


def along_with_jobs(pending_writes: Sequence[PendingWrite[Job]]) -> Iterator[Addition]:
    """A new job's status is written down, and its address as a place where it was seen."""
    now = datetime.now(UTC)
    new = [pending.row for pending in pending_writes if pending.before is None]
    yield first_statuses(
        Beginning(job, job.status, min(job.scraped_date or now, now)) for job in new if job.status is not None
    )
    yield Addition(JobSource, [_place(job, key, now) for job in new if (key := url_key(job.job_url))])


async def settle_jobs(session: WriteSession, pending_writes: Sequence[PendingWrite[Job]]) -> None:
    """A job's new address is written down as a place where it was seen."""
    now = datetime.now(UTC)
    moved = [pending for pending in pending_writes if pending.before is not None and pending.changes("job_url")]
    known = await _forget_addresses(session, [pending.before for pending in moved if pending.before is not None])
    places = [
        _place(pending.row, key, now)
        for pending in moved
        if (key := url_key(pending.row.job_url)) and (pending.row.id, key) not in known
    ]
    await add_rows(session, JobSource, places)


def _place(job: Job, key: str, now: datetime) -> dict[str, Any]:
    """What says of a job that it was seen at its address."""
    return {
        "job_id": job.id,
        "source_site": job.source_site,
        "url": job.job_url,
        "url_key": key,
        "first_seen": now,
        "last_seen": now,
        "seen_count": 1,
        "raw": {},
    }


async def _forget_addresses(session: WriteSession, jobs: Sequence[Job]) -> set[tuple[int, str | None]]:
    """Drop the sources that say nothing but an address that the job no longer has; the keys of those that are left."""
    if not jobs:
        return set()
    old = {(job.id, url_key(job.job_url)) for job in jobs}
    sources = await session.execute(
        select(JobSource.id, JobSource.job_id, JobSource.url_key, JobSource.raw).where(
            is_among(JobSource.job_id, key_list("keys", JobSource.job_id.type))
        ),
        {"keys": [job.id for job in jobs]},
    )
    dropped: list[int] = []
    known: set[tuple[int, str | None]] = set()
    for source_id, job_id, key, raw in sources:
        if (job_id, key) in old and not raw:
            dropped.append(source_id)
        else:
            known.add((job_id, key))
    if dropped:
        gone = delete(JobSource.__table__).where(is_among(JobSource.id, key_list("keys", JobSource.id.type)))  # type: ignore[arg-type] # a table, not just any FROM clause
        await session.execute(gone, {"keys": dropped})
    return known


async def change_job_status(
    session: WriteSession,
    *,
    id: int,  # noqa: A002 - the field's name in the API
    status: JobStatus,
    version: int | None = None,
    occurred_at: datetime | None = None,
    note: str | None = None,
) -> dict[str, Any]:
    """Move a job to another status. Raises NotFound, StaleVersion, DateOrder, InFuture."""
    job = await row_to_change(session, Job, id, version)
    event = await change_status(session, job, "status", status, occurred_at=occurred_at, note=note)
    return {"job": job, "status_event": event}


async def mark_applied(session: WriteSession, applied: Iterable[tuple[Job, datetime]]) -> None:
    """Move locked jobs on to `applied` as of a time, those that were waiting for an application. Raises InFuture."""
    waiting: dict[int, tuple[Job, datetime]] = {}
    for job, occurred_at in applied:
        if job.status in (JobStatus.DISCOVERED, JobStatus.TARGETED):
            check_past(occurred_at)
            waiting.setdefault(job.id, (job, occurred_at))
    latest = await latest_status_changes(session, [job for job, _ in waiting.values()])
    changes = []
    for job, occurred_at in waiting.values():
        # It may have been recorded late, and the job was moved meanwhile.
        at = occurred_at if occurred_at >= latest.get(job.id, occurred_at) else None
        changes.append(StatusChange(job, JobStatus.APPLIED, at, APPLIED_NOTE))
    await set_statuses(session, "status", changes)


async def unmark_applied(session: WriteSession, job_ids: Iterable[int]) -> None:
    """Give jobs that an application had moved on to `applied` their status of before, where none is left.

    A status that a person has set stays.
    """
    jobs = [job for job in (await locked(session, Job, job_ids)).values() if job.status is JobStatus.APPLIED]
    if not jobs:
        return
    await session.flush()
    applied_to = select(Application.job_id).where(is_among(Application.job_id, key_list("keys", Job.id.type)))
    left = set(await session.scalars(applied_to, {"keys": [job.id for job in jobs]}))
    events = await latest_status_events(session, [job for job in jobs if job.id not in left])
    changes = [
        StatusChange(job, JobStatus(event.from_status), None, UNAPPLIED_NOTE)  # type: ignore[call-arg] # the value says which
        for job in jobs
        if (event := events.get(job.id)) and event.note == APPLIED_NOTE and event.from_status is not None
    ]
    await set_statuses(session, "status", changes)


async def before_jobs_go(session: WriteSession, rows: Sequence[Job]) -> None:
    """The uses of references for the jobs' applications go with them."""
    await uncount_usages(session, Application.job_id, [row.id for row in rows])


JOBS = EntityWriter(
    Job,
    check_jobs,
    along_with_jobs,
    settle_jobs,
    before_jobs_go,
    natural_key=NaturalKey("jobUrl", address_key, jobs_at),
)
SCRAPED_JOBS = EntityWriter(Job, check_jobs)
"""Writes what an import finds, which keeps the places by itself, with all that was said there."""
