"""Mutation fields: create, update, upsert and delete one row or many; and actions, which have their own rules.

    @strawberry.type
    class JobMutations:
        create_job, create_jobs = create(JOBS)
        change_job_status = action("ChangeJobStatus", "Move a job to another status.", change_status, [...], {...})

The input of a row follows from the table's columns (see `inputs.py`).
"""

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import func, select

from jobbot_gql.access.clients import Scope
from jobbot_gql.api.engine.context import Context
from jobbot_gql.api.engine.planned_field import planned
from jobbot_gql.api.guard.authorization import SCOPE
from jobbot_gql.api.mutations.inputs import (
    ATOMIC,
    IDEMPOTENCY_KEY,
    VERSION,
    VERSION_IF_IT_MATTERS,
    InputField,
    create_fields,
    id_field,
    list_field,
    make_input,
    read,
    update_fields,
)
from jobbot_gql.api.mutations.payloads import (
    Result,
    action_fields,
    payload_type,
    payloads_field,
    row_field,
    value_field,
)
from jobbot_gql.api.mutations.write_command import MutationNode, WriteCommand
from jobbot_gql.api.strawberry_internals import definition_of_class, to_snake_case
from jobbot_gql.api.types.annotations import argument, list_of
from jobbot_gql.api.types.entity import Entity, entity_of
from jobbot_gql.db.base import Base
from jobbot_gql.db.sql.array_params import is_among, key_list
from jobbot_gql.db.sql.column_types import Vocabulary
from jobbot_gql.db.triggers import change_log
from jobbot_gql.db.write.write_session import WriteSession
from jobbot_gql.writing.entity_writer import EntityWriter
from jobbot_gql.writing.rules import PendingWrite, RuleViolation, TooMany

T = TypeVar("T")

ACTION = "jobbot_gql.action"
"""Key in a field's metadata: whether the field is an action rather than a create, update, upsert or delete."""
MAX_ITEMS = 1_000
"""Maximum number of rows that one field writes."""
MAX_PARTS = 250
"""Maximum number of child rows that are created with a row."""

NEW_ROWS: dict[type[Base], tuple[Any, Sequence[InputField]]] = {}
"""The input type of one of several new rows, such as `CreateJobsItem`, and its fields; registered by `create`."""

REQUEST_ID: dict[str, tuple[Any, str]] = {
    "request_id": (
        str,
        "Id of this request, with which `undoChanges` undoes all that it wrote; null if it was rejected.",
    )
}
"""The field of an action's payload with the id of the request."""

Save = Callable[[WriteSession, list[PendingWrite[Any]], bool], Awaitable[list[Result]]]
"""Writes rows, all or none if the last argument is true, and returns the result of each."""


class UpsertOutcome(Vocabulary):
    """What an upsert did."""

    CREATED = "created", "The row was created."
    UPDATED = "updated", "The row existed and was changed."
    UNCHANGED = "unchanged", "The row existed and already had these values."


def create(writer: EntityWriter[Any], options: Sequence[InputField] = (), note: str = "") -> tuple[Any, Any]:
    """The fields that create one row and many.

    Args:
        options: fields of the input that are not columns.
        note: text to append to the description.
    """
    entity = entity_of(writer.model)
    fields = [*create_fields(entity), *part_fields(writer), *options]
    return _one_and_many("Create", entity, fields, _row(entity), partial(_save, writer), retried=True, note=note)


def update(writer: EntityWriter[Any], options: Sequence[InputField] = ()) -> tuple[Any, Any]:
    """The fields that update one row and many. `options` are fields of the input that are not columns."""
    entity = entity_of(writer.model)
    which = id_field("id", writer.model, f"{words_of(entity.name).capitalize()} to change.")
    fields = [which, VERSION, *update_fields(entity), *options]
    return _one_and_many("Update", entity, fields, _row(entity), partial(_save, writer))


def upsert(writer: EntityWriter[Any], options: Sequence[InputField] = ()) -> tuple[Any, Any]:
    """The fields that update one row and many, or create those that do not exist."""
    entity = entity_of(writer.model)
    which = f"{words_of(entity.name).capitalize()} to change. If omitted, one is created"
    if writer.natural_key:
        which += f", unless one with the same `{writer.natural_key.name}` exists"
    kept = {field.name for field in update_fields(entity)}
    fields = [
        id_field("id", writer.model, f"{which}.", required=False),
        VERSION_IF_IT_MATTERS,
        *(field for field in create_fields(entity) if field.name in kept),
        *options,
    ]

    async def save(session: WriteSession, pending_writes: list[PendingWrite[Any]], atomic: bool) -> list[Result]:
        await writer.match(session, pending_writes)
        results = await _save(writer, session, pending_writes, atomic)
        for result, pending in zip(results, pending_writes, strict=True):
            if not result.violations:
                result.values["outcome"] = _outcome(pending)
        return results

    outcome = value_field(UpsertOutcome, "outcome", "What was done; null if the request was rejected.")
    deprecated = None if writer.natural_key else f"Use create{entity.name} or update{entity.name}. Removed in 0.3."
    return _one_and_many(
        "Upsert", entity, fields, {**_row(entity), "outcome": outcome}, save, retried=True, deprecated=deprecated
    )


def delete(writer: EntityWriter[Any], log: Any) -> tuple[Any, Any]:
    """The fields that delete one row and many, with their dependents. `log` is the model of the change log."""
    entity = entity_of(writer.model)
    # The latest: an earlier deletion of the row may have been undone.
    entries = (
        select(log.entity_id, func.max(log.id))
        .where(log.entity == entity.name, log.operation == "delete")
        .where(is_among(log.entity_id, key_list("keys", log.entity_id.type)))
        .group_by(log.entity_id)
    )
    fields = [
        id_field("id", writer.model, f"{words_of(entity.name).capitalize()} to delete."),
        VERSION_IF_IT_MATTERS,
    ]

    async def remove(session: WriteSession, pending_writes: list[PendingWrite[Any]], atomic: bool) -> list[Result]:
        await writer.delete(session, pending_writes, atomic=atomic)
        if atomic and any(pending.violations for pending in pending_writes):
            return [Result({}, pending.violations) for pending in pending_writes]
        gone = [pending.row_id for pending in pending_writes if not pending.violations]
        await change_log.flush_log(session)
        rows = await session.execute(entries, {"keys": gone})
        changes: dict[int | None, int] = dict(rows.all())
        return [
            Result({}, pending.violations)
            if pending.violations or pending.row_id is None
            else Result(
                {"change_id": session.sequence_shown(changes[pending.row_id])},
                row_key=(entity.name, pending.row_id),
            )
            for pending in pending_writes
        ]

    change = row_field(log, "change_id", "Entry of the change log; null if the request was rejected.")
    return _one_and_many("Delete", entity, fields, {"change": change}, remove)


def action(
    name: str,
    description: str,
    do: Callable[..., Awaitable[Mapping[str, Any]]],
    fields: Sequence[InputField],
    gives: Mapping[str, tuple[Any, str]],
    *,
    afterwards: Callable[[Context], Awaitable[None]] | None = None,
    scope: Scope = Scope.WRITE,
    with_settings: bool = False,
) -> Any:
    """A field of an action.

    `do` takes a session and the input's values by name, and returns the payload's fields by name: rows, or values that
    JSON can represent. `gives` has their models or types, and descriptions; `[Model]` means many rows, whose ids `do`
    returns. Omitted fields of the input are missing in the values. `afterwards` is called after the commit, but not in
    a dry run. `scope` is required of the client's token. If `with_settings`, `do` also gets the server's `settings`.
    """
    input_of_action = make_input(f"{name}Input", description, fields)
    kinds = {f"{key}_id": kind for key, (kind, _) in gives.items()}
    shows = {key: kind for key, kind in kinds.items() if isinstance(kind, type) and issubclass(kind, Base)}
    shown = payload_type(
        f"{name}Payload",
        f"Result of `{name[0].lower()}{name[1:]}`.",
        action_fields(gives),
    )

    async def write(session: WriteSession, given: dict[str, Any], atomic: bool) -> list[Result]:
        values = await do(session, **given)
        await session.flush()  # new rows get their ids
        return [Result(as_values(values))]

    command = WriteCommand(fields, write, shown, shows=shows, afterwards=afterwards, with_settings=with_settings)
    return mutation_field(command, input_of_action, description, scope)


def as_values(given: Mapping[str, Any]) -> dict[str, Any]:
    """Values of a payload, with rows replaced by their ids under the names that `action_fields` reads."""
    rows = {key: value for key, value in given.items() if isinstance(value, Base)}
    values = {key: value for key, value in given.items() if key not in rows}
    return values | {f"{key}_id": row.id for key, row in rows.items()}  # type: ignore[attr-defined] # every table has one


def _row(entity: Entity) -> dict[str, Any]:
    text = f"{words_of(entity.name).capitalize()} after the mutation; null if the request was rejected."
    return {to_snake_case(entity.name): row_field(entity.model, "row_id", text)}


async def _save(
    writer: EntityWriter[Any], session: WriteSession, pending_writes: list[PendingWrite[Any]], atomic: bool
) -> list[Result]:
    await writer.save(session, pending_writes, atomic=atomic)
    return [_saved(pending) for pending in pending_writes]


def _saved(pending: PendingWrite[Any]) -> Result:
    first = pending.merged_into or pending
    if violations := pending.violations or first.violations:
        return Result({}, violations)
    return Result({"row_id": first.row.id}, row_key=(type(first.row).__name__, first.row.id))


def _outcome(pending: PendingWrite[Any]) -> UpsertOutcome:
    first = pending.merged_into or pending
    if first.before is None and pending is first:
        return UpsertOutcome.CREATED
    return UpsertOutcome.UPDATED if first.changed_by(pending) else UpsertOutcome.UNCHANGED


def part_fields(writer: EntityWriter[Any]) -> list[InputField]:
    """The fields of a writer's child rows; their inputs have no foreign key to the parent, which is new."""
    found = []
    for name, (of_parts, foreign_key) in writer.parts.items():
        entity = entity_of(of_parts.model)
        fields = [field for field in create_fields(entity) if field.name != foreign_key]
        words = words_of(writer.model.__name__)
        item = make_input(f"New{entity.name}Input", f"{words_of(entity.name).capitalize()} of a new {words}.", fields)
        description = f"{words_of(plural(entity.name)).capitalize()} to create with the {words}, at most {MAX_PARTS}."
        found.append(list_field(name, item, fields, MAX_PARTS, description))
    return found


_DOES = {"Create": "Create", "Update": "Update", "Upsert": "Create or update", "Delete": "Delete"}
_DONE = {"Create": "creating", "Update": "updating", "Upsert": "creating or updating", "Delete": "deleting"}


def _one_and_many(
    verb: str,
    entity: Entity,
    fields: list[InputField],
    gives: dict[str, Any],
    save: Save,
    *,
    retried: bool = False,
    note: str = "",
    deprecated: str | None = None,
) -> tuple[Any, Any]:
    """The fields of a verb for one row and for many; with an idempotency key if `retried`."""
    does, one, many = _DOES[verb], entity.name, plural(entity.name)
    keys = [IDEMPOTENCY_KEY] if retried else []
    shows = {"row_id": entity.model} if retried else {}
    shown = payload_type(f"{verb}{one}Payload", f"Result of {_DONE[verb]} one {words_of(one)}.", gives)
    for_one = [*fields, *keys]
    text = f"{does} one {words_of(one)}.{note}"
    input_of_one = make_input(f"{verb}{one}Input", text, for_one)
    item = (
        make_input(f"{verb}{many}Item", f"{does} one of several {words_of(many)}.", fields) if retried else input_of_one
    )
    if verb == "Create":
        NEW_ROWS[entity.model] = item, fields
    limit = f"{MAX_ITEMS:,}"
    text_of_many = f"{does} up to {limit} {words_of(many)}."
    items = InputField(
        "items", list_of(item), f"One item per row, at most {limit}.", partial(_items, fields), required=True
    )
    for_many = [items, ATOMIC, *keys]
    input_of_many = make_input(f"{verb}{many}Input", text_of_many, for_many)
    shown_many = payload_type(
        f"{verb}{many}Payload",
        f"Result of {_DONE[verb]} several {words_of(many)}.",
        {"results": payloads_field(shown, "results", "One result per item, in the order of the input.")},
    )

    # Pending writes are made for each attempt, because an attempt changes them.
    async def write_one(session: WriteSession, given: dict[str, Any], atomic: bool) -> list[Result]:
        return await save(session, [_pending_write(given, [])], atomic)

    async def write_many(session: WriteSession, given: dict[str, Any], atomic: bool) -> list[Result]:
        return await save(session, [_pending_write(*item) for item in given["items"]], atomic)

    return (
        mutation_field(
            WriteCommand(for_one, write_one, shown, shows=shows),
            input_of_one,
            text,
            is_action=False,
            deprecated=deprecated,
        ),
        mutation_field(
            WriteCommand(for_many, write_many, shown_many, shown, items="items", shows=shows),
            input_of_many,
            f"{text_of_many}{note}",
            is_action=False,
            deprecated=deprecated,
        ),
    )


def _items(fields: Sequence[InputField], items: list[Any]) -> list[tuple[dict[str, Any], list[RuleViolation]]]:
    """The check of `items`: what `read` returns for each. Raises TooMany."""
    if len(items) > MAX_ITEMS:
        raise TooMany(f"must have at most {MAX_ITEMS:,} items; got {len(items):,}.")
    return [read(fields, one) for one in items]


def _pending_write(given: dict[str, Any], violations: list[RuleViolation]) -> PendingWrite[Any]:
    values = dict(given)
    return PendingWrite(
        values, row_id=values.pop("id", None), version=values.pop("version", None), violations=list(violations)
    )


def mutation_field(
    command: WriteCommand,
    input_of_field: Any,
    description: str,
    scope: Scope = Scope.WRITE,
    *,
    is_action: bool = True,
    deprecated: str | None = None,
) -> Any:
    """A field of Mutation with an input of the type `input_of_field`, which a command executes.

    `deprecated` is the reason, and what to use instead.
    """
    if scope is not Scope.WRITE:
        description += f" Tokens need the scope `{scope.value}`."
    return planned(
        partial(MutationNode, command=command),
        command.payload,
        description,
        {"input": (argument(input_of_field, "Input of this mutation."), inspect.Parameter.empty)},
        metadata={SCOPE: scope, ACTION: is_action},
        deprecated=deprecated,
    )


def actions_first(cls: type[T]) -> type[T]:
    """Sort the actions of a GraphQL type of mutations before its other fields, where readers of the schema see them."""
    definition_of_class(cls).fields.sort(key=lambda field: not field.metadata.get(ACTION))
    return cls


def plural(name: str) -> str:
    """The English plural of a name."""
    if name.endswith("y"):
        return f"{name[:-1]}ies"
    return f"{name}es" if name.endswith("s") else f"{name}s"


def words_of(name: str) -> str:
    """A type's name as words: `experience claim`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-" if name.startswith("FollowUp") else " ", name).lower()
