"""Keeping postings of applications, and restoring them after an undo."""

import json
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import insert, select

from jobbot_gql.db.sql.array_params import is_among, key_list
from jobbot_gql.db.write.bulk_dml import add_rows
from jobbot_gql.db.write.write_session import WriteSession
from jobbot_gql.history import row_codec
from jobbot_gql.history.models import Change, ChangeOperation
from jobbot_gql.jobs.models import Job
from jobbot_gql.postings.models import KEPT, Posting

_KEYS = is_among(Posting.digest, key_list("keys", Posting.digest.type))


def digest_of(job: Job) -> str | None:
    """Address of a job's text: SHA-256 of the columns. None if the job has only a title, a company and a location."""
    if job.description is None and job.requirements is None and job.benefits is None:
        return None
    return sha256(json.dumps([getattr(job, name) for name in KEPT]).encode()).hexdigest()


async def keep_postings(session: WriteSession, jobs: Iterable[Job]) -> None:
    """Store the texts of jobs that are not stored yet."""
    by_digest = {digest: job for job in jobs if (digest := digest_of(job))}
    missing = await _missing(session, by_digest)
    now = datetime.now(UTC)
    texts = [
        {"digest": digest, "kept_at": now, **{name: getattr(by_digest[digest], name) for name in KEPT}}
        for digest in missing
    ]
    await add_rows(session, Posting, texts)


async def restore_postings(session: WriteSession, digests: Collection[Any]) -> None:
    """Insert postings again, with their ids, that were deleted with applications which an undo has restored."""
    missing = await _missing(session, digests)
    if not missing:
        return
    digest = Change.before["digest"].as_string()
    deleted = (
        select(Change.before)
        .where(Change.entity == Posting.__name__, Change.operation == ChangeOperation.DELETE)
        .where(is_among(digest, key_list("keys", Posting.digest.type)))
        .order_by(Change.id)
    )
    latest = {row["digest"]: row for row in await session.scalars(deleted, {"keys": missing}) if row}
    rows = [row_codec.values(Posting.__name__, row) for row in latest.values()]
    if rows:
        await session.execute(insert(row_codec.stored(Posting.__name__)), rows)


async def _missing(session: WriteSession, digests: Collection[str]) -> list[str]:
    """Digests without a posting. The others are locked, so that the trigger does not delete them meanwhile."""
    if not digests:
        return []
    stored = select(Posting.digest).where(_KEYS).order_by(Posting.digest).with_for_update(key_share=True)
    present = set(await session.scalars(stored, {"keys": sorted(digests)}))
    return sorted(set(digests) - present)
