"""Write commands: what the fields of Mutation do, each executed by `MutationNode` in one transaction.

    validate   `read` checks the input by its fields
    lock       `write` locks the rows that it reads
    write      `write` changes them; a violation rolls back
    log        triggers log the changes; the result is kept with its idempotency key
    answer     the payload shows the results

In a dry run the transaction is a savepoint that is rolled back in the end.
"""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

from jobbot_gql.api.engine.context import Context
from jobbot_gql.api.engine.parents import Parents
from jobbot_gql.api.engine.planner import Planner
from jobbot_gql.api.engine.root_node import RootNode
from jobbot_gql.api.engine.selected_field import Outcome, Run, SelectedField
from jobbot_gql.api.mutations.inputs import ATOMIC, IDEMPOTENCY_KEY, InputField, read
from jobbot_gql.api.mutations.payload_nodes import CHANGES
from jobbot_gql.api.mutations.payloads import Result, payload
from jobbot_gql.api.mutations.written_changes import WrittenChanges
from jobbot_gql.api.types.errors import shown
from jobbot_gql.api.types.page_size import MAX_PAGE
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

Write = Callable[[WriteSession, dict[str, Any], bool], Awaitable[Sequence[Result]]]
"""Gets the session, the input's values by name, and whether one violation rejects everything. May be called again, in
another transaction. Raises RuleViolation and RuleViolations."""


class MutationRequest(NamedTuple):
    """A request to execute a command."""

    mutation: str
    """Name of the field."""
    input: Mapping[str, Any]
    shows_changes: bool
    """Whether the client selects the changes that are written."""


@dataclass(frozen=True)
class WriteCommand:
    """What one field of Mutation takes, does and answers."""

    fields: Sequence[InputField]
    """Fields of the input."""
    write: Write
    payload: Any
    """GraphQL type of the payload."""
    item_payload: Any = None
    """GraphQL type of each of the payload's `results`; None if there is only one result, which the payload shows."""
    items: str | None = None
    """Field of the input whose items the results are about, if any."""
    shows: Mapping[str, type[Base]] = field(default_factory=dict)
    """Models of the rows whose ids are in the results, by the name of the value. A repeated request is rejected if
    such a row has been deleted."""
    afterwards: Callable[[Context], Awaitable[None]] | None = None
    """Called after the commit; not in a dry run."""
    with_settings: bool = False
    """Whether `write` also gets the server's settings, as the value `settings`."""

    async def execute(self, context: Context, request: MutationRequest) -> Any:
        """Execute the command, and return the payload."""
        values, violations = read(self.fields, request.input)
        results: Sequence[Result] = []
        if self.with_settings:
            values["settings"] = context.settings
        if not violations:
            try:
                results = await context.write(partial(self._transaction, context.actor, request, values))
                if self.afterwards is not None and context.dry_run is None:
                    await self.afterwards(context)
            except _RolledBack as rolled_back:
                results = rolled_back.results
            except RuleViolation as violation:
                violations = [violation]
            except RuleViolations as several:
                violations = several.violations
        if context.record is not None:
            shown_violations = chain(violations, *(result.violations for result in results))
            context.record.user_errors.update(violation.code for violation in shown_violations)
        return self._answer(results, violations, context.request_id)

    async def _transaction(
        self, actor: str, request: MutationRequest, values: Mapping[str, Any], session: WriteSession
    ) -> Sequence[Result]:
        given = dict(values)
        key, atomic = given.pop(IDEMPOTENCY_KEY.name, None), given.pop(ATOMIC.name, True)
        if key is not None:
            fingerprint = idempotency.digest(json.dumps([request.mutation, request.input], sort_keys=True, default=str))
            earlier = await idempotency.claim(session, actor, key, fingerprint)
            if earlier is not None:
                return await self._repeated(session, key, fingerprint, earlier)
        # Also with a key, because a repeat of the request may select them.
        written = await WrittenChanges.since(session) if request.shows_changes or key is not None else None
        results = await self.write(session, given, atomic)
        if atomic and any(result.violations for result in results):
            raise _RolledBack([_aborted(result) for result in results])
        if written is not None:
            of_results = await written.of_items(session, [result.row_key for result in results])
            for result, changes in zip(results, of_results, strict=True):
                result.values[CHANGES] = changes
        if key is not None:
            await idempotency.keep(session, actor, key, _encode(results))
        return results

    async def _repeated(
        self, session: WriteSession, key: str, fingerprint: str, earlier: idempotency.EarlierRequest
    ) -> list[Result]:
        """The results of an earlier request with the key. Those that name a deleted row are rejected."""
        if earlier.answer is None:
            raise AnswerErased(
                f"{shown(key)} was used before, and a purge has erased its result. Use another key.",
                IDEMPOTENCY_KEY.name,
            )
        if earlier.fingerprint != fingerprint:
            raise IdempotencyKeyReused(
                f"{shown(key)} was used before with a different input. Use another key.", IDEMPOTENCY_KEY.name
            )
        results = _decode(earlier.answer)
        path = () if self.items else (IDEMPOTENCY_KEY.name,)
        for name, model in self.shows.items():
            ids = {result.values[name] for result in results if result.values.get(name) is not None}
            existing = set(await read_locked(session, model, ids))
            for index, result in enumerate(results):
                row_id = result.values.get(name)
                if row_id is not None and row_id not in existing:
                    message = (
                        f"This idempotency key was used before, and {model.__name__} {row_id}, which was created then,"
                        " was deleted later. It is not created again. Use another key to create a new one."
                    )
                    results[index] = Result({}, [RowDeleted(message, *path)])
        return results

    def _answer(self, results: Sequence[Result], violations: list[RuleViolation], request_id: str) -> Any:
        """The payload that shows the results, or the violations if nothing was done."""
        if self.item_payload is None:
            answer = results[0] if results else Result({}, violations)
        else:
            paths = [(self.items, str(number)) if self.items else () for number in range(len(results))]
            of_items = [
                payload(self.item_payload, one, "input", *path) for one, path in zip(results, paths, strict=True)
            ]
            changes = sorted({one for result in results for one in result.values.get(CHANGES, ())})
            answer = Result({"results": of_items, CHANGES: changes[:MAX_PAGE]}, violations)
        if any(not result.violations for result in results):
            answer.values["request_id"] = request_id
        return payload(self.payload, answer, "input")


class MutationNode(RootNode):
    """A field of Mutation. Its command is executed once, even if graphql-core must show the outcome."""

    def __init__(self, planner: Planner, selected: SelectedField, parents: Parents, *, command: WriteCommand) -> None:
        super().__init__(planner, selected)
        self._command = command
        self._shows_changes = any(planner.selected_at(selected, path) for path in ((CHANGES,), ("results", CHANGES)))

    async def prepare(self, context: Context, run: Run) -> None:
        """Execute the command. Its outcome may be an error. Invalid arguments give no outcome."""
        try:
            given = self._arguments.made(run)["input"]
        except Exception:  # graphql-core reports what is wrong with them
            return
        request = MutationRequest(self.selected.field_name, given, self._shows_changes)
        try:
            outcome = Outcome(await self._command.execute(context, request))
        except Exception as error:
            outcome = Outcome(error=error)
        run.outcomes[self.selected.identity] = outcome
        run.loaders = context.loaders  # those that see what was written


class _RolledBack(Exception):
    """Rolls back a transaction of which items were rejected."""

    def __init__(self, results: list[Result]) -> None:
        super().__init__()
        self.results = results


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
