"""Business rules of documents, and attaching them to applications."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, select

from jobbot_gql.applications.models import Application
from jobbot_gql.db.base import Base
from jobbot_gql.db.sql.array_params import is_among, key_list
from jobbot_gql.db.write.bulk_dml import add_rows, read_locked
from jobbot_gql.db.write.write_session import WriteSession
from jobbot_gql.documents.models import AttachedDocument, DocumentLink
from jobbot_gql.writing.entity_writer import EntityWriter, NaturalKey
from jobbot_gql.writing.rules import NotFound, PendingWrite, RuleViolation, RuleViolations, shown


class InvalidDigest(RuleViolation):
    """Not a SHA-256."""


class DuplicateDocument(RuleViolation):
    """Another document has the same SHA-256."""


async def check_documents(session: WriteSession, pending_writes: Sequence[PendingWrite[AttachedDocument]]) -> None:
    """A document has a valid SHA-256, which no other document has. Letters become lower case."""
    changed: dict[PendingWrite[AttachedDocument], str] = {}
    for pending in pending_writes:
        digest = pending.row.sha256 = pending.row.sha256.lower()
        if not pending.changes("sha256"):
            continue
        if re.fullmatch("[0-9a-f]{64}", digest):
            changed[pending] = digest
        else:
            pending.reject(InvalidDigest(f"must be 64 hexadecimal digits; got {shown(digest)}.", "sha256"))
    owners = await _ids_by_digest(session, changed.values())
    for pending, digest in changed.items():
        owner = owners.setdefault(digest, pending.row.id)
        if owner != pending.row.id:
            message = f"is already the SHA-256 of AttachedDocument {owner}. Change that document, or attach it."
            pending.reject(DuplicateDocument(message, "sha256", document_id=owner))


def _digest(given: Mapping[str, Any]) -> str | None:
    value: str | None = given.get("sha256")
    return value and value.lower()


async def _existing(session: WriteSession, given: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    return await _ids_by_digest(session, filter(None, map(_digest, given)))


async def _ids_by_digest(session: WriteSession, digests: Iterable[str]) -> dict[str, int]:
    """Ids of the documents with these digests."""
    keys = list(digests)
    if not keys:
        return {}
    statement = select(AttachedDocument.sha256, AttachedDocument.id).where(
        is_among(AttachedDocument.sha256, key_list("keys", AttachedDocument.sha256.type))
    )
    found: dict[str, int] = dict((await session.execute(statement, {"keys": keys})).all())
    return found


async def attach_documents(
    session: WriteSession, *, application_ids: Sequence[int], document_ids: Sequence[int]
) -> dict[str, Any]:
    """Attach documents to applications that do not have them yet. Raises RuleViolations with NotFound."""
    present = await _links(session, application_ids, document_ids)
    now = datetime.now(UTC)
    new = [
        {"application_id": application_id, "document_id": document_id, "attached_at": now}
        for application_id in dict.fromkeys(application_ids)
        for document_id in dict.fromkeys(document_ids)
        if (application_id, document_id) not in present
    ]
    await add_rows(session, DocumentLink, new)
    return {"count": len(new)}


async def detach_documents(
    session: WriteSession, *, application_ids: Sequence[int], document_ids: Sequence[int]
) -> dict[str, Any]:
    """Detach documents from applications. Raises RuleViolations with NotFound."""
    links = list((await _links(session, application_ids, document_ids)).values())
    gone = delete(DocumentLink.__table__).where(is_among(DocumentLink.id, key_list("keys", DocumentLink.id.type)))  # type: ignore[arg-type] # a table, not just any FROM clause
    if links:
        await session.execute(gone, {"keys": links})
    return {"count": len(links)}


async def _links(
    session: WriteSession, application_ids: Sequence[int], document_ids: Sequence[int]
) -> dict[tuple[int, int], int]:
    """Lock applications and documents, and return the ids of their links by both ids."""
    await _lock(session, Application, application_ids, "application_ids")
    await _lock(session, AttachedDocument, document_ids, "document_ids")
    application_id, document_id = DocumentLink.application_id, DocumentLink.document_id
    found = select(application_id, document_id, DocumentLink.id).where(
        is_among(application_id, key_list("applications", application_id.type)),
        is_among(document_id, key_list("documents", document_id.type)),
    )
    keys = {"applications": list(application_ids), "documents": list(document_ids)}
    return {(application, document): link for application, document, link in await session.execute(found, keys)}


async def _lock(session: WriteSession, model: type[Base], ids: Sequence[int], name: str) -> None:
    rows = await read_locked(session, model, ids)
    missing = [
        NotFound(f"{model.__name__} {row_id} not found.", name, str(index))
        for index, row_id in enumerate(ids)
        if row_id not in rows
    ]
    if missing:
        raise RuleViolations(missing)


DOCUMENTS = EntityWriter(AttachedDocument, check_documents, natural_key=NaturalKey("sha256", _digest, _existing))
