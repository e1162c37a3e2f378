"""Executes operations whose results are streamed: subscriptions, and over a WebSocket all others too.

A subscription is executed like a query, once for each event. In between it waits for a commit that concerns it.
"""

import asyncio
import random
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Hashable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from math import inf
from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from graphql import GraphQLError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from jobbot_gql.api.engine.context import Context, OperationRequest, dry_run_requested
from jobbot_gql.api.engine.document_cache import Document
from jobbot_gql.api.engine.engine import Execution, execute, operation, prepare, rejected
from jobbot_gql.api.engine.inner_query import query_below
from jobbot_gql.api.engine.selected_field import Run
from jobbot_gql.api.engine.subscription import CommitFollower, LiveNode, Progress, Subscribers, SubscriptionNode
from jobbot_gql.api.strawberry_internals import PreExecutionError
from jobbot_gql.api.types.errors import TooManySubscriptions
from jobbot_gql.db.sql import work_counter
from jobbot_gql.db.sql.work_counter import Work

if TYPE_CHECKING:
    from jobbot_gql.api.engine.schema import Schema

RETRY_SECONDS = 1.0
"""How long a subscription waits when the database cannot be reached."""
JITTER = 0.1
"""By what part the lifetimes of subscriptions differ, so that clients do not all return at once."""


@dataclass
class StreamedResult(ExecutionResult):
    """A result whose data is encoded."""

    event_id: str | None = None
    """Id from which the client can resume; None: it cannot."""


class Event(NamedTuple):
    """Result of one execution of a subscription."""

    result: ExecutionResult
    progress: Progress
    codes: frozenset[str]
    """Codes of its errors."""


async def stream(
    schema: "Schema",
    context: Context,
    request: OperationRequest,
    transport: str = "websocket",
    headers: Mapping[str, str] | None = None,
) -> AsyncGenerator[ExecutionResult]:
    """The results of any operation; subscriptions have many.

    Args:
        transport: `websocket`, `sse` or `multipart`.
        headers: of the HTTP request, which may hold a trace context.
    """
    context = context.of_operation()
    record = context.record = context.operations.begin(context.request_id, context.actor, transport, headers)
    if dry_run_requested.get():
        context.begin_dry_run()
    try:
        if kind_of(context, request) == "subscription":
            async with aclosing(_events(schema, context, request)) as events:
                async for event in events:
                    yield event
        else:
            yield await execute(schema, context, request)
    finally:
        if context.dry_run is not None:
            await context.dry_run.close()
        record.executed = perf_counter()
        context.operations.end(record)


def kind_of(context: Context, request: OperationRequest) -> str | None:
    """`query`, `mutation` or `subscription`; None if the operation cannot be read."""
    try:
        return context.guard.document(request.text).prepared(request.operation_name, context.client).kind
    except GraphQLError:  # for `execute` to report
        return None


class _Subscription(ABC):
    """A subscription that is valid and within the limits."""

    seconds = inf
    """After how many seconds an event follows without a commit."""
    min_seconds = 0.0
    """How many seconds are at least between two executions."""

    def __init__(self, schema: "Schema", context: Context, request: OperationRequest) -> None:
        self.schema = schema
        self.context = context
        self.request = request

    @property
    @abstractmethod
    def interest(self) -> Any:
        """Which changes concern it."""

    @property
    @abstractmethod
    def cohort(self) -> Hashable:
        """What is the same for subscribers that get the same events."""

    @abstractmethod
    async def event(self, progress: Progress) -> Event:
        """Execute it once."""

    @abstractmethod
    async def next(self, cohort: Subscribers, progress: Progress) -> Event:
        """The next event, executed for all members of the cohort."""


class _Events(_Subscription):
    """A field that returns what has happened since the last event."""

    def __init__(
        self, schema: "Schema", context: Context, request: OperationRequest, document: Document, node: SubscriptionNode
    ) -> None:
        """Raises what is wrong with the field's arguments."""
        super().__init__(schema, context, request)
        self._document = document
        self._prepared = context.prepared
        self._interest = node.interest(_run(context))

    @property
    def interest(self) -> Any:
        return self._interest

    @property
    def cohort(self) -> Hashable:
        variables = orjson.dumps(self.request.variables, option=orjson.OPT_SORT_KEYS)
        return self.request.text, self._prepared.name, variables

    async def event(self, progress: Progress) -> Event:
        return await _executed(self.schema, self.context, self.request, self._document, progress)

    async def next(self, cohort: Subscribers, progress: Progress) -> Event:
        return await cohort.shared(progress.position, partial(self.event, progress))


class _LiveQuery(_Subscription):
    """A field that returns the answer to a query whenever it has changed."""

    seconds = 60.0  # what depends on the time may have changed

    def __init__(self, schema: "Schema", context: Context, request: OperationRequest, node: LiveNode) -> None:
        """Raises what is wrong with the field's arguments."""
        super().__init__(schema, context, request)
        self._name = node.selected.name
        self._interest = node.interest
        self._query = query_below(
            context.prepared, [detail.node for detail in node.selected.details], request.variables
        )
        self.min_seconds = node.interval(_run(context))

    @property
    def interest(self) -> Any:
        return self._interest

    @property
    def cohort(self) -> Hashable:
        variables = orjson.dumps(self._query.variables, option=orjson.OPT_SORT_KEYS)
        # `viewer` shows the token.
        return self._name, self._query.text, variables, self.context.client, self.min_seconds

    async def event(self, progress: Progress) -> Event:
        context = replace(self.context.of_operation(), record=None)
        context.operations.subscriptions.executions += 1
        work = Statements()
        token = work_counter.current.set(work)
        try:
            result = await execute(self.schema, context, self._query)
        finally:
            work_counter.current.reset(token)
        progress = replace(progress, is_empty=False, statements=frozenset(work.texts))
        for error in result.errors or ():
            error.path = [self._name, *(error.path or ())]
            error.locations = None
        data = None if result.data is None else {self._name: result.data}
        encoded = orjson.dumps(data, option=orjson.OPT_NAIVE_UTC)
        errors = orjson.dumps([error.formatted for error in result.errors or ()])
        if data is not None:
            progress.position = sha256(encoded + errors).digest()
        streamed = StreamedResult(data=orjson.Fragment(encoded), errors=result.errors)  # type: ignore[arg-type]
        return _event(streamed, progress)

    async def next(self, cohort: Subscribers, progress: Progress) -> Event:
        event = await cohort.shared(None, partial(self.event, progress))
        is_empty = event.progress.position == progress.position
        return event._replace(progress=replace(event.progress, is_empty=is_empty))


class Statements(Work):
    """Counts statements, and keeps their SQL."""

    __slots__ = ("texts",)

    def __init__(self) -> None:
        super().__init__()
        self.texts: set[str] = set()

    def add(self, sql: str, started: float, rows: int) -> None:
        super().add(sql, started, rows)
        self.texts.add(sql)


def _run(context: Context) -> Run:
    assert context.variables is not None  # noqa: S101 - they were found valid
    return Run(context.variables, context.loaders)


def _begun(schema: "Schema", context: Context, request: OperationRequest) -> tuple[Document, _Subscription | None]:
    """The subscription; None if an execution will say what is wrong with it.

    Raises GraphQLError and Invalid.
    """
    document, prepared = prepare(context, request, {OperationType.SUBSCRIPTION})
    variables = context.variables = prepared.variables(request.variables)
    root = context.plan().root if variables else None
    node = root.plan_nodes[0] if root is not None and len(root.plan_nodes) == 1 else None
    if isinstance(node, LiveNode):
        return document, _LiveQuery(schema, context, request, node)
    if isinstance(node, SubscriptionNode):
        return document, _Events(schema, context, request, document, node)
    return document, None


async def _executed(
    schema: "Schema", outer: Context, request: OperationRequest, document: Document, progress: Progress
) -> Event:
    """One execution of a subscription's field."""
    context = outer.of_operation()
    context.operations.subscriptions.executions += 1
    context.prepared, context.cost = outer.prepared, outer.cost
    context.progress = progress = replace(progress, is_empty=False, has_more=False)
    async with operation(context):
        try:
            with context.time_limit.applied():
                execution = Execution(schema, context, request, document, context.prepared)
                result = await execution.result(native_times=True)
                context.loaders.size.check(result.data, context.cost)
        except Exception as error:
            return _event(rejected(schema, context, request, error), progress)
    if result.errors:
        schema.publish(result.errors, context.record)
    # Encoded once, whatever the number of subscribers.
    data = orjson.Fragment(orjson.dumps(result.data, option=orjson.OPT_NAIVE_UTC))
    streamed = StreamedResult(data=data, errors=result.errors, event_id=progress.event_id)  # type: ignore[arg-type]
    return _event(streamed, progress)


def _event(result: ExecutionResult, progress: Progress) -> Event:
    codes = frozenset(error.extensions["code"] for error in result.errors or () if error.extensions)
    return Event(result, progress, codes)


async def _events(schema: "Schema", context: Context, request: OperationRequest) -> AsyncGenerator[ExecutionResult]:
    """The results of a subscription."""
    follower = context.follower
    async with operation(context):
        try:
            document, subscription = _begun(schema, context, request)
        except Exception as error:
            yield rejected(schema, context, request, error)
            return
    if subscription is None:
        failed = (await _executed(schema, context, request, document, context.progress)).result
        yield PreExecutionError(data=None, errors=failed.errors, extensions=context.extensions)
        return
    assert follower is not None  # noqa: S101 - the endpoint gives one
    limits = follower.limits
    if len(context.subscriptions) >= limits.per_connection or follower.members >= limits.total:
        yield rejected(schema, context, request, TooManySubscriptions(*limits[:2]))
        return
    context.subscriptions.add(context.request_id)
    ends = monotonic() + limits.seconds * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - no secret
    try:
        async with (
            follower.member(subscription.cohort, subscription.interest) as cohort,
            aclosing(_followed(subscription, follower, cohort, ends)) as results,
        ):
            async for result in results:
                context.operations.subscriptions.events += 1
                yield result
    except Exception as error:
        yield rejected(schema, context, request, error)
    finally:
        context.subscriptions.discard(context.request_id)


async def _followed(
    subscription: _Subscription, follower: CommitFollower, cohort: Subscribers, ends: float
) -> AsyncGenerator[ExecutionResult]:
    """The results of a member of a cohort until the time `ends`, or until it cannot go on."""
    context = subscription.context
    version = cohort.version  # before the snapshot: what is committed later is another version
    event = await subscription.event(context.progress)
    if event.progress.position is None:
        yield PreExecutionError(data=None, errors=event.result.errors, extensions=context.extensions)
        return
    yield event.result
    progress = event.progress
    follower.learn(cohort, progress.statements)
    while True:
        if not progress.has_more and not await _waited(subscription, cohort, version, ends):
            return
        version = cohort.version
        event = await subscription.next(cohort, progress)
        if event.codes == {"UNAVAILABLE"}:  # it continues when the database is back
            await asyncio.sleep(RETRY_SECONDS)
            version = -1
            continue
        follower.learn(cohort, event.progress.statements)
        if not event.progress.is_empty:
            yield event.result
        if event.codes and event.progress.position == progress.position:
            return
        progress = event.progress


async def _waited(subscription: _Subscription, cohort: Subscribers, version: int, ends: float) -> bool:
    """Wait for the next execution; False if the subscription's time is over."""
    began, left = monotonic(), ends - monotonic()
    try:
        async with asyncio.timeout(min(left, subscription.seconds)):
            await cohort.changed(version)
    except TimeoutError:
        if left <= subscription.seconds:
            return False
        cohort.notify()
    await asyncio.sleep(min(began + subscription.min_seconds - monotonic(), ends - monotonic()))
    return monotonic() < ends
