"""Levels: a selection set on many objects at once, either rows of an entity or Python objects."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLOutputType,
    get_nullable_type,
    is_enum_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from sqlalchemy import Dialect

from jobbot_gql.api.engine.parents import Layout, Objects
from jobbot_gql.api.engine.plan_node import PlanNode, Reads, Unplanned, set_field
from jobbot_gql.api.engine.row_codegen import Incomplete, Leaf, RowSerializer, complete, row_serializer
from jobbot_gql.api.engine.selected_field import Run, SelectedField
from jobbot_gql.api.strawberry_internals import definition_of_class
from jobbot_gql.api.types.entity import NEEDS
from jobbot_gql.db.sql.column_types import is_long_text
from jobbot_gql.db.sql.compiled_query import Row
from jobbot_gql.db.sql.lateral_tree import Branch

if TYPE_CHECKING:
    from jobbot_gql.api.engine.planner import Planner


class Level:
    """A selection set on rows of one entity: a row serializer for the columns, plan nodes for all other fields."""

    def __init__(self, planner: "Planner", selected_fields: Sequence[SelectedField], layout: Layout) -> None:
        self.layout = layout
        self.fields: dict[str, Leaf | str | None] = {}
        self.plan_nodes: list[PlanNode] = []
        for selected in selected_fields:
            self.fields[selected.name] = self._field(planner, selected)
        self._serializers: dict[tuple[int, bool], RowSerializer] = {}

    def _field(self, planner: "Planner", selected: SelectedField) -> Leaf | str | None:
        if selected.field_name == "__typename":
            return selected.parent_type.name
        if (leaf := planner.leaf(selected, self.layout.entity)) is not None:
            self.layout.need((leaf.column,))
            return leaf
        try:
            plan_node = planner.plan_node(selected, self.layout)
        except Unplanned:
            self.layout.need(selected.definition.metadata.get(NEEDS, ()))
            planner.unplanned.append(f"{selected.parent_type.name}.{selected.field_name}")
            return None
        if plan_node not in self.plan_nodes:
            self.plan_nodes.append(plan_node)
        return None

    @cached_property
    def _long_texts(self) -> list[int]:
        """The indexes in a row of text columns without a limit."""
        columns = self.layout.entity.columns
        return [self.layout.index(name) for name in self.layout.columns if is_long_text(columns[name].type)]

    @property
    def statements(self) -> int:
        """Maximum number of statements of the levels below."""
        return sum(plan_node.statements for plan_node in self.plan_nodes)

    statements_for_several = statements

    @property
    def statements_apart(self) -> int:
        """The same if `branches` are read in the rows' statement."""
        return sum(
            plan_node.statements_apart if plan_node.is_fixed else plan_node.statements for plan_node in self.plan_nodes
        )

    def branches(self, run: Run) -> list[Branch]:
        """The branches that can be read in the rows' statement."""
        return [branch for plan_node in self.plan_nodes if plan_node.is_fixed for branch in plan_node.branches(run)]

    def objects(self, run: Run, rows: Sequence[Row]) -> Reads[list[dict[str, Any]]]:
        """The objects of the response for the rows, complete with the levels below."""
        if not rows:
            return []
        if self._long_texts:
            run.loaders.size.add_texts(rows, self._long_texts)
        out = self._serializer(len(rows[0]), run.native_times)(rows)
        for plan_node in self.plan_nodes:
            yield from plan_node.run(run, rows, out)
        return out

    def objects_of(self, run: Run, instances: Sequence[Any]) -> Reads[list[dict[str, Any]]]:
        """The same for instances of the entity's GraphQL type."""
        return (yield from self.objects(run, self.layout.rows_of(instances)))

    def _serializer(self, width: int, native_times: bool) -> RowSerializer:
        found = self._serializers.get((width, native_times))
        if found is None:
            before, after = [""] * self.layout.offset, [""] * (width - self.layout.offset - len(self.layout.columns))
            columns = [*before, *self.layout.columns, *after]
            found = row_serializer(self.fields, columns, self.layout.dialect, native_times=native_times)
            self._serializers[width, native_times] = found
        return found


class ObjectLevel:
    """A selection set on Python objects of one GraphQL type: attributes, and plan nodes."""

    def __init__(self, planner: "Planner", selected_fields: Sequence[SelectedField]) -> None:
        self._fields: dict[str, str | None] = {}
        self._attributes: list[tuple[str, str, Shape]] = []
        """Response name, attribute, and shape of its value."""
        self._plan_nodes: list[PlanNode] = []
        parents = Objects()
        for selected in selected_fields:
            is_typename = selected.field_name == "__typename"
            self._fields[selected.name] = selected.parent_type.name if is_typename else None
            if is_typename:
                continue
            if planner.is_attribute(selected):
                name = selected.definition.python_name
                self._attributes.append((selected.name, name, Shape(planner, selected)))
                continue
            try:
                plan_node = planner.plan_node(selected, parents)
            except Unplanned:
                planner.unplanned.append(f"{selected.parent_type.name}.{selected.field_name}")
                continue
            if plan_node not in self._plan_nodes:
                self._plan_nodes.append(plan_node)

    @property
    def statements(self) -> int:
        """Maximum number of statements for a single object."""
        return sum(shape.statements for _, _, shape in self._attributes) + sum(
            plan_node.statements for plan_node in self._plan_nodes
        )

    @property
    def statements_for_several(self) -> int:
        """The same for any number of objects."""
        return sum(shape.statements_for_several for _, _, shape in self._attributes) + sum(
            plan_node.statements_for_several for plan_node in self._plan_nodes
        )

    def objects_of(self, run: Run, sources: Sequence[Any]) -> Reads[list[dict[str, Any]]]:
        """The objects of the response."""
        if not sources:
            return []
        out: list[dict[str, Any]] = [dict(self._fields) for _ in sources]
        for name, attribute, shape in self._attributes:
            set_field(out, name, (yield from shape.objects(run, [getattr(one, attribute) for one in sources])))
        for plan_node in self._plan_nodes:
            yield from plan_node.run(run, sources, out)
        return out


PLAIN: dict[str, Callable[[Any], bool]] = {
    "String": lambda value: type(value) is str,
    "ID": lambda value: type(value) is str,
    "Boolean": lambda value: type(value) is bool,
    "Int": lambda value: type(value) is int and -2147483648 <= value <= 2147483647,
}
"""By scalar: whether a value is shown unchanged."""


class Shape:
    """Completes a field's Python values to parts of the response, as graphql-core would."""

    def __init__(self, planner: "Planner", selected: SelectedField) -> None:
        self._planner = planner
        self._selected = selected
        self._type = selected.field.type
        self._is_leaf = is_leaf_type(selected.named_type)
        self._levels: dict[type, Level | ObjectLevel] = {}
        is_single = get_nullable_type(self._type) is selected.named_type
        self._is_plain = PLAIN.get(selected.named_type.name) if is_single else None
        self._names: dict[Any, Any] | None = {} if is_single and is_enum_type(selected.named_type) else None
        """Names of the enum values that were shown before."""
        self._only: Level | ObjectLevel | None = None
        if is_object_type(selected.named_type):
            self._only = planner.level_of(selected.named_type.name, selected.details)

    @property
    def statements(self) -> int:
        """Maximum number of statements for a single value; estimated for an interface type."""
        if self._is_leaf:
            return 0
        if self._only is None:
            return 2
        is_list = "[" in str(self._type)
        return self._only.statements_for_several if is_list else self._only.statements

    @property
    def statements_for_several(self) -> int:
        """The same for any number of values."""
        return self.statements if self._only is None else self._only.statements_for_several

    def objects(self, run: Run, values: Sequence[Any]) -> Reads[list[Any]]:
        """The parts of the response, one per value. Raises Incomplete, and exceptions among the values."""
        if self._is_leaf:
            is_plain = self._is_plain
            if self._names is not None:
                return [self._name(self._names, value) for value in values]
            if is_plain is None:
                return [complete(self._type, value) for value in values]
            return [value if is_plain(value) else complete(self._type, value) for value in values]
        found: list[Any] = []
        for value in values:
            _collect(self._type, value, found)
        objects = iter((yield from self._objects(run, found)))
        return [_rebuilt(self._type, value, objects) for value in values]

    def _name(self, names: dict[Any, Any], value: Any) -> Any:
        """The name of an enum value; other values are completed by the type."""
        name = names.get(value)
        if name is None:
            name = names[value] = complete(self._type, value)
        return name

    def _objects(self, run: Run, found: Sequence[Any]) -> Reads[list[Any]]:
        if self._only is not None:
            return (yield from self._only.objects_of(run, found))
        indexes: defaultdict[type, list[int]] = defaultdict(list)
        for index, one in enumerate(found):
            indexes[type(one)].append(index)
        out: list[Any] = [None] * len(found)
        for kind, of_kind in indexes.items():
            level = self._levels.get(kind)
            if level is None:
                level = self._planner.level_of(definition_of_class(kind).name, self._selected.details)
                self._levels[kind] = level
            made = yield from level.objects_of(run, [found[index] for index in of_kind])
            for index, one in zip(of_kind, made, strict=True):
                out[index] = one
        return out


def _collect(kind: GraphQLOutputType, value: Any, found: list[Any]) -> None:
    """Collect the objects within a value. Raises Incomplete if a non-null one is missing."""
    if isinstance(value, Exception):
        raise value
    if is_non_null_type(kind):
        if value is None:
            raise Incomplete
        kind = kind.of_type
    if value is None:
        return
    if is_list_type(kind):
        for item in value:
            _collect(kind.of_type, item, found)
    else:
        found.append(value)


def _rebuilt(kind: GraphQLOutputType, value: Any, objects: Iterator[Any]) -> Any:
    """The value, with each object within it replaced by the next of `objects`."""
    if value is None:
        return None
    if is_non_null_type(kind):
        kind = kind.of_type
    if is_list_type(kind):
        return [_rebuilt(kind.of_type, item, objects) for item in value]
    return next(objects)


def grows(levels: Sequence[Level], dialect: Dialect) -> bool:
    """Whether a lateral tree reads the rows of these levels, which saves a round trip per branch."""
    return dialect.name == "postgresql" and any(
        plan_node.is_fixed for level in levels for plan_node in level.plan_nodes
    )
