"""Errors that a client can act on, and the wall that keeps everything else inside."""

import logging
import secrets
from typing import Any

from graphql import GraphQLError

log = logging.getLogger("jobbot_gql.errors")


class BadRequest(GraphQLError):
    """The request cannot be answered as it is; the message names the argument, the rule and the value."""

    def __init__(self, message: str, **extensions: Any) -> None:
        super().__init__(message, extensions={"code": "BAD_REQUEST", **extensions})


def shown(value: object, limit: int = 60) -> str:
    """A client's own value for an error message: quoted, one line, cut to `limit` characters."""
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)"


def make_public(errors: list[GraphQLError]) -> None:
    """Give every error its code, and hide what a client must not see.

    What we did not raise ourselves is a fault of ours: it is logged whole under an id, and the client gets the id.
    """
    for error in errors:
        if error.extensions and "code" in error.extensions:
            continue
        cause = error.original_error
        if cause is None or isinstance(cause, GraphQLError):
            error.extensions = {**(error.extensions or {}), "code": "BAD_REQUEST"}
            continue
        error_id = secrets.token_hex(8)
        log.error("internal error %s at %s", error_id, error.path, exc_info=cause)
        error.message = f"Internal error {error_id}; the server's log has the details."
        error.extensions = {"code": "INTERNAL", "errorId": error_id}
        error.original_error = None
