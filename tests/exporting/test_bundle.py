"""Bundles: everything out, and into an empty database of either engine, byte for byte."""

import io
import json
from collections.abc import AsyncIterator, Callable
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import text

from jobbot_gql.api.types.global_ids import encode
from jobbot_gql.db.database import Database
from jobbot_gql.db.url import normalise
from jobbot_gql.demo import load_if_empty
from jobbot_gql.exporting import bundle
from jobbot_gql.models import Base, Job, JobSource
from jobbot_gql.search.documents import DOCUMENTS
from jobbot_gql.undo.verify import verify
from jobbot_gql.upkeep.migrations import migrate
from tests.access.conftest import Make, make  # noqa: F401 - a fixture
from tests.conftest import Api, api_of, everything
from tests.exporting.conftest import exported, run

Files = dict[str, bytes]
SECRET = "zebra-crossing"


async def imported(content: bytes, database_url: str, folder: Path) -> tuple[int, str]:
    """Exit code and message of the import of a bundle."""
    file = folder / "bundle.zip"
    file.write_bytes(content)
    result = await run(database_url, str(file), command="import-bundle")
    problem = "" if isinstance(result.exception, SystemExit) else str(result.exception or "")
    return result.exit_code, f"{result.stderr}{problem}".replace(str(folder), "…")


@pytest.fixture
async def empty(tmp_path: Path) -> AsyncIterator[Api]:
    """An empty SQLite database behind the API."""
    url = normalise(f"sqlite:///{tmp_path}/empty.db")
    await migrate(url)
    database = Database(url)
    async with api_of(database) as api:
        yield api
    await database.dispose()


def url_of(api: Api) -> str:
    """The URL of an API's database, with its password."""
    return api.database.url.url.render_as_string(hide_password=False)


async def fill(api: Api) -> None:
    """Demo data, values that engines write in their own ways, and a job that was deleted. Its id is the highest."""
    assert await load_if_empty(api.database)
    raw = {"b": 250.0, "a": 1e22, "ä": [True, "\x01"], "n": 12345678901234567890123}
    async with api.database.transaction() as session:
        job = Job(title="=1", company="Quetzal", keywords=["x"], salary_min=0)
        session.add(job)
        await session.flush()
        session.add(JobSource(job_id=job.id, raw=raw, pay_min=1.0, pay_max=2.5))
    deleted = Job(title="Deleted", company="C")
    await api.add(deleted)
    payload = await api.mutate("deleteJob", "change { id }", id=encode("Job", deleted.id), version=1)
    assert "userErrors" not in payload


async def assert_moves(source: Api, target: Api, folder: Path) -> None:
    """Move everything from a database to an empty one."""
    await fill(source)
    content = await exported(source, "bundle.zip")
    code, message = await imported(content, url_of(target), folder)
    assert (code, message.startswith("imported ")) == (0, True), message
    assert await exported(target, "bundle.zip") == content

    before, after = await everything(source.database), await everything(target.database)
    assert len(before["change_log"]) == len(after["change_log"]) > 1_000
    assert before["jobs"] == after["jobs"]
    assert before["status_events"] == after["status_events"]
    found = await verify(target.database.url, Base, DOCUMENTS.values())
    assert [finding for finding in found if finding.blocks] == []
    hits = await target.data('{ search(query: "quetzal") { node { __typename ... on Job { company } } } }')
    assert hits == {"search": [{"node": {"__typename": "Job", "company": "Quetzal"}}]}

    log = after["change_log"][-1]
    assert (log.entity, log.operation) == ("Job", "delete")
    undone = await target.mutate("undoChange", "undoneChanges { node { id } }", id=encode("Change", log.sequence))
    assert undone == {"undoneChanges": [{"node": {"id": encode("Job", log.entity_id)}}]}
    added = Job(title="New", company="C")
    await target.add(added)
    assert added.id == log.entity_id + 1


@pytest.mark.slow
async def test_everything_moves_to_sqlite(api: Api, empty: Api, tmp_path: Path) -> None:
    await assert_moves(api, empty, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["postgresql"], indirect=True, scope="session")
async def test_everything_moves_to_postgresql(api: Api, empty: Api, tmp_path: Path) -> None:
    await assert_moves(empty, api, tmp_path)


async def test_bundles_hold_no_tokens_keys_or_purged_data(api: Api, make: Make) -> None:  # noqa: F811
    await make("bot-name", "read")
    key = {"idempotencyKey": "key-of-a-request"}
    created = await api.mutate("createJob", "job { id }", title=SECRET, company="C", **key)
    async with api.database.transaction() as session:
        await session.execute(text("UPDATE jobs SET description = 'kept'"))
    payload = await api.mutate("purge", "purgedIds", id=created["job"]["id"])
    assert "userErrors" not in payload
    await api.mutate("createJob", "job { id }", title="Other", company="C", idempotencyKey="another-key")
    files = unpacked(await exported(api, "bundle.zip"))

    assert {name for name in files if name.startswith("data/")} == {f"data/{table}.jsonl" for table in bundle.tables()}
    assert not {"api_tokens", "idempotency_keys"} & bundle.tables().keys()
    everything_in_it = b"".join(files.values())
    for secret in (SECRET, "bot-name", "key-of-a-request", "another-key"):
        assert secret.encode() not in everything_in_it


async def test_the_manifest_and_the_schemas_describe_the_files(api: Api) -> None:
    await fill(api)
    files = unpacked(await exported(api, "bundle.zip"))
    manifest = json.loads(files.pop("manifest.json"))
    kinds: dict[type, str] = {
        str: "string", int: "integer", float: "number", bool: "boolean", dict: "object", type(None): "null",
    }  # fmt: skip

    for entry in manifest["tables"]:
        content = files.pop(f"data/{entry['table']}.jsonl")
        schema = json.loads(files.pop(f"schema/{entry['table']}.json"))
        rows = [json.loads(line) for line in content.splitlines()]
        assert (len(rows), sha256(content).hexdigest()) == (entry["rows"], entry["sha256"])
        for row in rows:
            assert list(row) == list(schema["properties"]) == schema["required"]
            for name, value in row.items():
                assert kinds[type(value)] in schema["properties"][name]["type"], (entry["table"], name, value)
                assert value in schema["properties"][name].get("enum", [value])
    assert files == {}


def unpacked(content: bytes) -> Files:
    with ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(files: Files) -> bytes:
    content = io.BytesIO()
    with ZipFile(content, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


def with_jobs(change: Callable[[bytes], bytes], **entry: Any) -> Callable[[Files], None]:
    """A change of the jobs of a bundle, with a manifest that fits."""

    def apply(files: Files) -> None:
        files["data/jobs.jsonl"] = change(files["data/jobs.jsonl"])
        manifest = json.loads(files["manifest.json"])
        (jobs,) = (one for one in manifest["tables"] if one["table"] == "jobs")
        jobs |= {"sha256": sha256(files["data/jobs.jsonl"]).hexdigest(), **entry}
        files["manifest.json"] = json.dumps(manifest).encode()

    return apply


def with_manifest(**changes: Any) -> Callable[[Files], None]:
    return lambda files: files.update(
        {"manifest.json": json.dumps(json.loads(files["manifest.json"]) | changes).encode()}
    )


BAD: dict[str, tuple[Callable[[Files], Any], str]] = {
    "changed file": (
        lambda files: files.update({"data/jobs.jsonl": files["data/jobs.jsonl"].replace(b'"T1"', b'"T2"')}),
        "data/jobs.jsonl was changed: its SHA-256 must be that of the manifest",
    ),
    "missing row": (
        with_jobs(lambda lines: b"".join(lines.splitlines(keepends=True)[1:])),
        "data/jobs.jsonl must have 2 rows, as the manifest says; got 1",
    ),
    "no manifest": (lambda files: files.pop("manifest.json"), "There is no item named 'manifest.json' in the archive"),
    "other format": (
        with_manifest(format="other"), "the format must be 'jobbot-gql bundle 1'; got 'other'",
    ),
    "other revision": (with_manifest(revision="0001"), "the bundle is of revision 0001; this version imports revision"),
    "missing table": (with_manifest(tables=[]), "manifest.json: tables must be "),
    "unknown column": (
        with_jobs(lambda lines: lines.replace(b'"title"', b'"titel"')),
        "data/jobs.jsonl: line 1: must be an object with the columns id, title,",
    ),
    "wrong type": (
        with_jobs(lambda lines: lines.replace(b'"scraped_date":"', b'"scraped_date":"x')),
        "data/jobs.jsonl: line 1: Invalid isoformat string",
    ),
    "broken rule": (
        with_jobs(lambda lines: lines.replace(b'"discovered"', b'"found"')),
        "data/jobs.jsonl: lines 1 to 2 have a row that the database rejects:",
    ),
    "not the log's value": (
        with_jobs(lambda lines: lines.replace(b'"T1"', b'"T3"')),
        "the bundle was not imported: jobs.title must match the change log (rows 1)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
async def test_a_bad_bundle_is_rejected_and_nothing_is_written(case: str, api: Api, empty: Api, tmp_path: Path) -> None:
    change, message = BAD[case]
    await empty.add(Job(title="T1", company="C"), Job(title="U", company="C"))
    files = unpacked(await exported(empty, "bundle.zip"))
    change(files)
    before = await everything(api.database)
    code, answer = await imported(packed(files), url_of(api), tmp_path)

    assert code == 1
    assert message in answer
    assert await everything(api.database) == before
    assert [one for one in await verify(api.database.url, Base, DOCUMENTS.values()) if one.blocks] == []


async def test_only_an_empty_database_takes_a_bundle(api: Api, tmp_path: Path) -> None:
    await api.add(Job(title="T", company="C"))
    before = await everything(api.database)
    code, message = await imported(await exported(api, "bundle.zip"), url_of(api), tmp_path)

    assert code == 1
    assert "has rows in" in message
    assert await everything(api.database) == before


async def test_what_is_no_bundle_is_rejected(api: Api, tmp_path: Path) -> None:
    assert await imported(b"no zip", url_of(api), tmp_path) == (1, "Error: …/bundle.zip: File is not a zip file\n")


async def test_a_bundle_takes_no_parameters(api: Api) -> None:
    response = await api.http.get("/export/bundle.zip", params={"columns": "id"})

    assert response.status_code == 400
    assert response.json()["errors"][0]["message"] == "bundle.zip holds everything and takes no parameters. Omit them."
