"""Null for an optional field of an input means that it is not given, unless null is a value of its own."""

import pytest

from tests.conftest import Api

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)

JOB = {"title": "Engineer", "company": "Acme"}


async def test_null_where_it_is_no_value(api: Api) -> None:
    made = await api.mutate("upsertJob", "outcome job { id version status }", **JOB, id=None, version=None)
    job = made["job"]
    assert (made["outcome"], job["status"]) == ("CREATED", "DISCOVERED")

    given = {"id": job["id"], "version": job["version"], "title": None, "company": "Other", "location": None}
    updated = await api.mutate("updateJob", "job { title company location }", **given)
    assert updated == {"job": {"title": "Engineer", "company": "Other", "location": None}}

    rest = {"note": None, "coverLetterVersion": None, "repeatReason": None, "idempotencyKey": None}
    applied = await api.mutate("submitApplication", "application { id }", jobId=job["id"], occurredAt=None, **rest)
    moved = await api.mutate(
        "changeApplicationStatus",
        "application { status } statusEvent { note }",
        id=applied["application"]["id"],
        status="PHONE_SCREEN",
        version=None,
        occurredAt=None,
        note=None,
    )
    assert moved == {"application": {"status": "PHONE_SCREEN"}, "statusEvent": {"note": None}}


async def test_null_where_it_is_a_value(api: Api) -> None:
    made = await api.mutate("createJob", "job { id version }", **JOB, location="Bonn")
    updated = await api.mutate("updateJob", "job { location }", **made["job"], location=None)

    assert updated == {"job": {"location": None}}
