"""Actions on stored rows: a mutation for one row, and one for many rows, given by ids or by a filter."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select, true

from jobbot_gql.api.fields.filters import condition, filter_input
from jobbot_gql.api.mutations.fields import MAX_ITEMS, REQUEST_ID, as_values, mutation_field, plural, words_of
from jobbot_gql.api.mutations.inputs import (
    ATOMIC,
    VERSION_IF_IT_MATTERS,
    InputField,
    id_field,
    ids_field,
    make_input,
)
from jobbot_gql.api.mutations.payloads import Result, action_fields, payload_type, payloads_field
from jobbot_gql.api.mutations.write_command import WriteCommand
from jobbot_gql.api.types.entity import entity_of
from jobbot_gql.api.types.lazy_types import Later
from jobbot_gql.db.base import Base
from jobbot_gql.db.write.bulk_dml import locked
from jobbot_gql.db.write.write_session import WriteSession
from jobbot_gql.writing.rules import (
    Required,
    RuleViolation,
    TooMany,
    UnexpectedCount,
    not_found,
    row_to_change,
)

DoWithRows = Callable[..., Awaitable[Mapping[int, Mapping[str, Any] | RuleViolation]]]
"""Takes a session, locked rows and the input's values by name. Returns the payload's values (see `action`), or the
violation, by row id."""


def row_action(
    model: type[Base],
    name: str,
    description: str,
    do: DoWithRows,
    *,
    fields: Sequence[InputField],
    gives: Mapping[str, tuple[Any, str]],
) -> tuple[Any, Any]:
    """Fields of an action on one row and on many.

    `gives` has the model or type, and the description, of each field of the payload for one row.
    """
    many = plural(name)
    words = words_of(model.__name__)
    shown = payload_type(f"{name}Payload", f"Result of `{name[0].lower()}{name[1:]}`.", action_fields(gives))
    for_one = [id_field("id", model, f"{words.capitalize()} to change."), VERSION_IF_IT_MATTERS, *fields]
    input_of_one = make_input(f"{name}Input", description, for_one)

    async def write_one(session: WriteSession, given: dict[str, Any], atomic: bool) -> list[Result]:
        row = await row_to_change(session, model, given.pop("id"), given.pop("version", None))
        return await _results(session, model, await do(session, [row], **given))

    several = words_of(plural(model.__name__))
    which = [
        ids_field("ids", for_one[0].check, MAX_ITEMS, f"{several.capitalize()} to change, at most {MAX_ITEMS:,}."),
        InputField(
            "filter",
            Later(filter_input, model),
            f"Filter of the {several} to change, instead of `ids`; at most {MAX_ITEMS:,} may match.",
            nullable=False,
            is_object=True,
        ),
        InputField(
            "expected_count",
            int,
            f"Number of {several} that match `filter`, which it requires. Nothing is changed if the number differs.",
            nullable=False,
        ),
    ]
    for_many = [*which, *fields, ATOMIC]
    text = f"{description} Takes up to {MAX_ITEMS:,} {several}, by `ids`, or by `filter` and `expectedCount`."
    input_of_many = make_input(f"{many}Input", text, for_many)
    shown_many = payload_type(
        f"{many}Payload",
        f"Result of `{many[0].lower()}{many[1:]}`.",
        {
            "results": payloads_field(
                shown, "results", "One result per row: in the order of `ids`, or of the rows' ids with `filter`."
            ),
            **action_fields(REQUEST_ID),
        },
    )

    async def write_many(session: WriteSession, given: dict[str, Any], atomic: bool) -> list[Result]:
        ids = await _named(session, model, **{field.name: given.pop(field.name, None) for field in which})
        rows = await locked(session, model, ids)
        outcomes = {row_id: not_found(model, row_id, "ids") for row_id in ids if row_id not in rows}
        done = await do(session, [rows[row_id] for row_id in sorted(rows)], **given)
        return await _results(session, model, {row_id: {**outcomes, **done}[row_id] for row_id in ids}, ids)

    return (
        mutation_field(WriteCommand(for_one, write_one, shown), input_of_one, description),
        mutation_field(WriteCommand(for_many, write_many, shown_many, shown), input_of_many, text),
    )


async def _results(
    session: WriteSession,
    model: type[Base],
    outcomes: Mapping[int, Mapping[str, Any] | RuleViolation],
    ids: Sequence[int] | None = None,
) -> list[Result]:
    await session.flush()  # new rows get their ids
    found = [(row_id, outcomes[row_id]) for row_id in (outcomes if ids is None else ids)]
    return [
        Result({}, [one])
        if isinstance(one, RuleViolation)
        else Result(as_values(one), row_key=(model.__name__, row_id))
        for row_id, one in found
    ]


async def _named(
    session: WriteSession,
    model: type[Base],
    ids: list[int] | None,
    filter: Any,  # noqa: A002 - the field's name in the API
    expected_count: int | None,
) -> list[int]:
    """Ids of the rows that an input selects. Raises Required, TooMany, UnexpectedCount, BadRequest."""
    if (ids is None) is (filter is None):
        raise Required("Give exactly one of ids and filter.")
    if ids is not None:
        return ids
    if expected_count is None:
        raise Required("must be given with filter: the number of rows that you expect to change.", "expected_count")
    where = condition(entity_of(model), filter)
    return await expected_rows(session, model, true() if where is None else where, expected_count)


async def expected_rows(
    session: WriteSession, model: Any, where: ColumnElement[bool], expected_count: int
) -> list[int]:
    """Ids of the rows that meet a condition, in ascending order; the rows are locked.

    Raises UnexpectedCount, or TooMany if there are more than `MAX_ITEMS`.
    """
    matching = select(model.id).where(where).order_by(model.id).limit(MAX_ITEMS + 1)
    found = list(await session.scalars(matching.with_for_update(key_share=True, of=model)))
    count = len(found)
    if count > MAX_ITEMS:
        count = await session.scalar(select(func.count()).select_from(model).where(where)) or 0
    if count != expected_count:
        message = f"must be the number of rows that match ({count:,}); got {expected_count:,}. Check what they are."
        raise UnexpectedCount(message, "expected_count", count=count)
    if count > MAX_ITEMS:
        raise TooMany(f"must match at most {MAX_ITEMS:,} rows; matches {count:,}. Narrow it down.", "filter")
    return found
