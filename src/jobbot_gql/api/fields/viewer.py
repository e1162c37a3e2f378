"""The field `viewer`: the sender of the operation and their scopes."""

from datetime import UTC, datetime
from math import isinf

import strawberry

from jobbot_gql.access.clients import Scope
from jobbot_gql.api.engine.root_node import Reader
from jobbot_gql.api.fields.computed import query_field
from jobbot_gql.api.types.annotations import list_of
from jobbot_gql.api.types.enums import graphql_enum


@strawberry.type(description="The sender of the operation.")
class Viewer:
    """Shows a Client."""

    name: str = strawberry.field(description="Name of the token, as in the change log; `local` without a token.")
    scopes: list[Scope] = strawberry.field(
        graphql_type=list_of(graphql_enum(Scope)), description="What the token allows."
    )
    expires_at: datetime | None = strawberry.field(
        description="Time at which the token expires; null if never, and without a token."
    )


@strawberry.type
class ViewerQueries:
    """Root query field about the client."""

    @query_field("The sender of this operation, and what they may do.")
    async def viewer(reader: Reader) -> Viewer:  # noqa: N805 - not a method
        client = reader.client
        return Viewer(
            name=client.actor,
            scopes=[scope for scope in Scope if scope in client.scopes],
            expires_at=None if isinf(client.expires_at) else datetime.fromtimestamp(client.expires_at, UTC),
        )
