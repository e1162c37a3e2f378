"""What resolvers are given: the database, and the loaders of the operation at hand."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import ContextVar
from copy import copy
from dataclasses import dataclass, field
from itertools import count
from time import perf_counter
from typing import TYPE_CHECKING, TypeVar

import strawberry
from strawberry.extensions import SchemaExtension

from jobbot_gql.access.clients import Client
from jobbot_gql.api.engine.deadline import TimeLimit
from jobbot_gql.api.engine.loaders import Loaders
from jobbot_gql.api.engine.prepared_operation import Prepared
from jobbot_gql.api.engine.response_size import ResponseSize
from jobbot_gql.db.read.snapshot import Snapshot
from jobbot_gql.db.write.write_session import WriteSession
from jobbot_gql.telemetry.operations import Operations, Record

if TYPE_CHECKING:
    from jobbot_gql.api.engine.document_cache import Guard
    from jobbot_gql.api.engine.mutation_node import Outcome
    from jobbot_gql.db.database import Database
    from jobbot_gql.db.write.dry_run import DryRun

T = TypeVar("T")


@dataclass
class Context:
    """The context of one operation."""

    database: "Database"
    guard: "Guard"
    time_limit: TimeLimit
    """How long the operation may be executed."""
    request_id: str
    client: Client
    """Who asks."""
    operations: Operations = field(default_factory=Operations)
    """Where operations are counted and logged."""
    record: Record | None = None
    """What is told of the operation afterwards; None on a WebSocket, until an operation begins."""
    loaders: Loaders = field(init=False)
    """Each operation's own; see `Operation`."""
    prepared: Prepared = field(init=False)
    """The operation."""
    outcome: "Outcome | None" = None
    """What has come of the only field of a mutation, where the answer could not be made of it on the short road."""

    dry_run: "DryRun | None" = None
    """Takes what the operation writes, if nothing is to stay of it."""

    @property
    def actor(self) -> str:
        """Who asks, as the change log calls them."""
        return self.client.actor

    def begin_dry_run(self) -> None:
        """Have nothing stay of what the operation writes."""
        self.dry_run = self.database.dry_run(actor=self.actor, request_id=self.request_id)
        if self.record is not None:
            self.record.dry_run = True

    def snapshot(self, size: ResponseSize) -> Snapshot:
        """What the operation reads; must be closed."""
        source = self.database if self.dry_run is None else self.dry_run
        return source.snapshot(size.most_read)

    async def write(self, work: Callable[[WriteSession], Awaitable[T]]) -> T:
        """What `work` gives in a transaction of its own (see `Database.write`). What is read from then on sees it."""
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

_request_ids = count(int.from_bytes(os.urandom(8)))


def new_request_id() -> str:
    """An id that no other operation has, of this process or, in all likelihood, any other: 16 hexadecimal digits."""
    return f"{next(_request_ids) % 2**64:016x}"


dry_run_asked: ContextVar[bool] = ContextVar("dry_run_asked", default=False)
"""Whether the operation that begins in this task, on a WebSocket, is to be a dry run."""


class Operation(SchemaExtension):
    """Gives each operation its own snapshot and loaders.

    Not each request: a WebSocket carries many operations, and a batch several, on one context.
    """

    async def on_operation(self) -> AsyncIterator[None]:
        context: Context = self.execution_context.context
        self.execution_context.context = operation = copy(context)
        own = None
        if operation.record is None:
            operation.request_id = new_request_id()
            own = operation.record = operation.operations.begin(operation.request_id, context.actor, "websocket")
            if dry_run_asked.get():
                operation.begin_dry_run()
        size = ResponseSize(context.guard.limits.response_bytes)
        snapshot = operation.snapshot(size)
        operation.loaders = Loaders(snapshot, size)
        try:
            yield
        finally:
            if operation.dry_run is not None:
                await operation.dry_run.close()
            if own is not None:
                own.executed = perf_counter()
                operation.operations.end(own)
            await snapshot.close()
