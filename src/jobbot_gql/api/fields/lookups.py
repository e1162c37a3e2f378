"""Look-ups: one row by a unique key of its type, or any rows by global ids."""

import inspect
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import strawberry
from graphql import ObjectValueNode, VariableNode
from sqlalchemy import Select, Text, bindparam
from sqlalchemy.orm import QueryableAttribute

from jobbot_gql.api.engine.fetch_by_key import KeyedRows
from jobbot_gql.api.engine.parents import Parents
from jobbot_gql.api.engine.plan_node import BatchedNode, Reads, set_field
from jobbot_gql.api.engine.planned_field import planned
from jobbot_gql.api.engine.planner import Planner
from jobbot_gql.api.engine.row_codegen import Incomplete
from jobbot_gql.api.engine.selected_field import Run, SelectedField, plain_arguments
from jobbot_gql.api.fields.filters import input_type
from jobbot_gql.api.strawberry_internals import to_camel_case
from jobbot_gql.api.types import global_ids
from jobbot_gql.api.types.annotations import argument, list_of, maybe
from jobbot_gql.api.types.entity import ENTITIES, Alias, Entity, Node, entity_named, entity_of, python_type
from jobbot_gql.api.types.errors import Ambiguous, BadRequest, shown
from jobbot_gql.api.types.lazy_types import Later, made_once, row_type
from jobbot_gql.db.base import Base
from jobbot_gql.db.sql.array_params import is_among, key_list
from jobbot_gql.db.sql.compiled_query import KeyedQuery, Row
from jobbot_gql.db.sql.selects import Columns, by_key

MAX_NODES = 250


@made_once
def lookup_input(entity: Entity) -> Any:
    """The GraphQL input that identifies one row of the entity by a unique key, such as `JobBy`."""
    fields: dict[str, tuple[Any, str]] = {
        "id": (maybe(strawberry.ID), "The global id."),
        "databaseId": (maybe(int), "Primary key in the database."),
    }
    for name in (*entity.unique, *entity.named_by):
        attribute, description = entity.shown[name]
        if name in entity.aliases:
            description = entity.aliases[name].description
        if name in entity.named_by:
            description += f" An error with the code AMBIGUOUS and all ids if several {entity.name} rows have it."
        fields[to_camel_case(name)] = (maybe(python_type(attribute)), description)
    return input_type(f"{entity.name}By", f"Unique key of one {entity.name}: exactly one field.", fields, one_of=True)


def lookup(model: type[Base], description: str) -> Any:
    """A root field that returns the row with a unique key, or null if there is none."""
    by = argument(Later(lookup_input, model), "Unique key of the row.")
    return planned(
        partial(LookupNode, model=model),
        Later(row_type, model) | None,
        description,
        {"by": (by, inspect.Parameter.empty)},
    )


def _key_given(entity: Entity, by: Mapping[str, Any]) -> tuple[str, Any]:
    """Column and value of a look-up. Raises BadRequest."""
    if len(by) != 1:
        raise BadRequest("by must have exactly one key; omit the others (null counts as given).")
    ((word, value),) = by.items()
    if word == "id":
        return "id", global_ids.decode_as(entity.name, value, "by.id")
    if word == "databaseId":
        return "id", value
    return next(name for name in (*entity.unique, *entity.named_by) if to_camel_case(name) == word), value


def _by_name(entity: Entity, name: str, *, single: bool = False) -> Select[Any]:
    """The SELECT of (value, id) of the rows with a value in a column of `named_by`."""
    return by_key(entity.model, name, ("id",), single=single)


def _only(entity: Entity, name: str, value: str, rows: Sequence[Row]) -> int | None:
    """The only id in the rows of `_by_name`; None if there is none. Raises Ambiguous."""
    ids = sorted(int(row[1]) for row in rows)
    if len(ids) > 1:
        raise Ambiguous(value, entity.name, to_camel_case(name), [global_ids.encode(entity.name, one) for one in ids])
    return ids[0] if ids else None


def _alias_key(entity: Entity, key: str, value: Any) -> str | None:
    """The alias key of a value; None if it has none."""
    alias = entity.aliases.get(key)
    return alias.key_of(value) if alias else None


def _by_alias(alias: Alias, *, single: bool = False) -> Any:
    """The statement of the rows that may have the alias's keys."""
    if single:
        return alias.select(lambda column: column == bindparam("keys"))
    return alias.select(lambda column: is_among(column, key_list("keys", Text())))


def _oldest(alias: Alias, key: str, rows: Sequence[Row]) -> int | None:
    """The lowest id among the rows that have the key; None if none has it."""
    return min((int(row[1]) for row in rows if alias.key_of_found(row[0]) == key), default=None)


def named(argument: str, given: Sequence[str]) -> list[tuple[Entity, int]]:
    """The entities and row ids of global ids. Raises BadRequest."""
    if len(given) > MAX_NODES:
        raise BadRequest(f"{argument} must have at most {MAX_NODES} ids; got {len(given)}.")
    named = []
    for global_id in given:
        name, row_id = global_ids.decode(global_id)
        entity = entity_named(name)
        if entity is None:
            raise BadRequest(f"{argument}: {shown(global_id)} is not a global id. Use an `id` from an earlier answer.")
        named.append((entity, row_id))
    return named


class LookupNode(BatchedNode):
    """A field made by `lookup`."""

    def __init__(self, planner: Planner, selected: SelectedField, parents: Parents, *, model: type[Base]) -> None:
        self.selected = selected
        self._entity = entity_of(model)
        self._row = KeyedRows(planner, self._entity, selected.details)
        self._variable = _only_variable(selected)
        named = _words(selected)
        self._aliases = {
            name: KeyedQuery(partial(_by_alias, alias), planner.dialect)
            for name, alias in self._entity.aliases.items()
            if not named or to_camel_case(name) in named
        }
        self._names = {
            name: KeyedQuery(partial(_by_name, self._entity, name), planner.dialect)
            for name in self._entity.named_by
            if not named or to_camel_case(name) in named
        }

    @property
    def statements(self) -> int:
        """Maximum number of statements of the row."""
        return self._row.statements * (2 if self._aliases else 1) + bool(self._aliases) + bool(self._names)

    def run(self, run: Run, rows: Sequence[Any], out: Sequence[dict[str, Any]]) -> Reads[None]:
        """Set the field to the row's object, or to None if there is no such row."""
        out[0][self.selected.name] = yield from self._found(run, partial(self._row.read, run))

    def values(self, run: Run, rows: Sequence[Any]) -> Reads[list[Any]]:
        """The row as an instance, for each parent."""
        found = yield from self._found(run, self._instance)
        return [found for _ in rows]

    def _instance(self, key: str, value: Any) -> Reads[Any]:
        found = yield from self._row.instances(key, [value])
        return found.get(value)

    def _found(self, run: Run, read: Callable[[str, Any], Reads[Any]]) -> Reads[Any]:
        key, value = _key_given(self._entity, self._by(run))
        if value is None:
            raise Incomplete
        if key in self._names:
            with_name: Sequence[Row] = yield self._names[key], [value]
            key, value = "id", _only(self._entity, key, value, with_name)
            if value is None:
                return None
        found = yield from read(key, value)
        if found is None and (alias_key := _alias_key(self._entity, key, value)):
            of_alias: Sequence[Row] = yield self._aliases[key], [alias_key]
            row_id = _oldest(self._entity.aliases[key], alias_key, of_alias)
            if row_id is not None:
                found = yield from read("id", row_id)
        return found

    def _by(self, run: Run) -> Mapping[str, Any]:
        """The keys in the argument, and their values."""
        if self._variable is not None:
            word, variable = self._variable
            if (value := run.variables.coerced.get(variable)) is not None:
                return {word: value}
        by: Mapping[str, Any] = plain_arguments(self.selected, run)["by"]
        return by


def _words(selected: SelectedField) -> set[str]:
    """The keys in `by: {...}`; empty if `by` is a variable."""
    values = [given.value for given in selected.node.arguments or ()]
    return {field.name.value for value in values if isinstance(value, ObjectValueNode) for field in value.fields}


def _only_variable(selected: SelectedField) -> tuple[str, str] | None:
    """The key and the variable of `by: {key: $variable}`, which needs no coercion after validation."""
    for given in selected.node.arguments or ():
        if isinstance(given.value, ObjectValueNode) and len(given.value.fields) == 1:
            (field,) = given.value.fields
            if isinstance(field.value, VariableNode):
                return field.name.value, field.value.name.value
    return None


Reference = tuple[Entity, int]
"""A row of any type: its entity and its id."""


class ReferenceNode(BatchedNode):
    """A field that returns rows of any types: the `references` of each parent."""

    def __init__(
        self,
        planner: Planner,
        selected: SelectedField,
        parents: Parents,
        *,
        references: Callable[[Sequence[Any], Mapping[str, Any]], Sequence[list[Reference] | Reference | None]],
        needs: Columns = (),
    ) -> None:
        """`references` gets the parents with the columns `needs`, and the field's arguments."""
        self.selected = selected
        self._planner = planner
        self._parents = parents
        self._references = references
        self._needs = needs
        parents.need(needs)
        self._rows: dict[Entity, KeyedRows] = {}

    @property
    def statements(self) -> int:
        """An estimate: the number is known only when the references are."""
        return len(ENTITIES)

    def run(self, run: Run, rows: Sequence[Any], out: Sequence[dict[str, Any]]) -> Reads[None]:
        """Set the field to the rows' objects; None if there is no such row."""
        values = yield from self._found(run, rows, lambda keyed, ids: keyed.read_all(run, ids))
        set_field(out, self.selected.name, values)

    def values(self, run: Run, rows: Sequence[Any]) -> Reads[list[Any]]:
        """The rows as instances."""
        return (yield from self._found(run, rows, lambda keyed, ids: keyed.instances("id", ids)))

    def _found(
        self, run: Run, rows: Sequence[Any], read: Callable[[KeyedRows, list[int]], Reads[Mapping[int, Any]]]
    ) -> Reads[list[Any]]:
        arguments = plain_arguments(self.selected, run)
        named = self._references(self._parents.instances(rows, self._needs), arguments)
        ids: defaultdict[Entity, dict[int, None]] = defaultdict(dict)
        for one in named:
            for entity, row_id in one if isinstance(one, list) else [one] if one else ():
                ids[entity][row_id] = None
        found: dict[Reference, Any] = {}
        for entity, row_ids in ids.items():
            if entity not in self._rows:
                self._rows[entity] = KeyedRows(self._planner, entity, self.selected.details)
            made = yield from read(self._rows[entity], list(row_ids))
            found.update(((entity, row_id), one) for row_id, one in made.items())
        return [[found.get(each) for each in one] if isinstance(one, list) else one and found.get(one) for one in named]


def reference(entity: QueryableAttribute[Any], row_id: QueryableAttribute[Any], description: str) -> Any:
    """A field that returns the row of any type whose entity and id are in two columns; null if it was deleted."""

    def references(parents: Sequence[Any], arguments: Mapping[str, Any]) -> list[Any]:
        entities = [entity_named(getattr(parent, entity.key)) for parent in parents]
        return [
            (found, getattr(parent, row_id.key)) if found else None
            for parent, found in zip(parents, entities, strict=True)
        ]

    needs = (entity.key, row_id.key)
    make = partial(ReferenceNode, references=references, needs=needs)
    return planned(make, Node | None, description, needs=needs)


_GLOBAL_ID = argument(strawberry.ID, "Global id.")
_GLOBAL_IDS = argument(list_of(strawberry.ID), "Global ids, of any types.")


@strawberry.type
class NodeQueries:
    """Look-ups by global id."""

    node = planned(
        partial(ReferenceNode, references=lambda parents, given: [*named("id", [given["id"]])]),
        Node | None,
        "Object with this global id; null if not found.",
        {"id": (_GLOBAL_ID, inspect.Parameter.empty)},
    )
    nodes = planned(
        partial(ReferenceNode, references=lambda parents, given: [named("ids", given["ids"])]),
        list_of(Node | None),
        f"Objects with these global ids, in their order, null where there is none; at most {MAX_NODES}.",
        {"ids": (_GLOBAL_IDS, inspect.Parameter.empty)},
    )
