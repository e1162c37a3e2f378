"""The context of an operation: the database, the client, and the state of its execution."""

import os
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeVar

import strawberry
from graphql.execution import VariableValues

from jobbot_gql.access.clients import Client
from jobbot_gql.api.engine.deadline import TimeLimit
from jobbot_gql.api.engine.loaders import Loaders
from jobbot_gql.api.engine.planner import Plan
from jobbot_gql.api.engine.prepared_operation import Prepared
from jobbot_gql.api.engine.response_size import ResponseSize
from jobbot_gql.api.engine.route import FallbackReason, Route
from jobbot_gql.api.engine.selected_field import Outcome
from jobbot_gql.api.engine.subscription import CommitFollower, Progress
from jobbot_gql.db.database import Database
from jobbot_gql.db.read.snapshot import Snapshot, Unreachable
from jobbot_gql.db.write.dry_run import DryRun
from jobbot_gql.db.write.write_session import WriteSession
from jobbot_gql.settings import Settings
from jobbot_gql.telemetry.operations import Operations, Record

if TYPE_CHECKING:
    from jobbot_gql.api.engine.document_cache import Guard

T = TypeVar("T")


class OperationRequest(NamedTuple):
    """Document, variables and operation name of a request."""

    text: str
    variables: Mapping[str, Any]
    operation_name: str | None = None


@dataclass
class Context:
    """The context of one operation."""

    database: Database
    guard: "Guard"
    time_limit: TimeLimit
    """Time limit of the execution."""
    request_id: str
    client: Client
    """The sender of the operation."""
    settings: Settings = field(default_factory=Settings)
    operations: Operations = field(default_factory=Operations)
    """Counts and logs operations."""
    record: Record | None = None
    """Log record of the operation; None on a WebSocket until an operation begins."""
    route: Route | None = None
    """The route of the operation."""
    reason: FallbackReason | None = None
    """Why it takes the fallback."""
    loaders: Loaders = field(init=False)
    """DataLoaders of this operation alone."""
    prepared: Prepared = field(init=False)
    """The operation."""
    variables: VariableValues | None = None
    """Its variables, coerced."""
    cost: int = 0
    extensions: dict[str, Any] = field(default_factory=dict)
    """Extensions of the response."""
    answered: dict[str, Any] = field(default_factory=dict)
    """Values of the root fields that the plan has executed, by response name; graphql-core executes the others."""
    outcomes: dict[tuple[int, ...], Outcome] = field(default_factory=dict)
    """Outcomes of root fields; see `Run.outcomes`."""
    resolved: int = 0
    """Number of calls of planned fields' resolvers: only graphql-core calls them."""
    unreachable: Unreachable | None = None
    """The error, if no connection could be opened for reading."""
    follower: CommitFollower | None = None
    """Tells subscriptions of commits; None where there are none."""
    progress: Progress = field(default_factory=Progress)
    """How far a subscription has got."""
    subscriptions: set[str] = field(default_factory=set)
    """Request ids of the subscriptions that are open on the same connection."""
    dry_run: DryRun | None = None
    """Receives the writes of an operation that must not commit anything."""

    def of_operation(self) -> Self:
        """A new context for the next operation on the same WebSocket."""
        made = replace(
            self,
            route=None,
            reason=None,
            variables=None,
            extensions={},
            answered={},
            outcomes={},
            resolved=0,
            unreachable=None,
        )
        if made.record is None:
            made.request_id = new_request_id()
        return made

    def chose(self, route: Route, reason: FallbackReason | None = None) -> None:
        """Record the route."""
        self.route, self.reason = route, reason
        if self.record is not None:
            self.record.route = route.value
            self.record.fallback_reason = reason.value if reason else None

    def plan(self) -> Plan:
        """The plan of the operation that is executed."""
        assert self.variables is not None  # noqa: S101 - resolvers are called with valid ones
        return self.prepared.plan(self.variables, self.loaders.snapshot.dialect, self.settings)

    @property
    def actor(self) -> str:
        """Name of the client in the change log."""
        return self.client.actor

    def begin_dry_run(self) -> None:
        """Make the operation a dry run: nothing that it writes is committed."""
        self.dry_run = self.database.dry_run(actor=self.actor, request_id=self.request_id)
        if self.record is not None:
            self.record.dry_run = True

    def snapshot(self, size: ResponseSize) -> Snapshot:
        """The snapshot that the operation reads; must be closed."""
        source = self.database if self.dry_run is None else self.dry_run
        return source.snapshot(size.most_read)

    async def write(self, work: Callable[[WriteSession], Awaitable[T]]) -> T:
        """The result of `work` in its own transaction (see `Database.write`). Later reads see its writes."""
        # An operation that held two connections could wait for its own second one.
        await self.loaders.snapshot.renew()
        try:
            if self.dry_run is not None:
                return await self.dry_run.write(work)
            result = await self.database.write(work, actor=self.actor, request_id=self.request_id)
            self.loaders.size.has_written = True
            return result
        finally:
            self.loaders = Loaders(self.loaders.snapshot, self.loaders.size)


Info = strawberry.Info[Context, None]


@cache
def _request_ids() -> Iterator[int]:
    # Not at import: a process that is forked after it must have other ids.
    return count(int.from_bytes(os.urandom(8)))


def new_request_id() -> str:
    """A unique id of an operation: 16 hexadecimal digits, different in every process with high probability."""
    return f"{next(_request_ids()) % 2**64:016x}"


dry_run_requested: ContextVar[bool] = ContextVar("dry_run_requested", default=False)
"""Whether the operation that begins in this task, on a WebSocket, is a dry run."""
