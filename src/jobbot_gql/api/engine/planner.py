"""Plans: what each level of an operation reads, and how its rows become a part of the answer.

A plan is a tree of levels. A level is a selection set on the rows of one entity: columns are copied by a generated
reader for all rows in one pass, and each relation or connection is a step that reads the next level's rows for all
parents in one statement. Fields that are neither are handed over: graphql-core resolves them object by object.

    Query            step applications         1 statement
      Application    reader: id, status        50 rows -> 50 objects in one pass
        job          step to one               1 statement for all 50
          Job        reader: title
        responses    step to many              1 statement for all 50
          ...

The tree depends on the text of the operation and on the conditions of its @skip and @include alone, so it is made once
and kept with the document. Arguments may come from variables: what becomes of them is remembered by their values, or
the plan is for one value alone.
"""

from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol, TypeVar, cast

from graphql import GraphQLError, GraphQLObjectType, GraphQLSchema, OperationDefinitionNode
from graphql.execution import VariableValues
from sqlalchemy import Dialect

from jobbot_gql.api.engine.loaders import instance
from jobbot_gql.api.engine.row_codegen import Leaf, RowSerializer, row_serializer
from jobbot_gql.api.engine.selected_field import Arguments, Details, Run, SelectedField
from jobbot_gql.api.graphql_core_internals import CollectedFields, FragmentDetails, collect_fields, collect_subfields
from jobbot_gql.api.types.entity import COLUMN, NEEDS, PLAN, VALUE, Entity
from jobbot_gql.api.types.errors import ResponseTooLarge
from jobbot_gql.db.read.read_transaction import Read
from jobbot_gql.db.sql.column_types import is_long_text
from jobbot_gql.db.sql.compiled_query import KeyedQuery, Row, decoder, tolerant
from jobbot_gql.db.sql.lateral_tree import Branch
from jobbot_gql.db.sql.selects import Columns

T = TypeVar("T")
Reads = Generator[Read, Sequence[Row], T]
"""Work that needs rows on its way, and gives a T at its end; see `db/reading.py`."""


class Unplanned(Exception):
    """This use of a field is none that a level can give; it goes graphql-core's way."""


class PlanNode(Protocol):
    """A field that needs rows of its own, for all objects of a level at once."""

    @property
    def selected(self) -> SelectedField:
        """The field."""

    @property
    def statements(self) -> int:
        """How many statements it takes at most, with everything below it."""

    def run(self, run: Run, rows: Sequence[Row], out: list[dict[str, Any]]) -> Reads[None]:
        """Set the field on each object of `out`, made of the row at the same place of `rows`."""


class RowPlanNode(PlanNode, Protocol):
    """A step on the rows of an entity."""

    @property
    def is_fixed(self) -> bool:
        """Whether what it asks for is the same each time, so that it can be read along with the rows above it."""

    @property
    def statements_apart(self) -> int:
        """How many statements it takes at most beside the one that reads a tree, of which its `branch` is a part."""

    def branch(self, run: Run) -> Branch:
        """What it reads, and what can be read along with that; only if it `is_fixed`."""


def fed(steps: Reads[T], read: Mapping[KeyedQuery, Sequence[Row]]) -> Reads[T]:
    """A walk that is given the rows which were read already, and asks for the others."""
    try:
        query, keys = next(steps)
        while True:
            rows = read.get(query)  # type: ignore[arg-type] # queries without keys are none of them
            query, keys = steps.send((yield query, keys) if rows is None else rows)
    except StopIteration as finished:
        result: T = finished.value
        return result


def set_field(objects: Sequence[dict[str, Any]], name: str, values: Sequence[Any]) -> None:
    """Set a field of each object."""
    for one, value in zip(objects, values, strict=True):
        one[name] = value


class Layout:
    """Which columns of an entity a statement reads, in which order, behind `offset` others."""

    def __init__(self, entity: Entity, offset: int = 0) -> None:
        self.entity = entity
        self.offset = offset
        self._needed = {"id"}

    def need(self, columns: Iterable[str]) -> None:
        """Have these columns read too; only while the plan is made."""
        self._needed.update(columns)

    @cached_property
    def columns(self) -> Columns:
        """The names of the columns."""
        return tuple(name for name in self.entity.columns if name in self._needed)

    def place(self, column: str) -> int:
        """Where in a row the column's value is."""
        return self.offset + self.columns.index(column)

    def instances(self, rows: Sequence[Row], dialect: Dialect) -> list[Any]:
        """The rows as instances of the entity's GraphQL type, for resolvers."""
        decoders = [decoder(self.entity.columns[name].type, dialect) for name in self.columns]
        decoders = [tolerant(decode) if decode else None for decode in decoders]
        return [
            instance(
                self.entity.type,
                self.columns,
                [
                    value if decode is None else decode(value)
                    for decode, value in zip(decoders, row[self.offset :], strict=False)
                ],
            )
            for row in rows
        ]

    def rows_of(self, instances: Iterable[Any]) -> list[Row]:
        """Instances as rows of Python values. Raises KeyError where one lacks a column."""
        unused = [None] * self.offset
        return [[*unused, *(vars(one)[name] for name in self.columns)] for one in instances]


class Level:
    """A selection set on rows of one entity."""

    def __init__(self, planner: "Planner", selected_fields: Sequence[SelectedField], layout: Layout) -> None:
        self.layout = layout
        self.dialect = planner.dialect
        self.fields: dict[str, Leaf | str | None] = {}
        self.plan_nodes: list[RowPlanNode] = []
        self.deferred: list[SelectedField] = []
        for selected in selected_fields:
            self.fields[selected.name] = self._field(planner, selected)
        self._readers: dict[tuple[int, Dialect | None, bool], RowSerializer] = {}

    @cached_property
    def _long_texts(self) -> list[int]:
        """Where in a row texts without a limit are."""
        columns = self.layout.entity.columns
        return [self.layout.place(name) for name in self.layout.columns if is_long_text(columns[name].type)]

    @property
    def statements(self) -> int:
        """How many statements the levels below take at most."""
        return sum(plan_node.statements for plan_node in self.plan_nodes)

    @property
    def statements_apart(self) -> int:
        """The same if `branches` are read along with the rows."""
        return sum(
            plan_node.statements_apart if plan_node.is_fixed else plan_node.statements for plan_node in self.plan_nodes
        )

    def branches(self, run: Run) -> list[Branch]:
        """What can be read along with the rows."""
        return [plan_node.branch(run) for plan_node in self.plan_nodes if plan_node.is_fixed]

    def _field(self, planner: "Planner", selected: SelectedField) -> Leaf | str | None:
        if selected.field_name == "__typename":
            return selected.parent_type.name
        try:
            found = planner.leaf(selected, self.layout.entity) or planner.plan_node(selected, self.layout)
        except Unplanned:
            self.layout.need(selected.definition.metadata.get(NEEDS, ()))
            self.deferred.append(selected)
            planner.defers = True
            return None
        if isinstance(found, Leaf):
            self.layout.need((found.column,))
            return found
        self.plan_nodes.append(cast("RowPlanNode", found))
        return None

    def objects(self, run: Run, rows: Sequence[Row], instances: Sequence[Any] | None = None) -> Reads[list[Any]]:
        """The objects of the rows, with everything below them.

        The rows hold the driver's values, unless they were made of `instances`.
        """
        if not rows:
            return []
        if self._long_texts:
            run.loaders.size.add_texts(rows, self._long_texts)
        out = self._row_serializer(len(rows[0]), None if instances else self.dialect, run.native_times)(rows)
        for plan_node in self.plan_nodes:
            yield from plan_node.run(run, rows, out)
        if self.deferred:
            sources = instances or self.layout.instances(rows, self.dialect)
            for target, source in zip(out, sources, strict=True):
                run.defer(target, source, self.deferred)
        return out

    def flat_objects(self, instances: Sequence[Any]) -> list[Any]:
        """The objects of instances, where nothing has to be read for them."""
        rows = self.layout.rows_of(instances)
        return self._row_serializer(len(rows[0]), None, False)(rows)

    def _row_serializer(self, width: int, dialect: Dialect | None, native_times: bool) -> RowSerializer:
        found = self._readers.get((width, dialect, native_times))
        if found is None:
            before, after = [""] * self.layout.offset, [""] * (width - self.layout.offset - len(self.layout.columns))
            columns = [*before, *self.layout.columns, *after]
            found = row_serializer(self.fields, columns, dialect, native_times=native_times)
            self._readers[width, dialect, native_times] = found
        return found


def grows(levels: Sequence[Level], dialect: Dialect) -> bool:
    """Whether rows are read along with the branches of these levels, each of which would be a round trip by itself."""
    return dialect.name == "postgresql" and any(
        plan_node.is_fixed for level in levels for plan_node in level.plan_nodes
    )


class Root:
    """The fields of the operation itself, each a step or handed over."""

    def __init__(self, planner: "Planner", selected_fields: Sequence[SelectedField]) -> None:
        self.fields: dict[str, str | None] = {}
        self.plan_nodes: list[PlanNode] = []
        self.deferred: list[SelectedField] = []
        for selected in selected_fields:
            self.fields[selected.name] = selected.parent_type.name if selected.field_name == "__typename" else None
            if selected.field_name == "__typename":
                continue
            try:
                self.plan_nodes.append(planner.plan_node(selected, None))
            except Unplanned:
                self.deferred.append(selected)
                planner.defers = True

    @property
    def statements(self) -> int:
        """How many statements all steps take at most."""
        return sum(plan_node.statements for plan_node in self.plan_nodes)

    def answer(self, run: Run) -> Reads[tuple[dict[str, Any], dict[str, Exception]]]:
        """The data as far as steps give it, None for the rest, and what went wrong under which response name."""
        data: dict[str, Any] = dict(self.fields)
        failed: dict[str, Exception] = {}
        for plan_node in self.plan_nodes:
            try:
                yield from plan_node.run(run, ((),), [data])
            except ResponseTooLarge:
                raise
            except Exception as error:
                failed[plan_node.selected.name] = error
        return data, failed


class Planner:
    """Makes the plan of one operation under given conditions; graphql-core itself says which fields are selected."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: dict[str, FragmentDetails],
        operation: OperationDefinitionNode,
        variables: VariableValues,
        dialect: Dialect,
        *,
        fixed: Collection[str] = (),
    ) -> None:
        """`fixed` are variables whose values the plan is for."""
        self.schema = schema
        self.dialect = dialect
        self._fragments = fragments
        self._operation = operation
        self._variables = variables
        self._fixed = fixed
        self.defers = False
        """Whether some field that was met so far is left to graphql-core."""

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

    def level(self, entity: Entity, details: Details, layout: Layout) -> Level:
        """The level of an entity's rows below a field."""
        return Level(self, self.selected_fields(self.schema.type_map[entity.name], details), layout)

    def arguments(
        self, selected: SelectedField, make: Callable[..., T], *, left_out: Collection[str] = ()
    ) -> Arguments[T]:
        """What `make` makes of a field's arguments."""
        return Arguments(self.schema, selected, make, left_out=left_out, fixed=self._fixed)

    def leaf(self, selected: SelectedField, entity: Entity) -> Leaf | None:
        """The field as a leaf that shows a column, or None where it is none."""
        metadata = selected.definition.metadata
        if COLUMN in metadata:
            attribute = metadata[COLUMN]
            return Leaf(selected.name, attribute.key, attribute.type, selected.field.type)
        if VALUE in metadata:
            (column,) = metadata[NEEDS]
            return Leaf(selected.name, column, entity.columns[column].type, selected.field.type, metadata[VALUE])
        return None

    def plan_node(self, selected: SelectedField, layout: Layout | None) -> PlanNode:
        """The field as a step. Raises Unplanned where it is none."""
        make: Callable[[Planner, SelectedField, Layout | None], PlanNode] | None = None
        if not selected.field_name.startswith("__"):
            make = selected.definition.metadata.get(PLAN)
        if make is None or selected.definition.extensions:
            raise Unplanned(selected.field_name)
        try:
            return make(self, selected, layout)
        except GraphQLError as error:  # a condition without a value, say
            raise Unplanned(selected.field_name) from error


class Plan:
    """The plan of one operation under given conditions."""

    def __init__(self, planner: Planner) -> None:
        self._planner = planner
        self._levels: dict[tuple[Any, ...], Level | None] = {}

    @property
    def defers(self) -> bool:
        """Whether some field is left to graphql-core, as far as the plan is made."""
        return self._planner.defers

    @cached_property
    def root(self) -> Root | None:
        """The whole operation; None where it cannot be planned."""
        try:
            return self._planner.root()
        except Unplanned:
            return None

    def level(self, entity: Entity, details: Details) -> Level | None:
        """The level of an entity's rows that some resolver gives; None where it cannot be planned."""
        key = (entity, *(id(detail.node) for detail in details))
        if key not in self._levels:
            try:
                self._levels[key] = self._planner.level(entity, details, Layout(entity))
            except (Unplanned, GraphQLError):
                self._levels[key] = None
        return self._levels[key]
