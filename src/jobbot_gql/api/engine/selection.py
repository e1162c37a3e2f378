"""Which columns an operation asks of a table."""

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import FieldNode, FragmentSpreadNode, SelectionNode, SelectionSetNode, VariableNode

from jobbot_gql.api.strawberry_internals import raw_info
from jobbot_gql.api.types.entity import Entity, needs_of
from jobbot_gql.db.sql.selects import Columns


def selected_columns(info: Any, entity: Entity, *paths: tuple[str, ...], also: tuple[str, ...] = ()) -> Columns:
    """The columns of `entity` that the field at hand needs, `id` always among them.

    `paths` lead from the field to the rows, as field names; none means that the field itself gives rows. `also` names
    columns that are needed whatever the selection.
    """
    wanted = {"id", *also}
    for path in paths or ((),):
        for selection in _selections(info, path):
            for node in _fields(selection, raw_info(info), entity.name):
                wanted.update(needs_of(entity, node.name.value))
    return tuple(name for name in entity.columns if name in wanted)


def selected_fields(info: Any, *path: str) -> set[str]:
    """The names of the fields selected under the field at hand, or under the field that the path leads to."""
    raw = raw_info(info)
    return {node.name.value for selection in _selections(info, path) for node in _fields(selection, raw, None)}


def field_identity(info: Any) -> tuple[Any, ...]:
    """What tells one use of a field in an operation from another: the same for every parent object."""
    raw = raw_info(info)
    return (raw.parent_type.name, *(id(node) for node in raw.field_nodes))


def _selections(info: Any, path: tuple[str, ...]) -> list[SelectionSetNode]:
    """The selection sets of the field that the path leads to, several where it was selected several times."""
    raw = raw_info(info)
    selections = [node.selection_set for node in raw.field_nodes if node.selection_set]
    for name in path:
        selections = [
            node.selection_set
            for selection in selections
            for node in _fields(selection, raw, None)
            if node.name.value == name and node.selection_set
        ]
    return selections


def _fields(selection: SelectionSetNode, raw: Any, type_name: str | None) -> Iterator[FieldNode]:
    """The fields of a selection set, fragments opened, without those that are only for another object type."""
    for node in selection.selections:
        if not _is_included(node, raw.variable_values):
            continue
        if isinstance(node, FieldNode):
            yield node
            continue
        fragment: Any = raw.fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
        condition = fragment.type_condition and fragment.type_condition.name.value
        if type_name is None or condition in (None, type_name, "Node"):
            yield from _fields(fragment.selection_set, raw, type_name)


def _is_included(node: SelectionNode, variables: Mapping[str, Any]) -> bool:
    """Whether @skip and @include let a selection through."""
    for directive in node.directives or ():
        if directive.name.value in ("skip", "include") and directive.arguments:
            given: Any = directive.arguments[0].value
            value = variables.get(given.name.value) if isinstance(given, VariableNode) else given.value
            if value is (directive.name.value == "skip"):
                return False
    return True
