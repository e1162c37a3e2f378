"""Postings that are purged with the last application that refers to them."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import BigInteger, delete, not_, or_, select

from jobbot_gql.applications.models import Application
from jobbot_gql.db.sql.array_params import is_among, key_list
from jobbot_gql.db.write.bulk_dml import table_of
from jobbot_gql.db.write.write_session import WriteSession
from jobbot_gql.history.models import Change
from jobbot_gql.postings.models import Posting

_LOGGED = tuple(logged["posting_digest"].as_string() for logged in (Change.before, Change.after))


async def of_applications(session: WriteSession, application_ids: Collection[int]) -> dict[str, int | None]:
    """Digests of the postings of applications, present or logged, with the ids of those that exist."""
    if not application_ids:
        return {}
    keys = {"keys": list(application_ids)}
    present = select(Application.posting_digest).where(is_among(Application.id, key_list("keys", BigInteger())))
    digests = set(await session.scalars(present, keys))
    logged = select(*_LOGGED).where(
        Change.entity == Application.__name__, is_among(Change.entity_id, key_list("keys", BigInteger()))
    )
    for row in await session.execute(logged, keys):
        digests.update(row)
    stored = select(Posting.digest, Posting.id).where(_among(Posting.digest))
    found: dict[str, int | None] = dict.fromkeys(digest for digest in digests if digest is not None)
    for digest, row_id in await session.execute(stored, {"keys": list(found)}):
        found[digest] = row_id
    return found


async def purge_unreferenced(
    session: WriteSession, digests: Mapping[str, int | None], application_ids: Collection[int]
) -> set[int]:
    """Delete postings that no other application refers to, present or logged. Returns their ids, former ones included.

    `digests` is the result of `of_applications` before the applications were deleted.

    A deleted application whose deletion can be undone keeps the logged text of its posting.
    """
    if not digests:
        return set()
    kept = set(
        await session.scalars(
            select(Application.posting_digest).where(_among(Application.posting_digest)), {"keys": list(digests)}
        )
    )
    others = select(*_LOGGED).where(
        Change.entity == Application.__name__,
        or_(*map(_among, _LOGGED)),
        not_(is_among(Change.entity_id, key_list("purged", BigInteger()))),
    )
    for row in await session.execute(others, {"keys": list(digests), "purged": list(application_ids)}):
        kept.update(row)
    keys = {"keys": [digest for digest in digests if digest not in kept]}
    logged_digests = [logged["digest"].as_string() for logged in (Change.before, Change.after)]
    logged = select(Change.entity_id).where(Change.entity == Posting.__name__, or_(*map(_among, logged_digests)))
    former = set(await session.scalars(logged, keys))
    await session.execute(delete(table_of(Posting)).where(_among(Posting.digest)), keys)
    present = {digests[digest] for digest in keys["keys"]}
    return former | {row_id for row_id in present if row_id is not None}


def _among(column: Any) -> Any:
    return is_among(column, key_list("keys", Posting.digest.type))
