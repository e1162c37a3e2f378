"""A minimal ASGI application that answers operations."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import orjson

Answer = Callable[[str, dict[str, Any]], Awaitable[bytes]]
"""Returns the body of the response for an operation's name and variables."""
Open = Callable[[str], AbstractAsyncContextManager[Answer]]
"""Opens a database for the duration of the context."""


def application(database_url: str, open_answers: Open) -> Callable[..., Awaitable[None]]:
    """An ASGI application that accepts jobbot-gql's requests and reads only name and variables."""
    answer: Answer

    async def app(scope: dict[str, Any], receive: Callable[[], Any], send: Callable[[Any], Any]) -> None:
        nonlocal answer
        if scope["type"] == "lifespan":
            await receive()
            async with open_answers(database_url) as answer:
                await send({"type": "lifespan.startup.complete"})
                await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        body, more = b"", True
        while more:
            message = await receive()
            body += message["body"]
            more = message["more_body"]
        request = orjson.loads(body)
        content = await answer(request["operationName"], request["variables"])
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    return app
