"""Subscriptions: a root field that is executed again and again, each time from the position that the last one reached.

Subscribers of the same operation form a cohort: a result is executed and encoded once, and sent to all of them.
"""

from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from jobbot_gql.api.engine.parents import Parents
from jobbot_gql.api.engine.plan_node import PlanNode, Reads
from jobbot_gql.api.engine.planner import Planner
from jobbot_gql.api.engine.root_node import QueryNode, Reader
from jobbot_gql.api.engine.row_codegen import Incomplete
from jobbot_gql.api.engine.selected_field import Arguments, Run, SelectedField
from jobbot_gql.api.types.errors import BadRequest, shown

if TYPE_CHECKING:
    from jobbot_gql.api.engine.context import Context

T = TypeVar("T")
MIN_INTERVAL_MS, MAX_INTERVAL_MS = 20, 60_000
"""Bounds of the time between two executions of a live query."""


class Subscribers(Protocol):
    """Subscribers of the same operation."""

    version: int
    """Changes when something is committed that concerns them."""

    async def changed(self, version: int) -> None:
        """Return when the version is not the given one."""

    def notify(self) -> None:
        """Change the version."""

    async def shared(self, position: Hashable, make: Callable[[], Awaitable[T]]) -> T:
        """What `make` returns; it is called once for all members at this position and version."""


class SubscriptionLimits(NamedTuple):
    """Limits of subscriptions."""

    per_connection: int
    """JOBBOT_MAX_SUBSCRIPTIONS_PER_CONNECTION."""
    total: int
    """JOBBOT_MAX_SUBSCRIPTIONS."""
    seconds: float
    """JOBBOT_SUBSCRIPTION_SECONDS."""


class CommitFollower(Protocol):
    """Tells subscribers of commits."""

    limits: SubscriptionLimits
    members: int
    """Number of subscribers."""

    def learn(self, cohort: Any, statements: Collection[str]) -> None:
        """Have the changes concern a cohort that concern the results of these SQL statements."""

    def member(self, key: Hashable, interest: Any) -> AbstractAsyncContextManager[Subscribers]:
        """Join the cohort of a key, which is notified of later commits. Raises ReadError."""


@dataclass
class Progress:
    """How far one execution of a subscription gets. The function of the field changes it."""

    position: Any = None
    """Where the execution begins, and then where it has ended. None: at the beginning of the subscription."""
    resume_after: str | None = None
    """Id of the last event that the client has received in an earlier request."""
    event_id: str | None = None
    """Id of the event, from which the client can resume; None: it cannot."""
    is_empty: bool = False
    """Whether nothing has happened, so that no event is sent."""
    has_more: bool = False
    """Whether the next execution need not wait."""
    statements: Collection[str] = ()
    """SQL statements whose results the event depends on; only of live queries."""


class SubscriptionNode(QueryNode):
    """The root field of a subscription. Its function gets a `Reader`, a `Progress` and the arguments."""

    def __init__(
        self,
        planner: Planner,
        selected: SelectedField,
        parents: Parents,
        *,
        function: Callable[..., Awaitable[Any]],
        interest: Callable[..., Any],
    ) -> None:
        """`interest` says for the arguments which changes concern the subscription."""
        super().__init__(planner, selected, parents, function=function)
        self._interest = interest

    def interest(self, run: Run) -> Any:
        """Which changes concern the subscription. Raises what is wrong with the arguments."""
        return self._interest(**self._arguments.of(run))

    async def _value(self, context: "Context", reader: Reader, arguments: Mapping[str, Any]) -> Any:
        return await self._function(reader, context.progress, **arguments)


class LiveNode(PlanNode):
    """A root field of the type Query, whose selection is executed again whenever its answer may have changed."""

    def __init__(self, planner: Planner, selected: SelectedField, parents: Parents, *, interest: Any) -> None:
        """`interest` is that of a query of which no statement is known."""
        # The selection is a query of its own, so that it has no shape here.
        self.selected = selected
        self.interest = interest
        self._arguments: Arguments[dict[str, Any]] = planner.arguments(selected, dict)

    def interval(self, run: Run) -> float:
        """Minimum time between two executions in seconds. Raises what is wrong with the arguments."""
        milliseconds = self._arguments.of(run)["min_interval_ms"]
        if not MIN_INTERVAL_MS <= milliseconds <= MAX_INTERVAL_MS:
            raise BadRequest(
                f"minIntervalMs must be {MIN_INTERVAL_MS} to {MAX_INTERVAL_MS:,}; got {shown(milliseconds)}."
            )
        return float(milliseconds) / 1000

    def run(self, run: Run, rows: Sequence[Any], out: Sequence[dict[str, Any]]) -> Reads[None]:
        """Raise Incomplete: its value is the answer to a query, which `event_stream` executes."""
        raise Incomplete
