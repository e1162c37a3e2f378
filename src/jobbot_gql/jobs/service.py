"""Rules and actions of jobs."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zlib import crc32

from sqlalchemy import ColumnElement, Text, delete, select, text, union_all

from jobbot_gql.applications.models import Application
from jobbot_gql.db.sql.array_params import is_among, key_list
from jobbot_gql.db.sql.column_values import present_value
from jobbot_gql.db.write.bulk_dml import Addition, add_rows, locked
from jobbot_gql.db.write.write_session import WriteSession
from jobbot_gql.history.key_holders import LaterHolder, later_holders
from jobbot_gql.history.status import (
    InitialStatus,
    StatusChange,
    change_statuses,
    check_past,
    initial_status_events,
    latest_status_changes,
    latest_status_events,
    status_violations,
)
from jobbot_gql.jobs.identity import url_key
from jobbot_gql.jobs.models import Job, JobSource, JobStatus
from jobbot_gql.jobs.stored_keys import decoded, stored_key
from jobbot_gql.jobs.url_index import jobs_with_key, key_of_found, sources_with_key, store_keys
from jobbot_gql.references.service import subtract_usages
from jobbot_gql.writing.entity_writer import EntityWriter, NaturalKey
from jobbot_gql.writing.rules import (
    InvalidUrl,
    MinAboveMax,
    PendingWrite,
    RuleViolation,
    check_order,
    shown,
)

URL_LOCK = 0x6A6F6273
"""First half of the advisory lock keys: "jobs" in ASCII."""
URL_LOCK_BUCKETS = 64
"""Number of advisory locks that all URL keys share. Each lock uses shared memory of the server."""
APPLIED_NOTE = "An application was submitted."
"""Note of a status event that follows from an application. Identifies statuses that were not set by a client."""
UNAPPLIED_NOTE = "The last application was deleted or moved to another job."


class DuplicateJobUrl(RuleViolation):
    """Another job has the same URL, or one that differs only in parts that do not identify a job."""


def job_url_key(given: Mapping[str, Any]) -> str | None:
    """URL key of an input's `job_url`; None if it has none or is not a URL."""
    return url_key(given.get("job_url"))


async def job_ids_by_url_key(session: WriteSession, given: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Ids of the jobs with these URLs or with sources that have them, by URL key.

    If several jobs have one key, an exact match of the URL wins, then the oldest job. The keys stay locked until the
    transaction ends.
    """
    urls = {key: one["job_url"] for one in given if (key := job_url_key(one))}
    if not urls:
        return {}
    await lock_url_keys(session, urls.keys())
    # Also by the URL itself, because another program may have changed it without its key.
    same_url = select(Job.job_url, Job.id, Job.job_url).where(is_among(Job.job_url, key_list("urls", Text())))
    candidates: Any = union_all(sources_with_key(_is_key), *jobs_with_key(_is_key), same_url)
    found: dict[str, tuple[bool, int]] = {}
    lacks_keys = False
    for value, job_id, stored in await session.execute(candidates, {"keys": list(urls), "urls": list(urls.values())}):
        lacks_keys = lacks_keys or stored is None
        if (key := key_of_found(value)) in urls:
            rank = decoded(value) != urls[key], job_id
            found[key] = min(found.get(key, rank), rank)
    if lacks_keys:
        await store_keys(session)
    return {key: job_id for key, (_, job_id) in found.items()}


def _is_key(column: Any) -> ColumnElement[bool]:
    return is_among(column, key_list("keys", Text()))


async def later_jobs_with_url(session: WriteSession, undone: Mapping[int, int]) -> list[LaterHolder[str]]:
    """Jobs that got a URL key after an undone change had removed it from another job; at most one per restored job.

    Two jobs that had the key at the same time before may both have it again. The caller must have locked the keys
    before the undo.

    Args:
        undone: By job id, the earliest undone change of its URL.
    """
    restored = select(Job.job_url, Job.id).where(is_among(Job.id, key_list("keys", Job.id.type)))
    at: dict[str, set[int]] = {}
    for url, job_id in await session.execute(restored, {"keys": list(undone)}):
        if key := url_key(url):
            at.setdefault(key, set()).add(job_id)
    for url, job_id, _ in await session.execute(union_all(*jobs_with_key(_is_key)), {"keys": list(at)}):
        if (key := key_of_found(url)) in at:
            at[key].add(job_id)
    return await later_holders(session, Job, {key: sorted(ids) for key, ids in at.items()}, undone, _was_at)


def _was_at(row: Mapping[str, Any], key: str) -> bool:
    return "job_url" not in row or job_url_key(row) == key


async def lock_url_keys(session: WriteSession, keys: Collection[str]) -> None:
    """Take transaction-level advisory locks on URL keys. SQLite has only one writer and needs none."""
    if not keys or session.get_bind().dialect.name != "postgresql":
        return
    locked_buckets: set[int] = session.info.setdefault("URL locks", set())
    buckets = {crc32(key.encode()) % URL_LOCK_BUCKETS for key in keys} - locked_buckets
    if not locked_buckets:
        # Wait for imports, which lock the table against other writers.
        await session.execute(text("LOCK TABLE jobs IN ROW EXCLUSIVE MODE"))
    if buckets:
        lock = "SELECT pg_advisory_xact_lock(:lock, bucket) FROM unnest(CAST(:buckets AS int[])) AS bucket"
        await session.execute(text(lock), {"lock": URL_LOCK, "buckets": sorted(buckets)})
    locked_buckets |= buckets


def check_url(pending: PendingWrite[Any], column: str) -> bool:
    """Reject a new value of a URL column that is not an http or https URL. A blank one becomes null.

    Returns whether the write changes the column to a valid URL.
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
    """Check that URLs are valid and not another job's, that minima do not exceed maxima, and the order of dates."""
    moved: list[PendingWrite[Job]] = []
    for pending in pending_writes:
        job = pending.row
        if check_url(pending, "job_url"):
            moved.append(pending)
        if pending.changes("job_url"):
            job.url_key = stored_key(job.job_url)
        lowest, highest = job.salary_min, job.salary_max
        if (
            lowest is not None
            and highest is not None
            and lowest > highest
            and pending.changes("salary_min", "salary_max")
        ):
            pending.reject(MinAboveMax(f"({lowest}) must not be greater than salaryMax ({highest}).", "salary_min"))
        check_order(pending, "posting_date", "application_deadline", "postingDate")
    owners = await job_ids_by_url_key(session, [{"job_url": pending.row.job_url} for pending in moved]) if moved else {}
    for pending in moved:
        key = str(url_key(pending.row.job_url))
        # A write that another rule rejects does not claim its URL.
        owner = owners.get(key, pending.row.id) if pending.violations else owners.setdefault(key, pending.row.id)
        if owner != pending.row.id:
            message = f"{shown(pending.row.job_url)} is already the URL of Job {owner}."
            pending.reject(DuplicateJobUrl(message, "job_url", job_id=owner))


def job_additions(pending_writes: Sequence[PendingWrite[Job]]) -> Iterator[Addition]:
    """Initial status events and sources of new jobs."""
    now = datetime.now(UTC)
    new = [pending.row for pending in pending_writes if pending.before is None]
    yield initial_status_events(
        InitialStatus(job, job.status, min(job.scraped_date or now, now)) for job in new if job.status is not None
    )
    yield Addition(JobSource, [_source_values(job, key, now) for job in new if (key := url_key(job.job_url))])


async def after_jobs_saved(session: WriteSession, pending_writes: Sequence[PendingWrite[Job]]) -> None:
    """Replace the sources of jobs whose URL has changed."""
    now = datetime.now(UTC)
    moved = [pending for pending in pending_writes if pending.before is not None and pending.changes("job_url")]
    known = await _delete_former_sources(session, [pending.before for pending in moved if pending.before is not None])
    sources = [
        _source_values(pending.row, key, now)
        for pending in moved
        if (key := url_key(pending.row.job_url)) and (pending.row.id, key) not in known
    ]
    await add_rows(session, JobSource, sources)


def _source_values(job: Job, key: str, now: datetime) -> dict[str, Any]:
    """Columns of the source that records a job's own URL."""
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


async def _delete_former_sources(session: WriteSession, jobs: Sequence[Job]) -> set[tuple[int, str | None]]:
    """Delete the sources without scraped data that record these former URLs of jobs.

    Returns job id and URL key of the remaining sources.
    """
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


async def change_job_statuses(
    session: WriteSession,
    jobs: Sequence[Job],
    *,
    status: JobStatus,
    occurred_at: datetime | None = None,
    note: str | None = None,
) -> dict[int, dict[str, Any] | RuleViolation]:
    """Change the status of locked jobs. Returns the payload's rows by id, or DateOrder. Raises InFuture."""
    changes = [StatusChange(job, status, occurred_at, note) for job in jobs]
    violations = await status_violations(session, "status", changes)
    events = await change_statuses(session, "status", [one for one in changes if one.row.id not in violations])
    return {job.id: violations.get(job.id) or {"job": job, "status_event": events.get(job.id)} for job in jobs}


async def mark_applied(session: WriteSession, applied: Iterable[tuple[Job, datetime]]) -> None:
    """Change the status of locked jobs that are discovered or targeted to `applied`. Raises InFuture."""
    waiting: dict[int, tuple[Job, datetime]] = {}
    for job, occurred_at in applied:
        if present_value(job, "status") in (JobStatus.DISCOVERED, JobStatus.TARGETED):
            check_past(occurred_at)
            waiting.setdefault(job.id, (job, occurred_at))
    latest = await latest_status_changes(session, [job for job, _ in waiting.values()])
    changes = []
    for job, occurred_at in waiting.values():
        # An application recorded late may be older than the job's last status change.
        at = occurred_at if occurred_at >= latest.get(job.id, occurred_at) else None
        changes.append(StatusChange(job, JobStatus.APPLIED, at, APPLIED_NOTE))
    await change_statuses(session, "status", changes)


async def unmark_applied(session: WriteSession, job_ids: Iterable[int]) -> None:
    """Restore the previous status of jobs that have no application left.

    Only a status that an application has set is restored, not one that a client has set.
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
    await change_statuses(session, "status", changes)


async def before_jobs_deleted(session: WriteSession, rows: Sequence[Job]) -> None:
    """Subtract the reference usages that are deleted with the jobs' applications."""
    await subtract_usages(session, Application.job_id, [row.id for row in rows])


JOBS = EntityWriter(
    Job,
    check_jobs,
    job_additions,
    after_jobs_saved,
    before_jobs_deleted,
    natural_key=NaturalKey("jobUrl", job_url_key, job_ids_by_url_key),
)
SCRAPED_JOBS = EntityWriter(Job, check_jobs)
"""Writer for imports, which write sources with their scraped data themselves."""
