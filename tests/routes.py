"""Operations without errors take the planned routes, and call no resolver of a planned field: in every test.

Each query and mutation that a test executes in its process is watched, over HTTP, over WebSocket and without either.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from jobbot_gql.api.engine import engine
from jobbot_gql.api.engine.route import FallbackReason, Route

EXCEPTIONS = {
    FallbackReason.FORCED: "a test compares graphql-core's answer with the engine's",
    FallbackReason.SCHEMA_FIELDS: "graphql-core answers what is asked about the schema beside other fields",
    FallbackReason.UNPLANNED_FIELD: "a test adds a field with a resolver; test_planned_fields.py allows none of ours",
}
"""Reasons for which an operation without errors may take the fallback."""
_execute = engine.Execution.result
_unexpected: list[str] = []


async def _watched(self: engine.Execution, native_times: bool, forced: Route | None = None) -> Any:
    result = await _execute(self, native_times, forced)
    context = self._context
    if not result.errors:
        reason = context.reason
        if context.route is Route.FALLBACK and reason not in EXCEPTIONS:
            _unexpected.append(f"took the fallback because of {reason}: {self._request.text}")
        elif context.resolved and reason is not FallbackReason.FORCED:
            _unexpected.append(f"called {context.resolved} resolvers of planned fields: {self._request.text}")
    return result


engine.Execution.result = _watched  # type: ignore[method-assign] # it only looks on


@pytest.fixture(autouse=True)
def planned_routes() -> Iterator[None]:
    """Fail a test whose operations took the fallback without errors."""
    _unexpected.clear()
    yield
    assert _unexpected == []
