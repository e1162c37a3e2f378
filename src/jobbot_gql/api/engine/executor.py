"""The executor: graphql-core's, except that it goes level by level where it can.

graphql-core resolves object by object and field by field, with a task for each field that waits. For fifty applications
with their jobs, answers and claims that is five times the work of the database. Almost all of it is the same for all
objects of a level, so a plan (see `plans.py`) does it once for each level:

    graphql-core's own hooks              what happens here
    ----------------------------------    --------------------------------------------------------------------
    execute_fields, of the query itself   the plan's root: every field that is a step is answered by one walk
                                          through its levels, the other fields are left to graphql-core
    complete_iterable_value,              rows that some other resolver gave (the payload of a mutation, say):
    collect_and_execute_subfields         the same, from these rows on; what one tick asks is read together

Three rules make the answer equal to graphql-core's, field order included:

- graphql-core itself says what is selected (`collect_fields`) and completes every value that is not plainly of the
  expected kind (see `readers.py`).
- A field that a plan has no step for is handed over: `execute_field` resolves it for each object, after the walk.
- Whatever goes wrong below a field of the query, even where graphql-core would put up with it, makes that whole field
  run again on graphql-core's path alone (`_alone`). Messages, paths, locations and null propagation are thus its own.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import islice
from typing import Any

from graphql import GraphQLObjectType, GraphQLOutputType, GraphQLResolveInfo, get_nullable_type, is_object_type
from graphql.pyutils import Path, gather_with_cancel

from jobbot_gql.api.engine.core_executor import CoreExecutor
from jobbot_gql.api.engine.loaders import Loaders
from jobbot_gql.api.engine.planner import Level, Plan, Planner, Root
from jobbot_gql.api.engine.prepared_operation import Prepared
from jobbot_gql.api.engine.row_codegen import Incomplete
from jobbot_gql.api.engine.selected_field import DeferredFields, Details, Run
from jobbot_gql.api.types.entity import entity_named
from jobbot_gql.db.read.read_transaction import TooMuchRead
from jobbot_gql.db.read.snapshot import ReadError, Unreachable


class LevelExecutor(CoreExecutor):
    """Executes one operation."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._by_level = hasattr(self.context_value, "loaders") and not self.is_observed

    @property
    def _loaders(self) -> Loaders:
        loaders: Loaders = self.context_value.loaders
        return loaders

    @cached_property
    def _plan(self) -> Plan:
        dialect = self._loaders.snapshot.dialect
        prepared: Prepared | None = getattr(self.context_value, "prepared", None)
        if prepared is not None and prepared.operation is self.operation:
            return prepared.plan(self.variable_values, dialect)
        return Plan(Planner(self.schema, self.fragments, self.operation, self.variable_values, dialect))

    # The fields of a query

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: Any,
        position_context: Any,
    ) -> Any:
        """Execute the fields of an object; graphql-core calls this with those of the query first."""
        if self._by_level and path is None and parent_type is self.schema.query_type:
            if self._is_introspection(grouped_field_set):
                return self._introspected(parent_type, grouped_field_set)
            root = self._plan.root
            if root is not None and root.plan_nodes:
                return self._answer(root, parent_type, source_value, grouped_field_set)
        return super().execute_fields(parent_type, source_value, path, grouped_field_set, position_context)

    def _is_introspection(self, fields: dict[str, Details]) -> bool:
        names = (details[0].node.name.value for details in fields.values())
        return hasattr(self.context_value, "prepared") and all(name.startswith("__") for name in names)

    def _introspected(self, parent_type: GraphQLObjectType, fields: dict[str, Details]) -> Any:
        """What the schema says of itself: always the same, and all of it takes an eighth of a second to write."""
        remembered, owner = self.context_value.guard.introspected, self.context_value.prepared.owner
        found = remembered.get(owner)
        if found is None:
            found = super().execute_fields(parent_type, None, None, fields, None)
            if not self.operation.variable_definitions and not self.has_errors:
                remembered[owner] = found
        return found

    async def _answer(
        self, root: Root, parent_type: GraphQLObjectType, source: Any, fields: Mapping[str, Details]
    ) -> dict[str, Any]:
        run = Run(self.variable_values, self._loaders)
        snapshot = self._loaders.snapshot
        try:
            data, failed = await snapshot.run(root.answer(run))
        except TooMuchRead:
            raise self._loaders.size.exceeded() from None
        except Unreachable as error:  # once is enough to wait for a connection
            data, failed = dict(root.fields), {}
            for selected in (plan_node.selected for plan_node in root.plan_nodes):
                self.handle_field_error(
                    error, selected.field.type, selected.details, Path(None, selected.name, parent_type.name)
                )
        except ReadError as error:  # whatever else was read belongs to a transaction that is lost
            await snapshot.renew()
            data, failed = dict(root.fields), {plan_node.selected.name: error for plan_node in root.plan_nodes}
        for plan_node in root.plan_nodes if run.deferred else ():
            name = plan_node.selected.name
            if name not in failed:
                try:
                    await self._fill(run, data[name], Path(None, name, parent_type.name))
                except Exception as error:
                    failed[name] = error
        deferred = {selected.name for selected in root.deferred}
        left = {name: details for name, details in fields.items() if name in failed or name in deferred}
        if left:
            executor = self._alone() if failed else self
            completed: Any = super(LevelExecutor, executor).execute_fields(parent_type, source, None, left, None)
            data.update(await completed if self.is_awaitable(completed) else completed)
        return data

    # Rows that a resolver gave

    def complete_iterable_value(  # noqa: PLR0917 - graphql-core's
        self,
        item_type: GraphQLOutputType,
        field_details_list: Details,
        info: GraphQLResolveInfo[Any],
        path: Path,
        items: Iterable[Any],
        position_context: Any,
    ) -> Any:
        """Complete a list: one of an entity's rows is completed as a level."""

        def by_core(executor: LevelExecutor) -> Any:
            return super().complete_iterable_value(item_type, field_details_list, info, path, items, position_context)

        instances = items if isinstance(items, list) else []
        level = self._level(get_nullable_type(item_type), field_details_list, instances)
        return by_core(self) if level is None else self._complete(level, instances, list, path, by_core)

    def collect_and_execute_subfields(
        self,
        return_type: GraphQLObjectType,
        field_details_list: Details,
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        """Complete an object: an entity's row is completed together with all others that this tick asks for."""

        def by_core(executor: LevelExecutor) -> Any:
            return super().collect_and_execute_subfields(
                return_type, field_details_list, path, result, position_context
            )

        level = self._level(return_type, field_details_list, [result])
        return by_core(self) if level is None else self._complete(level, [result], _only, path, by_core)

    def _level(self, row_type: Any, details: Details, instances: Sequence[Any]) -> Level | None:
        """The level for rows of a type, or None where these are not all rows of an entity."""
        entity = entity_named(row_type.name) if self._by_level and instances and is_object_type(row_type) else None
        if entity is None or not all(type(one) is entity.type for one in instances):
            return None
        return self._plan.level(entity, details)

    def _complete(
        self,
        level: Level,
        instances: Sequence[Any],
        form: Callable[[list[Any]], Any],
        path: Path,
        by_core: Callable[["LevelExecutor"], Any],
    ) -> Any:
        """The `form` of the instances' objects: at once where the level needs nothing but their columns."""
        if level.plan_nodes or level.deferred:
            return self._complete_later(level, instances, form, path, by_core)
        try:
            return form(level.flat_objects(instances))
        except Exception:
            return by_core(self._alone())

    async def _complete_later(
        self,
        level: Level,
        instances: Sequence[Any],
        form: Callable[[list[Any]], Any],
        path: Path,
        by_core: Callable[["LevelExecutor"], Any],
    ) -> Any:
        try:
            load = partial(self._load, level)
            objects, run = await self._loaders.batched(level, load).load(_Asked(instances))
            completed = form(objects)
            await self._fill(run, completed, path)
        except Exception:
            completed = by_core(self._alone())
            if self.is_awaitable(completed):
                return await completed
        return completed

    async def _load(self, level: Level, asked: list["_Asked"]) -> list[tuple[list[Any], Run]]:
        """The objects of all instances that were asked for, read together."""
        instances = [one for each in asked for one in each.instances]
        run = Run(self.variable_values, self._loaders)
        rows = level.layout.rows_of(instances)
        objects = iter(await self._loaders.snapshot.run(level.objects(run, rows, instances)))
        return [(list(islice(objects, len(each.instances))), run) for each in asked]

    # What a level does not take

    async def _fill(self, run: Run, completed: Any, path: Path) -> None:
        """Have graphql-core resolve the fields that a walk handed over, in a part of the answer. Raises on errors."""
        if not run.deferred:
            return
        apart = self.with_own_errors()
        waiting: list[tuple[dict[str, Any], str, Any]] = []
        try:
            for deferred, place in _deferred_in(run, completed, path):
                for selected in deferred.selected_fields:
                    field_path = Path(place, selected.name, selected.parent_type.name)
                    value = apart.execute_field(
                        selected.parent_type, deferred.source, selected.details, field_path, None
                    )
                    deferred.target[selected.name] = value
                    if self.is_awaitable(value):
                        waiting.append((deferred.target, selected.name, value))
        except Exception:
            self.settle_in_background([value for _, _, value in waiting])
            raise
        values = await gather_with_cancel(*(value for _, _, value in waiting))
        for (target, name, _), value in zip(waiting, values, strict=True):
            target[name] = value
        if apart.has_errors:
            raise Incomplete

    def _alone(self) -> "LevelExecutor":
        """This executor, but going graphql-core's way from here on."""
        alone = copy(self)
        alone._by_level = False
        return alone


@dataclass(frozen=True, eq=False)
class _Asked:
    """Rows whose objects are asked for."""

    instances: Sequence[Any]


def _only(objects: list[Any]) -> Any:
    return objects[0]


def _deferred_in(run: Run, value: Any, path: Path) -> Iterator[tuple[DeferredFields, Path]]:
    """The objects within a part of the answer that have fields handed over, each once, and where they are."""
    waiting: list[tuple[Any, Path]] = [(value, path)]
    seen: set[int] = set()
    while waiting:
        value, path = waiting.pop()
        if isinstance(value, list):
            waiting += [(item, path.add_key(index, None)) for index, item in enumerate(value)][::-1]
        elif isinstance(value, dict) and id(value) not in seen:
            seen.add(id(value))
            waiting += [(item, path.add_key(name, None)) for name, item in value.items()][::-1]
            if id(value) in run.deferred:
                yield run.deferred[id(value)], path
