"""How a mutation of one field is executed on the short road (see `prepared.py`): it is carried out, and its payload
shown by a level whose rows are read in one snapshot.

What is carried out is carried out once. Where the payload cannot be shown like this, because something was refused or
failed, the outcome is kept in the context, and the operation goes the whole way, where the field's resolver finds it.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol, cast

from jobbot_gql.api.engine.fetch_by_key import KeyedRows
from jobbot_gql.api.engine.planner import Planner, PlanNode, Reads, set_field
from jobbot_gql.api.engine.row_codegen import Incomplete, complete
from jobbot_gql.api.engine.selected_field import Arguments, Run, SelectedField
from jobbot_gql.api.types.entity import entity_of
from jobbot_gql.db.base import Base

if TYPE_CHECKING:
    from jobbot_gql.api.engine.context import Context

CarryOut = Callable[["Context", str, Mapping[str, Any]], Awaitable[Any]]
"""Does what the input of a mutation's field, named second, asks, and gives the payload."""


@dataclass(frozen=True)
class Outcome:
    """What came of a mutation's field."""

    payload: Any = None
    error: Exception | None = None

    def result(self) -> Any:
        """The payload. Raises what carrying it out raised."""
        if self.error is not None:
            raise self.error
        return self.payload


class MutationNode:
    """The only field of a mutation. Its outcome is in the run when its payload is shown."""

    def __init__(self, planner: Planner, selected: SelectedField, layout: None, *, carry_out: CarryOut) -> None:
        self.selected = selected
        self._level = PayloadLevel(planner, selected)
        self._arguments: Arguments[dict[str, Any]] = Arguments(planner.schema, selected, dict)
        self._carry_out = carry_out

    @property
    def statements(self) -> int:
        """How many statements the payload takes at most."""
        return self._level.statements

    async def carry_out(self, context: "Context", run: Run) -> Outcome | None:
        """Do it; what goes wrong is a part of the outcome. None, and nothing done, where it is the arguments."""
        try:
            request = self._arguments.made(run)["input"]
        except Exception:  # graphql-core finds the words for it
            return None
        try:
            return Outcome(await self._carry_out(context, self.selected.field_name, request))
        except Exception as error:
            return Outcome(error=error)

    def run(self, run: Run, rows: Sequence[Any], out: list[dict[str, Any]]) -> Reads[None]:
        """Set the field to the payload's object."""
        if run.outcome is None:
            raise Incomplete
        set_field(out, self.selected.name, (yield from self._level.objects(run, [run.outcome.result()])))


class PayloadNode(PlanNode, Protocol):
    """A field of payloads; `statements` is about a single payload."""

    @property
    def statements_for_several(self) -> int:
        """How many statements it takes at most for any number of payloads."""


class PayloadLevel:
    """A selection set on payloads, which stand where rows stand in other levels."""

    def __init__(self, planner: Planner, selected: SelectedField) -> None:
        self._fields: dict[str, str | None] = {}
        self._steps: list[PayloadNode] = []
        for sub in planner.selected_fields(selected.named_type, selected.details):
            is_typename = sub.field_name == "__typename"
            self._fields[sub.name] = sub.parent_type.name if is_typename else None
            if not is_typename:
                self._steps.append(cast("PayloadNode", planner.plan_node(sub, None)))

    @property
    def statements(self) -> int:
        """How many statements all fields of a single payload take at most."""
        return sum(plan_node.statements for plan_node in self._steps)

    @property
    def statements_for_several(self) -> int:
        """How many statements all fields of any number of payloads take at most."""
        return sum(plan_node.statements_for_several for plan_node in self._steps)

    def objects(self, run: Run, payloads: Sequence[Any]) -> Reads[list[dict[str, Any]]]:
        """The objects of the payloads."""
        out: list[dict[str, Any]] = [dict(self._fields) for _ in payloads]
        for plan_node in self._steps:
            yield from plan_node.run(run, payloads, out)
        return out


class RowNode:
    """A field that shows the row whose id is in the payloads' attribute `key`."""

    def __init__(self, planner: Planner, selected: SelectedField, layout: None, *, model: type[Base], key: str) -> None:
        self.selected = selected
        self._key = key
        self._row = KeyedRows(planner, entity_of(model), selected.details)

    @property
    def statements(self) -> int:
        """How many statements the row takes at most."""
        return self._row.statements

    @property
    def statements_for_several(self) -> int:
        """How many statements the rows take at most."""
        return self._row.statements_for_several

    def run(self, run: Run, rows: Sequence[Any], out: list[dict[str, Any]]) -> Reads[None]:
        """Set the field to the rows' objects, None where there is no row."""
        ids = [vars(payload).get(self._key) for payload in rows]
        wanted = list({row_id: None for row_id in ids if row_id is not None})
        found = yield from self._row.read_all(run, wanted)
        set_field(out, self.selected.name, [found.get(row_id) for row_id in ids])


class ValueNode:
    """A field that shows a value of the payloads: what `value_of` gives."""

    statements = statements_for_several = 0

    def __init__(
        self, planner: Planner, selected: SelectedField, layout: None, *, value_of: Callable[[Any], Any]
    ) -> None:
        self.selected = selected
        self._value_of = value_of

    def run(self, run: Run, rows: Sequence[Any], out: list[dict[str, Any]]) -> Reads[None]:
        """Set the field."""
        set_field(
            out, self.selected.name, [complete(self.selected.field.type, self._value_of(payload)) for payload in rows]
        )
        return
        yield  # a step like the others, that reads nothing


class PayloadsNode:
    """A field that shows the payloads that the payloads' attribute `key` holds."""

    def __init__(self, planner: Planner, selected: SelectedField, layout: None, *, key: str) -> None:
        self.selected = selected
        self._key = key
        self._level = PayloadLevel(planner, selected)

    @property
    def statements(self) -> int:
        """How many statements they take at most."""
        return self._level.statements_for_several

    statements_for_several = statements

    def run(self, run: Run, rows: Sequence[Any], out: list[dict[str, Any]]) -> Reads[None]:
        """Set the field to the payloads' objects."""
        held = [getattr(payload, self._key) for payload in rows]
        objects = iter((yield from self._level.objects(run, [one for payloads in held for one in payloads])))
        set_field(out, self.selected.name, [list(islice(objects, len(payloads))) for payloads in held])


class NoUserErrorsNode:
    """The field `userErrors` as long as there is none."""

    statements = statements_for_several = 0

    def __init__(self, planner: Planner, selected: SelectedField, layout: None) -> None:
        self.selected = selected

    def run(self, run: Run, rows: Sequence[Any], out: list[dict[str, Any]]) -> Reads[None]:
        """Set the field to an empty list."""
        if any(payload.violations for payload in rows):
            raise Incomplete
        set_field(out, self.selected.name, [[] for _ in rows])
        return
        yield  # a step like the others, that reads nothing
