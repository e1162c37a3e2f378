"""The configuration of uvicorn, and what its protocols are to know of the settings and of the server."""

import logging

import uvicorn
from starlette.applications import Starlette

from jobbot_gql.settings import Settings
from jobbot_gql.telemetry.operations import Operations
from jobbot_gql.web.held_bytes import HeldBytes
from jobbot_gql.web.http_protocol import HttpProtocol
from jobbot_gql.web.websocket_protocol import WebSocketProtocol

UNAUTHENTICATED_BYTES = 32_000_000
"""Input that all connections may hold together before it is known who sends it: headers, and WebSockets' messages."""
UNFINISHED_BYTES = 64_000_000
"""Input that all connections may hold together of bodies and messages that are not complete."""


class Config(uvicorn.Config):
    """uvicorn's configuration for one application."""

    def __init__(self, app: Starlette, settings: Settings) -> None:
        super().__init__(
            app,
            http=HttpProtocol,
            ws=WebSocketProtocol,
            ws_max_size=settings.max_body_bytes,
            # A few bytes may decompress to a message of the full size; and messages are short.
            ws_per_message_deflate=False,
            ws_ping_interval=settings.ping_timeout,
            ws_ping_timeout=settings.ping_timeout,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=settings.graceful_shutdown,
        )
        self.operations: Operations = app.state.operations
        self.max_body_bytes = settings.max_body_bytes
        self.receive_seconds = settings.receive_timeout
        self.send_seconds = settings.send_timeout
        self.unauthenticated = HeldBytes(UNAUTHENTICATED_BYTES)
        self.unfinished = HeldBytes(UNFINISHED_BYTES)
        self.unread = HeldBytes(settings.max_unread_bytes)
        self.draining = False
        """Whether the server is about to stop: connections end with the answer that they are at."""
        # uvicorn warns of what clients do wrong; where people watch, at INFO, it tells of paths and query strings.
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
