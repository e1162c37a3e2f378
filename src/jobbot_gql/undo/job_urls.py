"""Checks after an undo that no two jobs have the same URL key, and that a source still has each job's URL."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Text, select

from jobbot_gql.db.sql.array_params import is_among, key_list
from jobbot_gql.db.write.write_session import WriteSession
from jobbot_gql.history.key_holders import later_holders
from jobbot_gql.history.models import ChangeOperation
from jobbot_gql.jobs.identity import url_key
from jobbot_gql.jobs.models import Job, JobSource
from jobbot_gql.jobs.service import job_url_key, later_jobs_with_url
from jobbot_gql.undo.related_changes import Entry, logged_row
from jobbot_gql.undo.undo import Conflict, Conflicts, Undone


def restored_url_key(change: Entry) -> str | None:
    """URL key that undoing a change gives back to a job or a source; None if it gives none back."""
    if change.entity == Job.__name__:
        key = job_url_key(change.before or {})
        return key if key != job_url_key(change.after or {}) else None
    if change.entity == JobSource.__name__ and change.before is not None:
        return url_key(change.before.get("url"))
    return None


async def check(session: WriteSession, undone: Undone) -> None:
    """Check the jobs and sources that an undo has restored. Raises Conflicts."""
    restored: dict[str, dict[int, int]] = {Job.__name__: {}, JobSource.__name__: {}}
    for change in undone.entries:  # the earliest stays
        if restored_url_key(change):
            restored[change.entity][change.entity_id] = change.sequence
    jobs, sources = restored[Job.__name__], restored[JobSource.__name__]
    conflicts = [
        Conflict(
            jobs[one.restored],
            Job.__name__,
            one.restored,
            f"Job {one.row_id} has the same URL now",
            one.since,
            ("job_url",),
        )
        for one in (await later_jobs_with_url(session, jobs) if jobs else ())
    ]
    if not conflicts and sources:
        conflicts = await _source_conflicts(session, sources)
    if conflicts or (conflicts := await _jobs_without_source(session, undone)):
        raise Conflicts(conflicts)


async def _source_conflicts(session: WriteSession, restored: Mapping[int, int]) -> list[Conflict]:
    """Restored sources whose URL key another job's source has got since."""
    keys = select(JobSource.url_key).where(is_among(JobSource.id, key_list("keys", JobSource.id.type)))
    url_keys = {key for key in await session.scalars(keys, {"keys": list(restored)}) if key}
    at = (
        select(JobSource.id, JobSource.job_id, JobSource.url_key, Job.job_url)
        .join(JobSource.job)
        .where(is_among(JobSource.url_key, key_list("keys", Text())))
        .order_by(JobSource.id)
    )
    sources: dict[str, list[int]] = {}
    jobs: dict[int, int] = {}
    owners = set()
    for source_id, job_id, key, url in await session.execute(at, {"keys": list(url_keys)}):
        owners |= {source_id} if url_key(url) == key else set()
        sources.setdefault(str(key), []).append(source_id)
        jobs[source_id] = job_id
    shared = {key: ids for key, ids in sources.items() if len({jobs[source_id] for source_id in ids}) > 1}
    return [
        Conflict(
            restored[one.restored],
            JobSource.__name__,
            one.restored,
            f"Job {jobs[one.row_id]} has the same URL now",
            one.since,
            ("url",),
        )
        for one in await later_holders(session, JobSource, shared, restored, _was_seen_at)
        if jobs[one.restored] != jobs[one.row_id] and one.restored not in owners  # owners are checked as jobs
    ]


def _was_seen_at(row: Mapping[str, Any], key: str) -> bool:
    return "url" not in row or url_key(row["url"]) == key


async def _jobs_without_source(session: WriteSession, undone: Undone) -> list[Conflict]:
    """Jobs without a source that has their URL, because an undo has deleted or changed it.

    Without the source, a second job with the same URL key would not be detected.
    """
    lost: dict[int, list[Entry]] = {}
    for change in undone.entries:
        job_id = (change.after or {}).get("job_id") or logged_row(change).get("job_id")
        if change.entity == JobSource.__name__ and change.operation is not ChangeOperation.DELETE and job_id:
            lost.setdefault(job_id, []).append(change)
    if not lost:
        return []
    keys = key_list("keys", Job.id.type)
    urls = select(Job.id, Job.job_url).where(is_among(Job.id, keys), Job.job_url.is_not(None))
    sources = select(JobSource.job_id, JobSource.url_key).where(is_among(JobSource.job_id, keys))
    known = {tuple(row) for row in await session.execute(sources, {"keys": list(lost)})}
    return [
        Conflict(
            change.sequence,
            JobSource.__name__,
            change.entity_id,
            f"Job {job_id} is recognised by this source: undo the change of its jobUrl instead, or set it to null",
            None,
            ("url",),
        )
        for job_id, url in await session.execute(urls, {"keys": list(lost)})
        for change in _of_url(lost[job_id], str(url))
        if (job_id, url_key(url)) not in known
    ]


def _of_url(changes: Iterable[Entry], url: str) -> list[Entry]:
    """Changes that gave a source the key of the URL."""
    return [change for change in changes if url_key((change.after or {}).get("url")) == url_key(url)]
