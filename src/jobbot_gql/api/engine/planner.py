"""The planner: decides what each level of an operation reads, and how its rows become part of the response.

A plan is a tree of levels. A level is a selection set on the rows of one entity: a generated row serializer copies the
columns of all rows in one pass, and every other field is a plan node, which reads for all parents at once.

    Query            node applications         1 statement
      Application    serializer: id, status    50 rows -> 50 objects in one pass
        job          node to one               1 statement for all 50
          Job        serializer: title
        timeline     node computed             3 statements for all 50
          ...

The tree depends only on the text of the operation and on the conditions of its @skip and @include, so it is built once
and cached with the document. Arguments may come from variables: what is derived from them is cached by their values, or
the plan is for one value only.
"""

from collections.abc import Callable, Collection, Hashable, Iterator, Sequence
from functools import cached_property
from typing import Any, TypeVar

from graphql import GraphQLError, GraphQLObjectType, GraphQLResolveInfo, GraphQLSchema, OperationDefinitionNode
from graphql.execution import VariableValues
from sqlalchemy import Dialect

from jobbot_gql.api.engine.levels import Level, ObjectLevel
from jobbot_gql.api.engine.parents import Layout, Objects, Parents
from jobbot_gql.api.engine.plan_node import PlanNode, Reads, Unplanned
from jobbot_gql.api.engine.row_codegen import Leaf
from jobbot_gql.api.engine.selected_field import Arguments, Details, Run, SelectedField
from jobbot_gql.api.graphql_core_internals import (
    CollectedFields,
    FieldDetails,
    FragmentDetails,
    collect_fields,
    collect_subfields,
)
from jobbot_gql.api.types.entity import COLUMN, NEEDS, PLAN, VALUE, Entity, entity_named
from jobbot_gql.api.types.errors import ResponseTooLarge
from jobbot_gql.db.sql.selects import Columns
from jobbot_gql.settings import Settings

T = TypeVar("T")


class Root:
    """The root fields of the operation: plan nodes, and the fields about the schema."""

    def __init__(self, planner: "Planner", selected_fields: Sequence[SelectedField]) -> None:
        self.fields: dict[str, str | None] = {}
        self.plan_nodes: list[PlanNode] = []
        self.schema_fields: list[str] = []
        """Response names of `__schema` and `__type`."""
        for selected in selected_fields:
            is_typename = selected.field_name == "__typename"
            self.fields[selected.name] = selected.parent_type.name if is_typename else None
            if is_typename:
                continue
            if selected.field_name.startswith("__"):
                self.schema_fields.append(selected.name)
                continue
            try:
                self.plan_nodes.append(planner.plan_node(selected, Objects()))
            except Unplanned:
                planner.unplanned.append(f"{selected.parent_type.name}.{selected.field_name}")
        self.is_about_schema = all(name in self.schema_fields or one for name, one in self.fields.items())

    @property
    def statements(self) -> int:
        """Maximum number of statements of all plan nodes."""
        return sum(plan_node.statements for plan_node in self.plan_nodes)

    def answer(self, run: Run, plan_nodes: Sequence[PlanNode], data: dict[str, Any]) -> Reads[list[str]]:
        """Set the fields of plan nodes in `data`; return the response names of those that fail."""
        failed: list[str] = []
        for plan_node in plan_nodes:
            try:
                yield from plan_node.run(run, (None,), [data])
            except ResponseTooLarge:
                raise
            except Exception:
                failed.append(plan_node.selected.name)
        return failed


class Planner:
    """Builds the plan of one operation under given conditions; graphql-core collects the selected fields."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: dict[str, FragmentDetails],
        operation: OperationDefinitionNode,
        variables: VariableValues,
        dialect: Dialect,
        *,
        settings: Settings,
        fixed: Collection[str] = (),
    ) -> None:
        """`fixed` are variables whose values are fixed in this plan."""
        self.schema = schema
        self.dialect = dialect
        self.settings = settings
        """The settings under which the plan is made; every guard has its own plans."""
        self._fragments = fragments
        self._operation = operation
        self._variables = variables
        self._fixed = fixed
        self._levels: dict[tuple[Any, ...], Level | ObjectLevel] = {}
        self.kept: dict[tuple[int, ...], dict[Hashable, Any]] = {}
        """What root fields keep for the next execution; see `Reader.kept`."""
        self.unplanned: list[str] = []
        """The fields that the plan does not cover, as `Type.field`; grows during planning."""

    def root(self) -> Root:
        """The plan of the whole operation."""
        kind = self.schema.get_root_type(self._operation.operation)
        assert kind is not None  # noqa: S101 - the operation was found valid
        collected = collect_fields(self.schema, self._fragments, self._variables, kind, self._operation, True)
        return Root(self, list(self._selected_fields(kind, collected)))

    def selected_fields(self, parent_type: Any, details: Details) -> list[SelectedField]:
        """The fields that are selected on objects of a type below a field."""
        collected = collect_subfields(
            self.schema, self._fragments, self._variables, self._operation, parent_type, details, True
        )
        return list(self._selected_fields(parent_type, collected))

    def _selected_fields(self, parent_type: GraphQLObjectType, collected: CollectedFields) -> Iterator[SelectedField]:
        if collected.new_defer_usages:
            raise Unplanned("@defer")
        for name, details in collected.grouped_field_set.items():
            found = self.schema.get_field(parent_type, details[0].node.name.value)
            if found is None:
                raise Unplanned(name)
            yield SelectedField(name, parent_type, found, details)

    def layout(self, entity: Entity, offset: int = 0) -> Layout:
        """The layout of rows as the driver gives them."""
        return Layout(entity, self.dialect, offset)

    def level(self, details: Details, layout: Layout) -> Level:
        """The level of an entity's rows below a field."""
        return Level(self, self.selected_fields(self.schema.type_map[layout.entity.name], details), layout)

    def level_of(self, type_name: str, details: Details) -> Level | ObjectLevel:
        """The level of Python objects of a GraphQL type below a field; instances if the type is an entity's."""
        key = (type_name, *(id(detail.node) for detail in details))
        found = self._levels.get(key)
        if found is None:
            entity = entity_named(type_name)
            selected_fields = self.selected_fields(self.schema.type_map[type_name], details)
            made = Level(self, selected_fields, Layout(entity, None)) if entity else ObjectLevel(self, selected_fields)
            found = self._levels[key] = made
        return found

    def selected_at(self, selected: SelectedField, path: Sequence[str]) -> list[SelectedField]:
        """The selected fields at a path of field names below a field; the field itself if the path is empty."""
        found = [selected]
        for name in path:
            subfields = (sub for one in found for sub in self.selected_fields(one.named_type, one.details))
            found = [sub for sub in subfields if sub.field_name == name]
        return found

    def columns(self, selected: SelectedField, entity: Entity, path: Sequence[str], also: Columns = ()) -> Columns:
        """The columns that are needed of an entity's instances at a path below a field, and `also`."""
        needed = {"id", *also}
        for one in self.selected_at(selected, path):
            level = self.level_of(entity.name, one.details)
            if isinstance(level, Level):
                needed.update(level.layout.columns)
        return tuple(name for name in entity.columns if name in needed)

    def arguments(
        self, selected: SelectedField, make: Callable[..., T], *, omitted: Collection[str] = ()
    ) -> Arguments[T]:
        """The result of `make` for a field's arguments."""
        return Arguments(self.schema, selected, make, omitted=omitted, fixed=self._fixed)

    def leaf(self, selected: SelectedField, entity: Entity) -> Leaf | None:
        """The field as a leaf that shows a column; None if it does not."""
        metadata = selected.definition.metadata
        if COLUMN in metadata:
            attribute = metadata[COLUMN]
            return Leaf(selected.name, attribute.key, attribute.type, selected.field.type)
        if VALUE in metadata:
            (column,) = metadata[NEEDS]
            return Leaf(selected.name, column, entity.columns[column].type, selected.field.type, metadata[VALUE])
        return None

    def is_attribute(self, selected: SelectedField) -> bool:
        """Whether the field shows an attribute of its object."""
        definition = selected.definition
        return definition.base_resolver is None and PLAN not in definition.metadata and not definition.extensions

    def plan_node(self, selected: SelectedField, parents: Parents) -> PlanNode:
        """The plan node of the field. Raises Unplanned if it has none."""
        make: Callable[[Planner, SelectedField, Parents], PlanNode] | None = None
        if not selected.field_name.startswith("__"):
            make = selected.definition.metadata.get(PLAN)
        if make is None or selected.definition.extensions:
            raise Unplanned(selected.field_name)
        try:
            return make(self, selected, parents)
        except GraphQLError as error:  # such as a condition without a value
            raise Unplanned(selected.field_name) from error


class Plan:
    """The plan of one operation under given conditions."""

    def __init__(self, planner: Planner) -> None:
        self._planner = planner
        self._plan_nodes: dict[tuple[Any, ...], PlanNode] = {}

    @property
    def unplanned(self) -> list[str]:
        """The fields that the plan does not cover, as far as it is built."""
        return self._planner.unplanned

    @cached_property
    def root(self) -> Root | None:
        """The whole operation; None if it cannot be planned."""
        try:
            return self._planner.root()
        except Unplanned:
            return None

    def plan_node(self, info: GraphQLResolveInfo[Any]) -> PlanNode:
        """The plan node of a field that graphql-core resolves. Raises Unplanned if it has none."""
        key = (info.parent_type.name, *(id(node) for node in info.field_nodes))
        found = self._plan_nodes.get(key)
        if found is None:
            field = info.parent_type.fields[info.field_name]
            details = [FieldDetails(node, None) for node in info.field_nodes]
            selected = SelectedField(str(info.path.key), info.parent_type, field, details)
            found = self._plan_nodes[key] = self._planner.plan_node(selected, Objects())
        return found
