"""Lookup of jobs by URL key: the keys of their sources, and of their own URLs in `jobs.url_key`.

The writers of this project store that column. Other programs may write jobs, too. A job that they add has NULL until a
write that looks up a URL, or a migration, stores its key; until then each lookup computes it. A job whose URL they
change has an outdated key, which doctor reports and a migration corrects. So lookups compare the URL of a job found by
its stored key again.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, select

from jobbot_gql.db.write.bulk_dml import change_rows
from jobbot_gql.db.write.write_session import WriteSession
from jobbot_gql.jobs.identity import url_key
from jobbot_gql.jobs.models import Job, JobSource
from jobbot_gql.jobs.stored_keys import AT_ONCE, decoded, stored_key, url_text

IsKey = Callable[[Any], ColumnElement[bool]]
"""Makes the condition that a column has one of the requested keys."""


def sources_with_key(is_key: IsKey) -> Any:
    """Select sources by key: key, job id, key."""
    columns = (JobSource.url_key, JobSource.job_id, JobSource.url_key.label("stored"))
    return select(*columns).where(is_key(JobSource.url_key))


def jobs_with_key(is_key: IsKey) -> tuple[Any, Any]:
    """Select jobs that may have a key, by stored key and without one: URL, id, stored key."""
    columns = (url_text(Job.job_url), Job.id, Job.url_key)
    return select(*columns).where(is_key(Job.url_key)), select(*columns).where(Job.url_key.is_(None))


def key_of_found(found: str | bytes | None) -> str | None:
    """The key of a first column of the statements above, which is a key or a URL; other text is returned unchanged."""
    text = decoded(found)
    return url_key(text) or text


async def store_keys(session: WriteSession) -> None:
    """Store missing keys, at most `AT_ONCE`, except those of rows locked by other transactions.

    The change log has no entry for it.
    """
    jobs = (
        select(url_text(Job.job_url).label("url"), Job.id).where(Job.url_key.is_(None)).order_by(Job.id).limit(AT_ONCE)
    )
    found = await session.execute(jobs.with_for_update(skip_locked=True))
    await change_rows(session, Job, [{"id": job_id, "url_key": stored_key(decoded(url))} for url, job_id in found])
