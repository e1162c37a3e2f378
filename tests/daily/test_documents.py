"""Documents and their attachment to applications, over HTTP on both engines."""

from hashlib import sha256
from typing import Any

import pytest

from tests.conftest import Api, everything
from tests.writing.conftest import World

DIGEST = sha256(b"cv").hexdigest()


@pytest.fixture
def world(api: Api) -> World:
    return World(api)


async def document(api: Api, content: bytes = b"cv", **given: Any) -> str:
    digest = sha256(content).hexdigest()
    values = {"name": "cv.pdf", "sha256": digest} | given
    payload = await api.mutate("createAttachedDocument", "attachedDocument { id }", **values)
    row_id: str = payload["attachedDocument"]["id"]
    return row_id


async def test_documents_are_attached_shown_found_and_detached(api: Api, world: World) -> None:
    applications = [await world.application(), await world.application()]
    resume = await document(api, kind="RESUME", revision="backend v6", location="/home/ada/cv.pdf")
    letter = await document(api, b"letter", kind="COVER_LETTER", name="letter.pdf")
    given = {"applicationIds": applications, "documentIds": [resume, letter, resume]}

    assert await api.mutate("attachDocuments", "count", **given) == {"count": 4}
    assert await api.mutate("attachDocuments", "count", **given) == {"count": 0}

    data = await api.data(
        f"""query($id: ID!) {{
            application(by: {{id: $id}}) {{ resumeVersion documentLinkCount documentLinks {{ document {{ name kind }} }}
                timeline {{ kind node {{ ... on DocumentLink {{ document {{ name }} }} }} }} }}
            attachedDocument(by: {{sha256: "{DIGEST}"}}) {{ id location links {{ totalCount }}
                history {{ operation }} }}
            applications(filter: {{documentLinks: {{some: {{document: {{kind: {{eq: RESUME}}}}}}}}}}) {{ totalCount }}
            search(query: "backend v6") {{ node {{ id }} }} }}""",
        {"id": applications[0]},
    )
    shown = data["application"]
    assert shown["documentLinkCount"] == 2
    assert [one["document"] for one in shown["documentLinks"]] == [
        {"name": "cv.pdf", "kind": "RESUME"},
        {"name": "letter.pdf", "kind": "COVER_LETTER"},
    ]
    assert shown["timeline"][-1] == {"kind": "DOCUMENT", "node": {"document": {"name": "letter.pdf"}}}
    assert data["attachedDocument"] == {
        "id": resume,
        "location": "/home/ada/cv.pdf",
        "links": {"totalCount": 2},
        "history": [{"operation": "CREATE"}],
    }
    assert data["applications"] == {"totalCount": 2}
    assert data["search"] == [{"node": {"id": resume}}]

    detached = await api.mutate("detachDocuments", "count requestId", applicationIds=applications, documentIds=[letter])
    assert detached["count"] == 2
    before = (await everything(api.database))["document_links"]
    await api.mutate("undoChanges", "undoneChanges { id }", requestId=detached["requestId"])
    assert len((await everything(api.database))["document_links"]) == len(before) + 2


async def test_an_upsert_finds_the_document_by_its_digest(api: Api) -> None:
    row_id = await document(api)
    values = {"name": "cv.pdf", "sha256": DIGEST.upper()}
    selection = "outcome attachedDocument { id sha256 }"
    same = {"id": row_id, "sha256": DIGEST}

    unchanged = await api.mutate("upsertAttachedDocument", selection, **values)
    assert unchanged == {"outcome": "UNCHANGED", "attachedDocument": same}
    changed = await api.mutate("upsertAttachedDocument", selection, **values, location="/home/ada/cv.pdf")
    assert changed == {"outcome": "UPDATED", "attachedDocument": same}


async def test_a_digest_belongs_to_one_document(api: Api) -> None:
    row_id = await document(api)
    message = "sha256 is already the SHA-256 of AttachedDocument 1. Change that document, or attach it."
    given = {"name": "b", "sha256": DIGEST.upper()}
    assert await api.rejected("createAttachedDocument", **given) == [("DUPLICATE_DOCUMENT", "input.sha256", message)]
    query = """mutation($input: CreateAttachedDocumentInput!) { createAttachedDocument(input: $input) {
        userErrors { ... on DuplicateDocumentError { attachedDocument { id } } } } }"""
    errors = (await api.data(query, {"input": given}))["createAttachedDocument"]["userErrors"]
    assert errors == [{"attachedDocument": {"id": row_id}}]
    items = [{"name": name, "sha256": sha256(b"new").hexdigest()} for name in "ab"]
    payload = await api.mutate("createAttachedDocuments", "results { userErrors { code } }", items=items, atomic=False)
    assert payload["results"] == [{"userErrors": []}, {"userErrors": [{"code": "DUPLICATE_DOCUMENT"}]}]


@pytest.mark.parametrize("digest", ["", "0" * 63, "g" * 64])
async def test_a_digest_has_64_hexadecimal_digits(api: Api, digest: str) -> None:
    ((code, path, _),) = await api.rejected("createAttachedDocument", name="a", sha256=digest)
    assert (code, path) == ("INVALID_DIGEST" if digest else "REQUIRED", "input.sha256")


@pytest.mark.parametrize("mutation", ["attachDocuments", "detachDocuments"])
@pytest.mark.parametrize(
    ("given", "error"),
    [
        (
            {"applicationIds": ["QXBwbGljYXRpb246MQ", "QXBwbGljYXRpb246OQ"]},
            ("NOT_FOUND", "input.applicationIds.1", "Application 9 not found."),
        ),
        (
            {"documentIds": ["QXR0YWNoZWREb2N1bWVudDo5"]},
            ("NOT_FOUND", "input.documentIds.0", "AttachedDocument 9 not found."),
        ),
        (
            {"documentIds": ["QXBwbGljYXRpb246MQ"]},
            (
                "WRONG_TYPE",
                "input.documentIds.0",
                "documentIds.0 must be an id of type AttachedDocument;"
                " got one of type Application: 'QXBwbGljYXRpb246MQ'.",
            ),
        ),
        (
            {"documentIds": ["QXR0YWNoZWREb2N1bWVudDox"] * 11},
            ("TOO_MANY", "input.documentIds", "documentIds must have at most 10 ids; got 11."),
        ),
        (
            {"applicationIds": ["QXBwbGljYXRpb246MQ"] * 1001},
            ("TOO_MANY", "input.applicationIds", "applicationIds must have at most 1,000 ids; got 1,001."),
        ),
    ],
)
async def test_what_is_rejected(
    api: Api, world: World, mutation: str, given: dict[str, Any], error: tuple[str, str, str]
) -> None:
    ids = {"applicationIds": [await world.application()], "documentIds": [await document(api)]}

    assert await api.rejected(mutation, **{**ids, **given}) == [error]


@pytest.mark.parametrize("end", ["AttachedDocument", "Application", "Job"])
async def test_attachments_go_with_either_end_and_come_back(api: Api, world: World, end: str) -> None:
    job = await world.job()
    ids = {"Job": job, "Application": await world.application(jobId=job), "AttachedDocument": await document(api)}
    await api.mutate(
        "attachDocuments", "count", applicationIds=[ids["Application"]], documentIds=[ids["AttachedDocument"]]
    )
    before = await everything(api.database)

    deleted = await api.mutate(f"delete{end}", "change { id }", id=ids[end])
    after = await everything(api.database)
    assert after["document_links"] == []
    assert len(after["attached_documents"]) == (end != "AttachedDocument")
    await api.mutate("undoChange", "undoneChanges { id }", id=deleted["change"]["id"])
    after = await everything(api.database)
    assert [after[name] for name in ("document_links", "attached_documents")] == [
        before[name] for name in ("document_links", "attached_documents")
    ]

    await api.mutate("purge", "purgedIds", id=ids[end])
    log = (await everything(api.database))["change_log"]
    kept = {entry.entity for entry in log if entry.before or entry.after}
    assert "DocumentLink" not in kept
    assert ("AttachedDocument" in kept) is (end != "AttachedDocument")


async def test_statements_do_not_grow_with_rows(api: Api) -> None:
    counts: dict[str, list[int]] = {"create": [], "attachDocuments": [], "read": [], "detachDocuments": []}
    for count in (2, 200):
        items: list[dict[str, Any]] = [{"title": "a", "company": "b"}] * count
        jobs = (await api.mutate("createJobs", "results { job { id } }", items=items))["results"]
        items = [{"jobId": job["job"]["id"]} for job in jobs]
        found = (await api.mutate("createApplications", "results { application { id } }", items=items))["results"]
        applications = [one["application"]["id"] for one in found]
        items = [{"name": "a", "sha256": sha256(b"%d %d" % (count, n)).hexdigest()} for n in range(min(count, 10))]
        payload = await api.mutate("createAttachedDocuments", "results { attachedDocument { id } }", items=items)
        counts["create"].append(len(api.statements))
        documents = [one["attachedDocument"]["id"] for one in payload["results"]]
        for mutation in ("attachDocuments", "detachDocuments"):
            given = {"applicationIds": applications, "documentIds": documents}
            assert await api.mutate(mutation, "count", **given) == {"count": count * len(documents)}
            counts[mutation].append(len(api.statements))
            if mutation == "attachDocuments":
                query = "{ applications { nodes { documentLinks { document { name } } } } }"
                await api.data(query)
                counts["read"].append(len(api.statements))
    assert all(few == many <= 6 for few, many in counts.values()), counts
