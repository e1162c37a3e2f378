"""Errors that a client can act on, and `make_public`, which hides all other details from clients."""

import logging
import secrets
from collections.abc import Sequence
from typing import Any

from graphql import FieldNode, GraphQLError
from strawberry.exceptions import StrawberryInputCoercionError

from jobbot_gql.api.strawberry_internals import to_camel_case
from jobbot_gql.db.failures import is_full, is_read_only, is_replaced, is_timed_out, is_unavailable
from jobbot_gql.db.read.snapshot import ReadError
from jobbot_gql.db.sql.compiled_query import UnreadableValue
from jobbot_gql.telemetry.logs import exception_fields
from jobbot_gql.telemetry.operations import Record
from jobbot_gql.writing.rules import shown as shown  # noqa: PLC0414 - the API shows values as rules do

log = logging.getLogger("jobbot_gql.errors")

UNAVAILABLE = "The database cannot be reached at the moment. Try again later."

MAX_MESSAGE = 300
"""Maximum length of a message in characters: graphql-core quotes whole values."""
MAX_ERRORS = 25
"""Maximum number of errors in a response. A wrong argument below many rows fails for each of them."""

READ_ONLY = "The database is read-only: nothing was written. Reading still works; writing needs an administrator."
DATABASE_TIME_LIMIT = "The database's own time limit (statement_timeout) was exceeded. The statement was rolled back."
REPLACED = "The database file was removed or replaced: nothing was written. An administrator must restart the server."


class BadRequest(GraphQLError):
    """The request is invalid; the message names the argument, the rule and the value."""

    def __init__(self, message: str, **extensions: Any) -> None:
        super().__init__(message, extensions={"code": "BAD_REQUEST", **extensions})


INVALID_STORED_DATA = "INVALID_STORED_DATA"


class Ambiguous(GraphQLError):
    """Several rows have the value by which one row was looked up."""

    def __init__(self, name: str, type_name: str, field: str, ids: Sequence[str]) -> None:
        super().__init__(
            f"{len(ids)} {type_name} rows have the {field} {shown(name)}. Look one up by its id: {', '.join(ids[:5])}"
            f"{', …' if len(ids) > 5 else ''}.",
            extensions={"code": "AMBIGUOUS", "ids": list(ids)},
        )


class InvalidStoredData(GraphQLError):
    """A stored value does not fit the schema; `jobbot-gql doctor` lists it."""

    def __init__(self, type_name: str, database_id: int | None, field: str, reason: str) -> None:
        """`database_id` is None if the id of the row was not read."""
        row = type_name if database_id is None else f"{type_name} {database_id}"
        super().__init__(
            f"{row}: the stored {field} cannot be shown: it {reason}. `jobbot-gql doctor` lists such rows.",
            extensions={"code": INVALID_STORED_DATA, "type": type_name, "databaseId": database_id, "field": field},
        )


class Forbidden(GraphQLError):
    """The client's token lacks a scope that the operation needs."""

    def __init__(self, scope: str) -> None:
        super().__init__(
            f"This operation requires the scope `{scope}`, which the token does not have.",
            extensions={"code": "FORBIDDEN", "scope": scope},
        )


class TooComplex(GraphQLError):
    """The operation exceeds a limit; the extensions name the limit, the operation's value and the cap."""

    def __init__(self, limit: str, value: int, cap: int) -> None:
        setting, limit = f"JOBBOT_MAX_{limit.upper()}", to_camel_case(limit)
        super().__init__(
            f"Request body exceeds {cap:,} bytes ({setting}). Send fewer items per request."
            if limit == "bodyBytes"
            else f"The operation is too complex: {limit} is {value:,}, at most {cap:,} is allowed ({setting})."
            + (" Request fewer rows with `first`, or fewer nested lists." if limit == "cost" else ""),
            extensions={"code": "QUERY_TOO_COMPLEX", "limit": limit, "value": value, "cap": cap},
        )


class ResyncRequired(GraphQLError):
    """A cursor is not a position in this change log; a reader that continued from it would miss changes."""

    def __init__(self, cursor: str, newest: str) -> None:
        super().__init__(
            f"after: {cursor} is not a position in this change log, whose newest cursor is {newest}: the database was"
            " restored or replaced. Read all rows again with `newestCursor` in one operation, and continue from that.",
            extensions={"code": "RESYNC_REQUIRED", "newestCursor": newest},
        )


class TooManySubscriptions(GraphQLError):
    """The connection or the server has as many subscriptions as it may have."""

    def __init__(self, per_connection: int, total: int) -> None:
        super().__init__(
            f"Too many subscriptions: a connection may have {per_connection:,}"
            f" (JOBBOT_MAX_SUBSCRIPTIONS_PER_CONNECTION), all together {total:,} (JOBBOT_MAX_SUBSCRIPTIONS). End"
            " subscriptions that are not needed, or try again later.",
            extensions={"code": "TOO_MANY_SUBSCRIPTIONS"},
        )


class TimedOut(GraphQLError):
    """The operation exceeded its time limit and was stopped.

    A transaction that was still open is rolled back. What a mutation has committed is kept.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"The operation exceeded its time limit of {seconds:g} s and was stopped.",
            extensions={"code": "TIMEOUT", "seconds": seconds},
        )


class ResponseTooLarge(GraphQLError):
    """The response exceeds its size limit. What a mutation has committed is kept, and the error says so."""

    def __init__(self, limit: int, *, has_written: bool) -> None:
        message = f"The answer exceeds {limit:,} bytes (JOBBOT_MAX_RESPONSE_BYTES). Select fewer fields or fewer rows."
        if has_written:
            message += " The mutation was carried out and committed; only its answer is missing."
        super().__init__(message, extensions={"code": "RESPONSE_TOO_LARGE", "cap": limit, "committed": has_written})


def make_public(errors: list[GraphQLError], record: Record | None = None) -> None:
    """Give every error its code, hide what a client must not see, and add the codes to the operation's record.

    An unexpected exception is logged under an id, and the client gets only the id. Long messages are truncated. If
    there are too many errors, the list is shortened in place.
    """
    public: dict[int, tuple[str, dict[str, Any]]] = {}  # by exception: a failed read fails the fields of many parents
    for error in errors:
        cause = error.original_error
        if not (error.extensions and "code" in error.extensions):
            if cause is None or isinstance(cause, GraphQLError):
                if isinstance(cause or error, StrawberryInputCoercionError) and "Maybe[" in error.message:
                    # Strawberry's own message is for the server's developer.
                    error.message = "An input field that must not be null is null; omit it."
                error.extensions = {**(error.extensions or {}), "code": "BAD_REQUEST"}
            else:
                if id(cause) not in public:
                    public[id(cause)] = _log(cause, error, record)
                error.original_error = None
                error.message, error.extensions = public[id(cause)][0], dict(public[id(cause)][1])
        if len(error.message) > MAX_MESSAGE:
            end = f"… ({len(error.message)} characters)"
            error.message = error.message[: MAX_MESSAGE - len(end)] + end
        if record is not None:
            record.rejected(error.extensions or {})
    if len(errors) > MAX_ERRORS:
        dropped = len(errors) - (MAX_ERRORS - 1)
        code = (errors[-1].extensions or {}).get("code", "BAD_REQUEST")
        errors[MAX_ERRORS - 1 :] = [GraphQLError(f"{dropped} more errors are not shown.", extensions={"code": code})]


def _log(cause: Exception, error: GraphQLError, record: Record | None) -> tuple[str, dict[str, Any]]:
    """Log an exception, and return the message and the extensions for the client."""
    error_id = secrets.token_hex(8)
    known = {"error_id": error_id, "request_id": record.request_id if record else None}
    if is_full(cause):
        log.error("storage full %s", error_id, extra={**known, **_kind(cause)})
        message = "The database has no space left. Nothing was saved; stored data can still be read."
        return message, {"code": "STORAGE_FULL", "errorId": error_id}
    if is_read_only(cause) and not isinstance(cause, ReadError):
        # `db` logs it once while it lasts.
        return READ_ONLY, {"code": "READ_ONLY"}
    if is_replaced(cause):
        log.error("database file replaced", extra={**known, **_kind(cause)})
        return REPLACED, {"code": "UNAVAILABLE"}
    if is_unavailable(cause) or is_timed_out(cause):
        log.warning("database unavailable", extra={**known, **_kind(cause)})
        by_time = is_timed_out(cause)
        return DATABASE_TIME_LIMIT if by_time else UNAVAILABLE, {"code": "TIMEOUT" if by_time else "UNAVAILABLE"}
    unreadable = cause.__cause__ if isinstance(cause, ReadError) else cause
    if isinstance(unreadable, UnreadableValue):
        what = to_camel_case(unreadable.column)
        message = f"A row that must be read has a stored {what} that cannot be read. Nothing was saved or shown."
        return f"{message} `jobbot-gql doctor` lists such rows.", {"code": INVALID_STORED_DATA}
    fields = [node.name.value for node in error.nodes or () if isinstance(node, FieldNode)]
    log.error("internal error %s", error_id, exc_info=cause, extra={**known, "field": fields[0] if fields else None})
    return (
        f"Internal error {error_id}; the server's log has the details.",
        {"code": "INTERNAL", "errorId": error_id},
    )


def _kind(cause: Exception) -> dict[str, Any]:
    """The kind of an exception without its traceback, which is the same for every operation."""
    return {name: value for name, value in exception_fields(cause).items() if name not in ("traceback", "sql")}
