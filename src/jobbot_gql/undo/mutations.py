"""Mutations that undo changes and purge rows."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import strawberry

import jobbot_gql.history.schema  # noqa: F401 - the payloads use its types
from jobbot_gql.access.clients import Scope
from jobbot_gql.api.engine.context import Context
from jobbot_gql.api.mutations.fields import MAX_ITEMS, action
from jobbot_gql.api.mutations.inputs import InputField, decoded_id, id_field, ids_field, text_field
from jobbot_gql.api.mutations.payloads import row_field
from jobbot_gql.api.mutations.user_errors import UserError, user_error
from jobbot_gql.api.strawberry_internals import to_camel_case
from jobbot_gql.api.types import global_ids
from jobbot_gql.api.types.annotations import list_of
from jobbot_gql.api.types.errors import shown
from jobbot_gql.applications.models import Application
from jobbot_gql.applications.repeats import check_restored
from jobbot_gql.db.write.write_session import WriteSession
from jobbot_gql.history import models, row_codec
from jobbot_gql.jobs.service import lock_url_keys
from jobbot_gql.undo import derived, histories, job_urls, undo
from jobbot_gql.undo import purge as purging
from jobbot_gql.writing.rules import (
    NotFound,
    Required,
    RuleViolation,
    RuleViolations,
    WrongType,
)


class UndoConflict(RuleViolation):
    """The change cannot be undone: the row has changed since, or the change was purged."""


@user_error(UndoConflict)
class UndoConflictError(UserError):
    """A change that cannot be undone."""

    change = row_field(models.Change, "change_id", "Change that cannot be undone.")
    later_change = row_field(models.Change, "later_id", "Later change that prevents it; null if none is logged.")
    fields: list[str] = strawberry.field(description="Fields in conflict, if any.")


async def undo_changes(session: WriteSession, sequences: Sequence[int], *path: str) -> Mapping[str, Any]:
    """Undo changes, check business rules, and recompute derived values. Raises RuleViolations."""
    try:
        found = derived.without_postings(await undo.changes_to_undo(session, sequences))
        changes = await derived.with_job_status_changes(session, found)
        # Before any row is locked, as all writers of jobs do. Another order could deadlock.
        await lock_url_keys(session, {key for change in changes if (key := job_urls.restored_url_key(change))})
        undone = await undo.undo(session, changes, sequences)
        await job_urls.check(session, undone)
        await histories.check(session, undone)
    except undo.NotInLog as unknown:
        raise RuleViolations(NotFound(f"Change {one} not found.", *path) for one in unknown.sequences) from None
    except undo.Conflicts as violation:
        raise RuleViolations(
            UndoConflict(
                f"Change {one.sequence} cannot be undone: {one.reason}.",
                *path,
                change_id=one.sequence,
                later_id=one.later,
                fields=[to_camel_case(column) for column in one.columns],
            )
            for one in violation.conflicts
        ) from None
    await _check_applications(session, undone, *path)
    await derived.recompute(session, undone)
    return {"undone_changes": undone.changes}


async def _check_applications(session: WriteSession, undone: undo.Undone, *path: str) -> None:
    """Check that restored applications are not a second open one for their job."""
    restored = {
        change.entity_id: change.sequence  # the earliest
        for change in undone.entries
        if change.entity == Application.__name__ and not {"status", "job_id"}.isdisjoint(change.before or ())
    }
    if restored:
        await check_restored(session, restored, *path)


async def undo_change(session: WriteSession, id: int) -> Mapping[str, Any]:  # noqa: A002 - the name in the API
    """Undo one change."""
    return await undo_changes(session, [id], "id")


async def undo_several(session: WriteSession, **given: Any) -> Mapping[str, Any]:
    """Undo the changes with these ids, or all changes of a request."""
    if len(given) != 1:
        raise Required("Give exactly one of ids and requestId.")
    if "ids" in given:
        return await undo_changes(session, given["ids"], "ids")
    sequences = await undo.of_request(session, given["request_id"])
    if not sequences:
        raise NotFound(f"{shown(given['request_id'])} is not the id of a request in the change log.", "request_id")
    return await undo_changes(session, sequences, "request_id")


async def purge(session: WriteSession, id: tuple[str, int]) -> Mapping[str, Any]:  # noqa: A002 - the name in the API
    """Purge a row."""
    try:
        purged = await purging.purge(session, *id)
    except LookupError as unknown:
        raise NotFound(str(unknown), "id") from None
    return {"purged_ids": [global_ids.encode(*key) for key in purged.row_keys], "change_count": purged.changes}


def _any_id(value: str) -> tuple[str, int]:
    """Decode the global id of a row that can be purged."""
    name, row_id = decoded_id(value)
    if name not in row_codec.tables():
        raise WrongType(f"must be the id of a row that can be written; got one of type {name}: {shown(value)}.")
    return name, row_id


_CHANGE = id_field("id", models.Change, "Change to undo.")


async def _erase_freed(context: Context) -> None:
    # Shielded, because nothing repeats it if the request's time limit cancels it.
    await asyncio.shield(asyncio.ensure_future(context.database.erase_freed()))


_GIVES = {"undone_changes": ([models.Change], "Changes that were undone, newest first, including the dependent ones.")}


@strawberry.type
class ChangeMutations:
    """Root mutation fields that undo and purge."""

    undo_change = action(
        "UndoChange",
        "Undo a change exactly: previous values are restored, created rows are deleted, deleted"
        " rows return with their ids. Rows that the same action wrote because of it are undone"
        " too: children, status events, the employer response or reference use that set a field."
        " Rejected if the rows have changed since. An undo is itself a change and can be undone.",
        undo_change,
        [_CHANGE],
        _GIVES,
    )
    undo_changes = action(
        "UndoChanges",
        f"Undo up to {MAX_ITEMS:,} changes, newest first, or all changes of one request; all of them or none.",
        undo_several,
        [
            ids_field("ids", _CHANGE.check, MAX_ITEMS, "Changes to undo."),
            text_field("request_id", "Request to undo: the `requestId` of a change."),
        ],
        _GIVES,
    )
    purge = action(
        "Purge",
        "Permanently erase a row, its dependents and their logged values, even if already"
        " deleted. All stored results of idempotency keys are erased too, since they may quote"
        " the values. This cannot be undone.",
        purge,
        [InputField("id", strawberry.ID, "Global id of the row to erase.", _any_id, required=True, nullable=False)],
        {
            "purged_ids": (list_of(strawberry.ID), "Global ids of the erased rows; null if the request was rejected."),
            "change_count": (int, "Number of log entries whose values were erased; null if the request was rejected."),
        },
        afterwards=_erase_freed,
        scope=Scope.ADMIN,
    )
