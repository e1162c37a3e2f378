"""How long an operation may be executed."""

import asyncio
from collections.abc import AsyncIterator

from strawberry.extensions import SchemaExtension

from jobbot_gql.api.errors import TimedOut


class TimeLimit(SchemaExtension):
    """Ends an operation that takes too long. A subscription may take as long as it likes once it has begun."""

    async def on_execute(self) -> AsyncIterator[None]:
        seconds: float = self.execution_context.context.time_limit
        try:
            async with asyncio.timeout(seconds) as limit:
                yield
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise TimedOut(seconds) from error
