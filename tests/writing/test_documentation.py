"""What docs/writing.md shows works as it says, one operation after the other, on both engines."""

import re
from pathlib import Path
from typing import Any

from tests.conftest import Api

TEXT = (Path(__file__).parents[2] / "docs" / "writing.md").read_text("utf-8")
OPERATIONS = re.findall(r"```graphql\n(.*?)```", TEXT, re.DOTALL)


async def test_every_operation_shows_what_it_says(api: Api) -> None:
    known: dict[str, str] = {}
    answers: list[dict[str, Any]] = []
    for operation in OPERATIONS:
        variables = {name: known[name] for name in re.findall(r"\$(\w+): ", operation)}
        answers.append(await api.data(operation, variables))
        for payload in answers[-1].values():
            rows = {name: row for name, row in payload.items() if isinstance(row, dict)}
            known |= {name: row["id"] for name, row in rows.items() if "id" in row}
    created, updated, rejected, upserted, submitted, changed, archived, answered, report, deleted, undone = answers

    assert created["createJob"]["job"] == {"id": known["job"], "version": 1, "status": "DISCOVERED"}
    assert updated["updateJob"] == {
        "job": {"id": known["job"], "version": 2, "location": "Berlin"},
        "userErrors": [],
    }
    assert [(error["code"], error["path"][-1]) for error in rejected["createJob"]["userErrors"]] == [
        ("REQUIRED", "title"),
        ("OUT_OF_RANGE", "salaryMax"),
    ]
    assert upserted["upsertJobs"] == {
        "results": [
            {"outcome": "UPDATED", "job": {"title": "Senior Engineer", "version": 3}, "userErrors": []},
            {"outcome": "CREATED", "job": {"title": "Tester", "version": 1}, "userErrors": []},
            {
                "outcome": None,
                "job": None,
                "userErrors": [{"code": "REQUIRED", "path": ["input", "items", "2", "title"]}],
            },
        ],
        "userErrors": [],
    }
    assert submitted["submitApplication"]["job"] == {"status": "APPLIED"}
    assert submitted["submitApplication"]["application"]["integrityScore"] == 37.5
    assert changed["changeApplicationStatus"]["application"]["status"] == "ACKNOWLEDGED"
    assert archived["changeJobStatuses"]["results"] == [
        {"job": {"title": "Tester", "status": "ARCHIVED"}, "userErrors": []}
    ]
    assert answered["recordEmployerResponse"]["application"] == {
        "status": "PHONE_SCREEN",
        "responseDate": "2026-03-05T09:00:00+00:00",
    }
    assert report["checkClaims"]["proposedMultiplier"] == 3.0
    assert report["application"]["integrityReport"]["gate"] == "BLOCK"
    assert deleted["deleteJob"]["userErrors"] == []
    assert deleted["deleteJob"]["changes"][0] == {"operation": "DELETE", "entity": "JOB"}
    assert undone["undoChange"]["undoneChanges"][-1] == {
        "operation": "DELETE",
        "entity": "JOB",
        "node": {"id": known["job"]},
    }
