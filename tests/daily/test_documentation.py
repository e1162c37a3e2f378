"""The operations in docs/daily-work.md, in order, on both engines."""

import re
from pathlib import Path
from typing import Any

from tests.conftest import Api
from tests.writing.conftest import World

TEXT = (Path(__file__).parents[2] / "docs" / "daily-work.md").read_text("utf-8")
OPERATIONS = re.findall(r"```graphql\n(.*?)```", TEXT, re.DOTALL)


async def test_every_operation_shows_what_it_says(api: Api) -> None:
    world = World(api)
    known = {"job": await world.job(), "company": await world.company(), "application": await world.application()}
    answers: list[dict[str, Any]] = []
    for operation in OPERATIONS:
        variables = {name: known[name] for name in re.findall(r"\$(\w+): ", operation)}
        answers.append(await api.data(operation, variables))
    scheduled, moved, linked, referred, due, follow_up, attached, sent, kept, attention, swept, added, tags = answers

    assert scheduled["createInterview"]["interview"]["application"] == {"interviewDate": "2099-05-04T09:00:00+00:00"}
    assert moved["updateApplication"]["application"]["interviews"] == [
        {"startsAt": "2099-05-06T09:00:00+00:00", "endsAt": "2099-05-06T10:00:00+00:00", "status": "SCHEDULED"}
    ]
    assert [result["contactLink"]["role"] for result in linked["createContactLinks"]["results"]] == [
        "RECRUITER",
        "REFERRER",
    ]
    assert referred["applications"]["nodes"] == [
        {"contactLinks": [{"role": "REFERRER", "contact": {"name": "Grace Hopper", "email": "grace@firm.example"}}]}
    ]
    assert due["followUps"] == {"totalCount": 0, "nodes": []}
    assert follow_up["scheduleFollowUp"]["followUp"]["urgency"] == "SOON"
    assert attached["attachDocuments"] == {"count": 1, "userErrors": []}
    (application,) = sent["applications"]["nodes"]
    assert [one["document"] for one in application["documentLinks"]] == [{"name": "cv.pdf", "location": None}]
    assert attention["attention"]["followUps"] == {"totalCount": 0, "nodes": []}
    assert kept["applications"] == {"nodes": []}
    assert swept["sweepGhosted"] == {"count": 0, "applications": [], "userErrors": []}
    assert added["addTags"] == {"count": 4, "userErrors": []}
    assert [tag["name"] for tag in tags["jobs"]["nodes"][0]["tags"]] == ["priority", "remote"]
    assert tags["tags"] == {"groupBy": [{"count": 2}, {"count": 2}]}
