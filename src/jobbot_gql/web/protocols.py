"""Configuration of uvicorn and of the protocols."""

import logging

import uvicorn
from starlette.applications import Starlette

from jobbot_gql.settings import Settings
from jobbot_gql.telemetry.operations import Operations
from jobbot_gql.web.held_bytes import HeldBytes

UNAUTHENTICATED_BYTES = 32_000_000
"""Maximum input that all connections hold before authentication: headers, and messages of WebSockets."""
UNFINISHED_BYTES = 64_000_000
"""Maximum input that all connections hold of incomplete bodies and messages."""


class Config(uvicorn.Config):
    """uvicorn's configuration, the settings of the protocols, and the memory bounds that connections share."""

    def __init__(self, app: Starlette, settings: Settings) -> None:
        super().__init__(
            app,
            # By name: the protocols import this module.
            http="jobbot_gql.web.http_protocol:HttpProtocol",
            ws="jobbot_gql.web.websocket_protocol:WebSocketProtocol",
            ws_max_size=settings.max_body_bytes,
            # Messages are short, and a few compressed bytes may expand to the maximum size.
            ws_per_message_deflate=False,
            ws_ping_interval=settings.ping_timeout,
            ws_ping_timeout=settings.ping_timeout,
            log_config=None,
            access_log=False,
            server_header=False,
            root_path=settings.root_path.removesuffix("/"),
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
        """Whether the server is stopping. Connections are closed after their current response."""
        # uvicorn logs client errors as warnings, and paths with query strings at INFO.
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
