"""Errors that a client can act on, and the wall that keeps everything else inside."""

import logging
import re
import secrets
from typing import Any

from graphql import GraphQLError
from strawberry.exceptions import StrawberryInputCoercionError
from strawberry.utils.str_converters import to_camel_case

from jobbot_gql.db.failures import is_unavailable

log = logging.getLogger("jobbot_gql.errors")

_SUGGESTION = re.compile(r" Did you mean [^?]*\?")


class BadRequest(GraphQLError):
    """The request cannot be answered as it is; the message names the argument, the rule and the value."""

    def __init__(self, message: str, **extensions: Any) -> None:
        super().__init__(message, extensions={"code": "BAD_REQUEST", **extensions})


class TooComplex(GraphQLError):
    """The operation is over a limit; the answer names the limit, the operation's value and the cap."""

    def __init__(self, limit: str, value: int, cap: int) -> None:
        limit = to_camel_case(limit)
        super().__init__(
            f"the operation is too complex: {limit} is {value}, at most {cap} is allowed",
            extensions={"code": "QUERY_TOO_COMPLEX", "limit": limit, "value": value, "cap": cap},
        )


class TimedOut(GraphQLError):
    """The operation took longer than it may, and was stopped; nothing that it had begun to write is kept."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"the operation was stopped after {seconds:g} s", extensions={"code": "TIMEOUT", "seconds": seconds}
        )


def shown(value: object, limit: int = 60) -> str:
    """A client's own value for an error message: quoted, one line, cut to `limit` characters."""
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)"


def make_public(errors: list[GraphQLError]) -> None:
    """Give every error its code, and hide what a client must not see.

    What we did not raise ourselves is a fault of ours: it is logged whole under an id, and the client gets the id.
    """
    ids: dict[int, str] = {}  # one failing read fails the fields of many parents: one entry in the log is enough
    for error in errors:
        error.message = _SUGGESTION.sub("", error.message)
        if error.extensions and "code" in error.extensions:
            continue
        cause = error.original_error
        if cause is None or isinstance(cause, GraphQLError):
            if isinstance(cause or error, StrawberryInputCoercionError) and "Maybe[" in error.message:
                # Strawberry's own words advise the server's developer.
                error.message = "an input field that can only be left out or have a value is null"
            error.extensions = {**(error.extensions or {}), "code": "BAD_REQUEST"}
            continue
        unavailable = is_unavailable(cause)
        if id(cause) not in ids:
            ids[id(cause)] = secrets.token_hex(8)
            if unavailable:
                log.warning("database unavailable: %s", cause)
            else:
                log.error("internal error %s at %s", ids[id(cause)], error.path, exc_info=cause)
        error.original_error = None
        if unavailable:
            error.message = "the database cannot be reached at the moment: try again later"
            error.extensions = {"code": "UNAVAILABLE"}
        else:
            error.message = f"Internal error {ids[id(cause)]}; the server's log has the details."
            error.extensions = {"code": "INTERNAL", "errorId": ids[id(cause)]}
