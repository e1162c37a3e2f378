"""`jobbot-gql document add` from the outside."""

from hashlib import sha256
from pathlib import Path

import pytest

from jobbot_gql.api.types.global_ids import encode
from jobbot_gql.applications.models import Application
from jobbot_gql.db.database import Database
from jobbot_gql.db.url import normalise
from jobbot_gql.upkeep.migrations import migrate
from tests.commands import rejection, run
from tests.conftest import everything
from tests.rows import new_job

pytestmark = pytest.mark.process


async def stored(database: Database, table: str) -> list[dict[str, object]]:
    return [dict(row._mapping) for row in (await everything(database))[table]]


async def test_a_file_is_hashed_attached_and_known_again(tmp_path: Path) -> None:
    database = Database(normalise(f"sqlite:///{tmp_path / 'jobbot.db'}"))
    await migrate(database.url)
    async with database.transaction() as session:
        session.add(new_job(applications=[Application(), Application()]))
    content = b"%PDF " * 100_000
    (tmp_path / "cv.pdf").write_bytes(content)

    added = run(tmp_path, "document", "add", "cv.pdf", "--kind", "resume", "--application", "1")
    digest = sha256(content).hexdigest()
    assert added.stdout == f"{encode('AttachedDocument', 1)}\n"
    assert added.stderr == f"cv.pdf is AttachedDocument 1 (added), SHA-256 {digest}\n"
    row = {"id": 1, "kind": "resume", "name": "cv.pdf", "revision": None, "sha256": digest, "version": 1}
    assert await stored(database, "attached_documents") == [{**row, "location": str(tmp_path / "cv.pdf")}]

    (tmp_path / "cv.pdf").rename(tmp_path / "new.pdf")
    options = ("--revision", "v6", "--application", encode("Application", 2), "--application", "1")
    again = run(tmp_path, "document", "add", "new.pdf", *options)
    assert again.stdout == added.stdout
    assert "cv.pdf is AttachedDocument 1 (known already)" in again.stderr
    row |= {"revision": "v6", "version": 2, "location": str(tmp_path / "new.pdf")}
    assert await stored(database, "attached_documents") == [row]
    links = await stored(database, "document_links")
    assert [(link["document_id"], link["application_id"]) for link in links] == [(1, 1), (1, 2)]
    await database.dispose()


async def test_what_is_rejected_adds_nothing(tmp_path: Path) -> None:
    database = Database(normalise(f"sqlite:///{tmp_path / 'jobbot.db'}"))
    await migrate(database.url)
    (tmp_path / "cv.pdf").write_bytes(b"cv")
    for options, message in (
        (("missing.pdf",), "missing.pdf: No such file or directory"),
        (("cv.pdf", "--name", "é" * 256), "--name must have at most 255 characters; got 256."),
        (("cv.pdf", "--application", "9"), "Application 9 not found."),
    ):
        assert message in rejection(run(tmp_path, "document", "add", *options))
    assert await stored(database, "attached_documents") == []
    await database.dispose()
