"""What holds for each kind of row alike: its limits, and its mutations of many, over HTTP on both engines."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import String
from strawberry.utils.str_converters import to_camel_case

from jobbot_gql import models
from jobbot_gql.api.strawberry_internals import to_snake_case
from jobbot_gql.db.sql.column_types import Range, Vocabulary
from tests.conftest import Api
from tests.writing.conftest import World
from tests.writing.kinds import KINDS, PARENTS

PLURALS = {"company": "companies", "opportunity": "opportunities"}


def type_name(kind: str) -> str:
    return kind[0].upper() + kind[1:]


def plural(kind: str) -> str:
    return type_name(PLURALS.get(kind, f"{kind}s"))


def columns(kind: str) -> dict[str, Any]:
    """The columns that can be given when a row is added, by their name in the API."""
    table = getattr(models, type_name(kind)).__table__
    return {to_camel_case(name): column for name, column in table.c.items() if to_camel_case(name) in KINDS[kind][0]}


def limits(kind: str) -> dict[str, int]:
    """How many characters the texts that have a limit may have."""
    return {
        name: column.type.length
        for name, column in columns(kind).items()
        if isinstance(column.type, String)
        and column.type.length
        and not issubclass(column.type.python_type, Vocabulary)
        and name not in {"timeZone", "sha256"}  # only names, only digits
    }


def ranges(kind: str) -> dict[str, Range]:
    """What the numbers that have a range may be."""
    return {name: column.info["range"] for name, column in columns(kind).items() if "range" in column.info}


async def new_row(world: World, kind: str) -> dict[str, Any]:
    """What to give for a new row, under parents of its own."""
    parents = {f"{parent}Id": await getattr(world, parent)() for parent in PARENTS.get(kind, ())}
    given = {name: value for name, value in KINDS[kind][0].items() if name != "jobUrl"}
    if "sha256" in given:
        given["sha256"] = uuid4().hex * 2  # unique
    return given | parents


@pytest.mark.parametrize("kind", [kind for kind in KINDS if limits(kind)])
async def test_each_text_has_the_limit_of_its_column(api: Api, world: World, kind: str) -> None:
    given = await new_row(world, kind)
    texts = {name: "https://firm.example/".ljust(limit, "é") for name, limit in limits(kind).items()}

    assert await api.rejected(
        f"create{type_name(kind)}", **given | {name: f"{text}é" for name, text in texts.items()}
    ) == [
        ("TOO_LONG", f"input.{name}", f"{name} must have at most {limit:,} characters; got {limit + 1:,}.")
        for name, limit in limits(kind).items()
    ]
    payload = await api.mutate(f"create{type_name(kind)}", f"{kind} {{ id {' '.join(texts)} }}", **given | texts)
    assert payload[kind] == {"id": payload[kind]["id"]} | texts


@pytest.mark.parametrize("kind", [kind for kind in KINDS if ranges(kind)])
async def test_each_number_has_the_range_of_its_column(api: Api, world: World, kind: str) -> None:
    given = await new_row(world, kind)
    for name, allowed in ranges(kind).items():
        least = allowed.ge if allowed.ge is not None else allowed.gt
        for wrong in [
            *([least - 1] if least is not None else []),
            *([allowed.gt] if allowed.gt is not None else []),
            *([allowed.le + 1] if allowed.le is not None else []),
        ]:
            (rejection,) = await api.rejected(f"create{type_name(kind)}", **given | {name: int(wrong)})
            assert rejection == (
                "OUT_OF_RANGE",
                f"input.{name}",
                f"{name} must be {allowed}; got {rejection[2].split()[-1]}",
            )
            assert float(rejection[2].split()[-1].removesuffix(".")) == wrong


@pytest.mark.parametrize("kind", KINDS)
async def test_many_are_added_changed_upserted_and_deleted_in_order(api: Api, world: World, kind: str) -> None:
    changes = KINDS[kind][1]
    given = [await new_row(world, kind) for _ in range(3)]

    async def many(verb: str, selection: str, items: list[dict[str, Any]]) -> list[Any]:
        payload = await api.mutate(f"{verb}{plural(kind)}", f"results {{ {selection} }}", items=items)
        results: list[Any] = payload["results"]
        return results

    row = f"{kind} {{ id version {' '.join(changes)} }}"
    added = [one[kind] for one in await many("create", row, given)]
    assert [one["version"] for one in added] == [1, 1, 1]

    changed = await many("update", row, [{"id": one["id"], "version": 1, **changes} for one in reversed(added)])
    assert [one[kind] for one in changed] == [{"id": one["id"], "version": 2, **changes} for one in reversed(added)]

    again = [
        {"id": one["id"], **{name: value for name, value in old.items() if not name.lower().endswith("status")}}
        for one, old in zip(added, given, strict=True)
    ]
    upserted = await many("upsert", f"outcome {row}", again)
    assert upserted == [{"outcome": "UPDATED", kind: {**one, "version": 3}} for one in added]

    gone = await many("delete", "change { entity entityId operation }", [{"id": one["id"]} for one in added])
    assert [one["change"] for one in gone] == [
        {"entity": to_snake_case(type_name(kind)).upper(), "entityId": one["id"], "operation": "DELETE"}
        for one in added
    ]
    assert (
        await api.data("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": [one["id"] for one in added]})
    ) == {"nodes": [None, None, None]}
