"""The command `jobbot-gql document add`."""

import asyncio
from collections.abc import Sequence
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jobbot_gql.api.mutations.inputs import text
from jobbot_gql.api.types import global_ids
from jobbot_gql.api.types.errors import BadRequest
from jobbot_gql.applications.models import Application
from jobbot_gql.console import err
from jobbot_gql.db.database import Database
from jobbot_gql.db.write.write_session import WriteSession
from jobbot_gql.documents.models import AttachedDocument, DocumentKind
from jobbot_gql.documents.service import DOCUMENTS, attach_documents
from jobbot_gql.upkeep.startup_check import prepare
from jobbot_gql.writing.rules import PendingWrite, RuleViolation, RuleViolations

if TYPE_CHECKING:
    from jobbot_gql.settings import Settings


def add(
    settings: "Settings",
    file: Path,
    *,
    kind: str | None,
    name: str | None,
    revision: str | None,
    applications: Sequence[str],
) -> None:
    """Store a file's SHA-256 and location as a document, and attach it. Print its id to standard output.

    A known file is not added again: its location and the given values are updated. Raises ClickException.
    """
    with file.open("rb") as content:
        digest = file_digest(content, "sha256").hexdigest()
    given: dict[str, Any] = {"sha256": digest, "location": str(file.absolute())}
    if kind is not None:
        given["kind"] = DocumentKind(kind)  # type: ignore[call-arg] # the value says which
    for option, attribute, value in (
        ("name", AttachedDocument.name, name),
        ("revision", AttachedDocument.revision, revision),
    ):
        if value is not None:
            try:
                given[option] = text(value, attribute.type.length, blank=False)
            except RuleViolation as violation:
                raise click.ClickException(f"--{option} {violation.message}") from None
    application_ids = [_application_id(value) for value in applications]

    async def work(session: WriteSession) -> PendingWrite[AttachedDocument]:
        pending: PendingWrite[AttachedDocument] = PendingWrite(given)
        await DOCUMENTS.match(session, [pending])
        if pending.row_id is None and name is None:
            pending.given["name"] = text(file.name, AttachedDocument.name.type.length)
        await DOCUMENTS.save(session, [pending])
        if pending.violations:
            raise RuleViolations(pending.violations)
        await session.flush()
        if application_ids:
            await attach_documents(session, application_ids=application_ids, document_ids=[pending.row.id])
        return pending

    async def run() -> PendingWrite[AttachedDocument]:
        await prepare(settings.database)
        database = Database.from_settings(settings)
        try:
            return await database.write(work)
        finally:
            await database.dispose()

    try:
        added = asyncio.run(run())
    except RuleViolations as rejected:
        raise click.ClickException("\n".join(violation.message for violation in rejected.violations)) from None
    row, what = added.row, "added" if added.before is None else "known already"
    err.print(f"{row.name} is AttachedDocument {row.id} ({what}), SHA-256 {row.sha256}", markup=False)
    click.echo(global_ids.encode(AttachedDocument.__name__, row.id))


def _application_id(value: str) -> int:
    try:
        return global_ids.row_number(value) if value.isdecimal() else global_ids.decode_as(Application.__name__, value)
    except BadRequest as problem:
        raise click.ClickException(f"--application: {problem}") from None
