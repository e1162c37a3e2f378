"""Payloads of mutations: the changed rows, and the user errors."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import strawberry

from jobbot_gql.api.engine.parents import Parents
from jobbot_gql.api.engine.planned_field import planned
from jobbot_gql.api.engine.planner import Planner
from jobbot_gql.api.engine.selected_field import SelectedField
from jobbot_gql.api.fields.computed import computed
from jobbot_gql.api.mutations.payload_nodes import CHANGES, PayloadChangesNode, PayloadRowNode, PayloadRowsNode
from jobbot_gql.api.mutations.user_errors import UserError, as_user_error
from jobbot_gql.api.mutations.written_changes import RowKey, log_entity
from jobbot_gql.api.types.annotations import argument, list_of
from jobbot_gql.api.types.enums import graphql_enum
from jobbot_gql.api.types.lazy_types import Deferred, Later, row_type
from jobbot_gql.api.types.page_size import DEFAULT_PAGE, MAX_PAGE
from jobbot_gql.db.base import Base
from jobbot_gql.db.sql.column_types import Vocabulary
from jobbot_gql.writing.rules import RuleViolation, prefixed


@dataclass
class Result:
    """Result of one requested write, which the fields of its payload read."""

    values: dict[str, Any] = field(default_factory=dict)
    """By name; JSON can represent them."""
    violations: list[RuleViolation] = field(default_factory=list)
    row_key: RowKey | None = None
    """Row that an item of a batch is about."""


def row_field(model: type[Base], key: str, description: str) -> Any:
    """A field that returns the row, after the write, whose id is in the attribute `key`; or null."""
    return planned(partial(PayloadRowNode, model=model, key=key), Later(row_type, model) | None, description)


def rows_field(model: type[Base], key: str, description: str) -> Any:
    """A field that returns the rows whose ids are in the attribute `key`, in their order; empty if it is missing."""
    return planned(partial(PayloadRowsNode, model=model, key=key), list_of(Later(row_type, model)), description)


def value_field(kind: Any, key: str, description: str) -> Any:
    """A field that returns the value of the attribute `key`, or null."""
    is_vocabulary = isinstance(kind, type) and issubclass(kind, Vocabulary)
    annotation: Any = graphql_enum(kind) if is_vocabulary else kind

    def value(self: Any) -> Any:
        found = vars(self).get(key)
        return kind(found) if is_vocabulary and found is not None else found

    value.__annotations__["return"] = annotation | None
    return computed(description=description)(value)


def payloads_field(kind: Any, key: str, description: str) -> Any:
    """A field that returns the payloads, of the type `kind`, in the attribute `key`."""

    def payloads(self: Any) -> Any:
        return getattr(self, key)

    payloads.__annotations__["return"] = list_of(kind)
    return computed(description=description)(payloads)


def action_fields(gives: Mapping[str, tuple[Any, str]]) -> dict[str, Any]:
    """The fields of an action's payload, by models or types and descriptions; `[Model]` means many rows.

    The id of the row of a field `job` is in `job_id`.
    """
    return {
        key: rows_field(kind[0], key, text)
        if isinstance(kind, list)
        else row_field(kind, f"{key}_id", text)
        if isinstance(kind, type) and issubclass(kind, Base)
        else value_field(kind, key, text)
        for key, (kind, text) in gives.items()
    }


def _user_errors(self: Any) -> list_of(UserError):  # type: ignore[valid-type] # an annotation for Strawberry
    return [as_user_error(violation) for violation in self.violations]


def _changes_field() -> Any:
    size = argument(int | None, f"Number of changes to return, 0 to {MAX_PAGE}. Default {DEFAULT_PAGE}.")

    def make(planner: Planner, selected: SelectedField, parents: Parents) -> PayloadChangesNode:
        return PayloadChangesNode(planner, selected, parents, model=log_entity().model, key=CHANGES)

    return planned(
        make,
        list_of(Deferred("Change", lambda: log_entity().type)),
        "Entries of the change log that were written, oldest first; of a batch, those of this item. None if the request"
        " was rejected. `undoChanges` undoes them.",
        {"first": (size, DEFAULT_PAGE)},
    )


def payload_type(name: str, description: str, fields: Mapping[str, Any]) -> Any:
    """The GraphQL type of a payload with these fields and `userErrors`."""
    user_errors = computed(description="Why the request was rejected. If not empty, nothing was saved.")(_user_errors)
    namespace = {**fields, CHANGES: _changes_field(), "user_errors": user_errors, "__module__": __name__}
    return strawberry.type(type(name, (), namespace), description=description)


def payload(kind: Any, result: Result, *path: str) -> Any:
    """The payload of a result; the paths of its rule violations begin with `path`."""
    made: Any = object.__new__(kind)
    made.__dict__.update(result.values, violations=[prefixed(path, violation) for violation in result.violations])
    return made
