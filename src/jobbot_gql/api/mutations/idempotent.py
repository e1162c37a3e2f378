"""Performs a mutation in one transaction: rolled back if it is rejected, and once per idempotency key."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jobbot_gql.api.engine.context import Context
from jobbot_gql.api.engine.mutation_node import CHANGES
from jobbot_gql.api.mutations.written_changes import RowKey, WrittenChanges
from jobbot_gql.api.types.errors import shown
from jobbot_gql.db.base import Base
from jobbot_gql.db.write import idempotency
from jobbot_gql.db.write.bulk_dml import read_locked
from jobbot_gql.db.write.write_session import WriteSession
from jobbot_gql.writing.rules import (
    Aborted,
    AnswerErased,
    IdempotencyKeyReused,
    RowDeleted,
    RuleViolation,
    RuleViolations,
)


@dataclass
class Result:
    """Result of one requested write, which the fields of its payload read."""

    values: dict[str, Any] = field(default_factory=dict)
    """By name; JSON can represent them."""
    violations: list[RuleViolation] = field(default_factory=list)
    row_key: RowKey | None = None
    """Row that an item of a batch is about."""


class _RolledBack(Exception):
    """Rolls back the transaction."""

    def __init__(self, results: list[Result]) -> None:
        super().__init__()
        self.results = results


Work = Callable[[WriteSession], Awaitable[Sequence[Result]]]


async def perform(
    context: Context,
    mutation: str,
    work: Work,
    *,
    atomic: bool = True,
    key: str | None,
    request: Any,
    shows: Mapping[str, type[Base]],
) -> list[Result]:
    """The results of `work`, written in one transaction. If `atomic`, nothing is written if one of them is rejected.

    The same `key` with the same `mutation` and `request`, the whole input, returns the first results and writes
    nothing; a result whose row has been deleted since is rejected. `shows` has the models of the rows whose ids are
    among the results' values, by the values' names. Raises the RuleViolations of `work`, and RuleViolations if the key
    was used with another request or its results were erased; nothing is written then.
    """

    async def transaction(session: WriteSession) -> list[Result]:
        if key is not None:
            fingerprint = idempotency.digest(json.dumps([mutation, request], sort_keys=True, default=str))
            earlier = await idempotency.claim(session, context.actor, key, fingerprint)
            if earlier is not None:
                if earlier.answer is None:
                    raise AnswerErased(
                        f"{shown(key)} was used before, and a purge has erased its result. Use another key.",
                        "idempotency_key",
                    )
                if earlier.fingerprint != fingerprint:
                    raise IdempotencyKeyReused(
                        f"{shown(key)} was used before with a different input. Use another key.", "idempotency_key"
                    )
                path = () if "items" in request else ("idempotency_key",)
                return await _without_deleted(session, _decode(earlier.answer), shows, path)
        # Also with a key, because a repeat of the request may select them.
        written = await WrittenChanges.since(session) if context.shows_changes or key is not None else None
        results = list(await work(session))
        if atomic and any(result.violations for result in results):
            raise _RolledBack([_aborted(result) for result in results])
        if written is not None:
            of_results = await written.of_items(session, [result.row_key for result in results])
            for result, changes in zip(results, of_results, strict=True):
                result.values[CHANGES] = changes
        if key is not None:
            await idempotency.keep(session, context.actor, key, _encode(results))
        return results

    try:
        return await context.write(transaction)
    except _RolledBack as rolled_back:
        return rolled_back.results
    except RuleViolation as violation:
        raise RuleViolations([violation]) from None


async def _without_deleted(
    session: WriteSession, results: list[Result], shows: Mapping[str, type[Base]], path: tuple[str, ...]
) -> list[Result]:
    """The results; those of rows that no longer exist are rejected."""
    for name, model in shows.items():
        ids = {result.values[name] for result in results if result.values.get(name) is not None}
        existing = set(await read_locked(session, model, ids))
        for index, result in enumerate(results):
            row_id = result.values.get(name)
            if row_id is not None and row_id not in existing:
                message = (
                    f"This idempotency key was used before, and {model.__name__} {row_id}, which was created then, was"
                    " deleted later. It is not created again. Use another key to create a new one."
                )
                results[index] = Result({}, [RowDeleted(message, *path)])
    return results


def _aborted(result: Result) -> Result:
    return Result(
        {}, result.violations or [Aborted("Not saved because another item of this atomic request was rejected.")]
    )


def _encode(results: Sequence[Result]) -> str:
    return json.dumps(
        [
            [result.values, [[one.code, one.message, one.path, one.data] for one in result.violations]]
            for result in results
        ]
    )


def _decode(answer: str) -> list[Result]:
    return [
        Result(values, [RuleViolation.kinds[code](message, *path, **data) for code, message, path, data in violations])
        for values, violations in json.loads(answer)
    ]
