"""The least ASGI application that can answer an operation: nothing between the socket and the answer but this."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import orjson

Answer = Callable[[str, dict[str, Any]], Awaitable[bytes]]
"""From an operation's name and variables to the body of its response."""
Open = Callable[[str], AbstractAsyncContextManager[Answer]]
"""Opens a database for as long as the context lasts."""


def application(database_url: str, open_answers: Open) -> Callable[..., Awaitable[None]]:
    """An ASGI application that takes our own GraphQL requests and looks at name and variables only."""
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
