"""Rejected requests: JSON responses in the shape of GraphQL errors."""

import logging
import secrets
from collections.abc import Mapping
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from jobbot_gql.telemetry.operations import Operations
from jobbot_gql.web.paths import endpoint_of

log = logging.getLogger("jobbot_gql.errors")

JSON = "application/json"
HEADERS = {
    "Cache-Control": "no-store",  # responses hold personal data
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
"""Headers of every JSON response."""

STOPPING = "The server is shutting down. Send the request again later, or to another server."

CODES = {
    401: "UNAUTHENTICATED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    406: "NOT_ACCEPTABLE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    503: "UNAVAILABLE",
}


class RejectedRequest(HTTPException):
    """A request that is not executed. Its response holds one error, with this message and these extensions."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None, **extensions: Any) -> None:
        super().__init__(status, message, headers)
        self.logged: dict[str, str] = {}
        """Further fields of its log entry."""
        self.extensions = {"code": CODES.get(status, "BAD_REQUEST"), **extensions}

    def response(self) -> Response:
        """The HTTP response."""
        return error_response(self.status_code, self.detail, self.extensions, self.headers)


def error_response(
    status: int, message: str, extensions: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> Response:
    """A response that holds one error."""
    body = orjson.dumps({"errors": [{"message": message, "extensions": extensions}]})
    return Response(body, status, {**HEADERS, **(headers or {})}, JSON)


async def handle_http_exception(request: Request, error: Exception) -> Response:
    """Exception handler for RejectedRequest and for Starlette's own HTTPException (404, 405)."""
    if not isinstance(error, HTTPException):  # Starlette's handler type accepts any exception
        raise error
    rejection = error
    if not isinstance(rejection, RejectedRequest):
        path = request.url.path
        messages = {
            404: f"{path} not found. The GraphQL endpoint is {endpoint_of(request.scope)}.",
            405: f"Method {request.method} is not allowed for {path}.",
        }
        rejection = RejectedRequest(error.status_code, messages.get(error.status_code, error.detail), error.headers)
    operations: Operations = request.app.state.operations
    operations.reject(rejection.status_code, rejection.extensions["code"], rejection.logged)
    return rejection.response()


async def handle_exception(request: Request, error: Exception) -> Response:
    """Exception handler for internal errors. The log gets the exception, the client an error id."""
    error_id = secrets.token_hex(8)
    log.error("internal error %s", error_id, exc_info=error, extra={"error_id": error_id, "method": request.method})
    error.add_note(error_id)  # marks the exception as logged; uvicorn logs it again otherwise
    message = f"Internal error {error_id}; the server's log has the details."
    return error_response(500, message, {"code": "INTERNAL", "errorId": error_id})
