"""Random histories undone: backwards they leave exactly what was before, in any order nothing that cannot be."""

from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from jobbot_gql.api.types.global_ids import encode
from jobbot_gql.applications.integrity import integrity_of
from jobbot_gql.history import row_codec
from jobbot_gql.history.models import Change
from jobbot_gql.jobs.identity import url_key
from jobbot_gql.undo.related_changes import DERIVED_COLUMNS, entries
from tests.changes.random_actions import Actor, State, state_of
from tests.conftest import Api

ACTIONS = 40
UNDO = """mutation($input: UndoChangesInput!) {
  undoChanges(input: $input) { undoneChanges { sequence } userErrors { code message } }
}"""
UNDO_ONE = """mutation($id: ID!) {
  undoChange(input: {id: $id}) { undoneChanges { sequence } userErrors { code message } }
}"""
CHANGES = """query($after: String!) {
  changes(after: $after, first: 250) { nodes { sequence requestId entity } pageInfo { endCursor hasNextPage } }
}"""


@dataclass
class Done:
    """What an action did."""

    name: str
    request: str
    sequences: list[int]
    before: State


async def changes_after(api: Api, cursor: str) -> tuple[list[dict[str, Any]], str]:
    nodes: list[dict[str, Any]] = []
    while True:
        page = (await api.data(CHANGES, {"after": cursor}))["changes"]
        nodes += page["nodes"]
        cursor = page["pageInfo"]["endCursor"] or cursor
        if not page["pageInfo"]["hasNextPage"]:
            return nodes, cursor


async def random_history(api: Api, seed: int, count: int = ACTIONS) -> list[Done]:
    """What random actions did, those that were rejected left out."""
    actor, cursor = Actor(api, Random(seed)), "0"  # noqa: S311 - test data
    done: list[Done] = []
    while len(done) < count:
        before = await state_of(api)
        name = await actor.act()
        nodes, cursor = await changes_after(api, cursor)
        if nodes:
            (request,) = {node["requestId"] for node in nodes}
            done.append(Done(name, request, [node["sequence"] for node in nodes], before))
    return done


def differences(found: State, expected: State) -> list[str]:
    """What differs, for people."""
    return [
        f"{table} {row_id}: {found[table].get(row_id)} instead of {expected[table].get(row_id)}"
        for table in expected
        for row_id in sorted(found[table].keys() | expected[table].keys())
        if found[table].get(row_id) != expected[table].get(row_id)
    ]


def broken_rules(state: State) -> list[str]:
    """What must hold whatever was undone, and does not."""
    found = []
    claims, responses = list(state["experience_claims"].values()), list(state["employer_responses"].values())
    interviews = list(state["interviews"].values())
    for row_id, row in state["applications"].items():
        figures = integrity_of([Claimed(one) for one in claims if one["application_id"] == row_id])
        if row["integrity_score"] != figures.integrity_score:
            found.append(f"Application {row_id}: integrity_score {row['integrity_score']}")
        answers = [
            one["response_date"]
            for one in responses
            if one["application_id"] == row_id and one["response_type"] != "acknowledgment"
        ]
        if row["response_date"] != min(answers, default=None):
            found.append(f"Application {row_id}: response_date {row['response_date']}")
        if row["interview_date"] != interview_date([one for one in interviews if one["application_id"] == row_id]):
            found.append(f"Application {row_id}: interview_date {row['interview_date']}")
        found += _history(state, "application_id", row_id, row["status"])
    for row_id, row in state["references"].items():
        count = sum(one["reference_id"] == row_id for one in state["reference_usages"].values())
        if row["usage_count"] != count:
            found.append(f"Reference {row_id}: usage_count {row['usage_count']} for {count} usages")
    for row_id, row in state["jobs"].items():
        found += _history(state, "job_id", row_id, row["status"])
        keys = [one["url_key"] for one in state["job_sources"].values() if one["job_id"] == row_id]
        if row["job_url"] and url_key(row["job_url"]) not in keys:
            found.append(f"Job {row_id}: no source has its URL key")
    for row_id, row in state["opportunities"].items():
        found += _history(state, "opportunity_id", row_id, row["status"])
    for row_id, row in state["outreach_campaigns"].items():
        found += _history(state, "outreach_campaign_id", row_id, row["response_status"])
    keys = sorted(key for row in state["jobs"].values() if (key := url_key(row["job_url"])))
    if len(set(keys)) < len(keys):
        found.append(f"two jobs at one URL key: {keys}")
    return found


def interview_date(interviews: list[dict[str, Any]]) -> Any:
    """The start of the earliest scheduled interview, or else of the latest."""
    scheduled = [one["starts_at"] for one in interviews if one["status"] == "scheduled"]
    return min(scheduled) if scheduled else max((one["starts_at"] for one in interviews), default=None)


class Claimed:
    """The figures of a stored claim."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.exaggeration_multiplier: float | None = row["exaggeration_multiplier"]
        self.credibility_impact: float | None = row["credibility_impact"]


def _history(state: State, key: str, row_id: int, status: str) -> list[str]:
    events = [event for event in state["status_events"].values() if event[key] == row_id]
    last = max(events, key=lambda event: event["id"], default=None)
    if last is not None and last["to_status"] != status:
        return [f"{key} {row_id}: status {status}, history ends with {last['to_status']}"]
    return []


@pytest.mark.parametrize("seed", range(2))
async def test_actions_undone_backwards_by_request_leave_what_was_before(api: Api, seed: int) -> None:
    for one in reversed(await random_history(api, seed)):
        answer = (await api.data(UNDO, {"input": {"requestId": one.request}}))["undoChanges"]
        assert answer["userErrors"] == [], one
        assert differences(await state_of(api), one.before) == [], one.name


@pytest.mark.parametrize("seed", range(2, 4))
async def test_actions_undone_backwards_change_by_change_leave_what_was_before(api: Api, seed: int) -> None:
    undone: set[int] = set()
    for one in reversed(await random_history(api, seed)):
        for sequence in reversed(one.sequences):
            if sequence not in undone:
                answer = (await api.data(UNDO_ONE, {"id": encode("Change", sequence)}))["undoChange"]
                assert {error["code"] for error in answer["userErrors"]} <= {"UNDO_CONFLICT"}, answer
                undone |= {change["sequence"] for change in answer["undoneChanges"]}
        assert differences(await state_of(api), one.before) == [], one.name


@pytest.mark.parametrize("seed", range(4, 6))
async def test_changes_undone_in_random_order_break_no_rule(api: Api, seed: int) -> None:
    dice = Random(seed)  # noqa: S311 - test data
    history = await random_history(api, seed)
    sequences = [sequence for one in history for sequence in one.sequences]
    dice.shuffle(sequences)
    before = await state_of(api)
    assert broken_rules(before) == []
    cursor = (await changes_after(api, "0"))[1]
    for sequence in sequences:
        answer = (await api.data(UNDO_ONE, {"id": encode("Change", sequence)}))["undoChange"]
        assert {error["code"] for error in answer["userErrors"]} <= {"UNDO_CONFLICT", "ALREADY_APPLIED"}
        after = await state_of(api)
        assert broken_rules(after) == [], (sequence, answer)
        if answer["userErrors"]:
            assert differences(after, before) == []
        else:
            undone = [change["sequence"] for change in answer["undoneChanges"]]
            assert sequence in undone
            assert await inexact(api, undone) == []
            written, cursor = await changes_after(api, cursor)
            if dice.random() < 0.3:
                sequences.append(dice.choice(written)["sequence"])
        before = after


async def inexact(api: Api, undone: list[int]) -> list[str]:
    """What is not as it was before the changes that were undone; columns that follow from other rows left out."""
    found = []
    expected: dict[tuple[str, int], dict[str, Any] | None] = {}
    async with api.database.transaction() as session:
        for change in await entries(session, Change.sequence.in_(undone)):
            known = expected.setdefault(change.row_key, {} if change.before is not None else None)
            if known is not None and change.before is not None:
                for name, value in row_codec.values(change.entity, change.before).items():
                    known.setdefault(name, value)
        for (entity, row_id), values in expected.items():
            table = row_codec.stored(entity)
            row = (await session.execute(select(table).where(table.c.id == row_id))).mappings().one_or_none()
            if (row is None) != (values is None):
                found.append(f"{entity} {row_id}: {row} instead of {values}")
            elif row is not None and values is not None:
                known = {name: value for name, value in values.items() if name not in DERIVED_COLUMNS.get(entity, {})}
                found += [f"{entity} {row_id}: {name}" for name in row_codec.differing(entity, dict(row), known)]
    return found
