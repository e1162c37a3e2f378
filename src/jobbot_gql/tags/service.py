"""Adding tags to many rows, and removing them."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Text, delete, select
from sqlalchemy.orm import QueryableAttribute

from jobbot_gql.applications.models import Application
from jobbot_gql.contacts.models import Contact
from jobbot_gql.db.base import Base
from jobbot_gql.db.sql.array_params import is_among, key_list
from jobbot_gql.db.write.bulk_dml import add_rows, read_locked
from jobbot_gql.db.write.write_session import WriteSession
from jobbot_gql.history.row_codec import RowKey
from jobbot_gql.jobs.models import Job
from jobbot_gql.outreach.models import Company
from jobbot_gql.tags.models import Tag
from jobbot_gql.writing.rules import NotFound, RuleViolations

SUBJECTS: dict[str, tuple[type[Base], QueryableAttribute[Any]]] = {
    "Job": (Job, Tag.job_id),
    "Application": (Application, Tag.application_id),
    "Company": (Company, Tag.company_id),
    "Contact": (Contact, Tag.contact_id),
}
"""Entities that have tags, with their foreign keys."""


class _Tagged(NamedTuple):
    """A stored tag."""

    subject: str
    """Entity of the row that has it."""
    row_id: int
    name: str
    tag_id: int


async def add_tags(session: WriteSession, *, ids: Sequence[RowKey], names: Sequence[str]) -> dict[str, Any]:
    """Add tags to rows that do not have them yet. Raises RuleViolations with NotFound."""
    present = {one[:3] for one in await _tagged(session, ids, names)}
    missing = [
        (subject, row_id, name)
        for subject, row_id in dict.fromkeys(ids)
        for name in dict.fromkeys(names)
        if (subject, row_id, name) not in present
    ]
    now = datetime.now(UTC)
    keys = {subject: key.key for subject, (_, key) in SUBJECTS.items()}
    blank = dict.fromkeys(keys.values())
    new = [{**blank, keys[subject]: row_id, "name": name, "added_at": now} for subject, row_id, name in missing]
    await add_rows(session, Tag, new)
    return {"count": len(new)}


async def remove_tags(session: WriteSession, *, ids: Sequence[RowKey], names: Sequence[str]) -> dict[str, Any]:
    """Delete tags of rows. Raises RuleViolations with NotFound."""
    gone = [one.tag_id for one in await _tagged(session, ids, names)]
    statement = delete(Tag.__table__).where(is_among(Tag.id, key_list("keys", Tag.id.type)))  # type: ignore[arg-type] # a table, not just any FROM clause
    if gone:
        await session.execute(statement, {"keys": gone})
    return {"count": len(gone)}


async def _tagged(session: WriteSession, ids: Sequence[RowKey], names: Iterable[str]) -> list[_Tagged]:
    """Lock rows, and return those of the tags that they have."""
    found: list[_Tagged] = []
    missing: set[RowKey] = set()
    for subject, (model, key) in SUBJECTS.items():
        tagged_ids = sorted({row_id for one, row_id in ids if one == subject})
        if not tagged_ids:
            continue
        rows = await read_locked(session, model, tagged_ids)
        missing |= {(subject, row_id) for row_id in tagged_ids if row_id not in rows}
        tags = select(key, Tag.name, Tag.id).where(
            is_among(key, key_list("keys", key.type)), is_among(Tag.name, key_list("names", Text()))
        )
        stored = await session.execute(tags, {"keys": tagged_ids, "names": list(names)})
        found += [_Tagged(subject, *row) for row in stored]
    if missing:
        raise RuleViolations(
            NotFound(f"{subject} {row_id} not found.", "ids", str(index))
            for index, (subject, row_id) in enumerate(ids)
            if (subject, row_id) in missing
        )
    return found
