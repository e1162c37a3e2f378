"""The field `viewer`: who sends the operation, and what they may do."""

from datetime import UTC, datetime
from math import isinf
from typing import Any

import strawberry

from jobbot_gql.access.clients import Client, Scope
from jobbot_gql.api.engine.context import Info
from jobbot_gql.api.types.annotations import list_of
from jobbot_gql.api.types.enums import graphql_enum


def _name(self: Client) -> str:
    return self.actor


def _scopes(self: Client) -> list[Scope]:
    return [scope for scope in Scope if scope in self.scopes]


def _expires_at(self: Client) -> datetime | None:
    return None if isinf(self.expires_at) else datetime.fromtimestamp(self.expires_at, UTC)


@strawberry.type(description="The sender of the operation.")
class Viewer:
    """Shows a Client."""

    name: str = strawberry.field(
        resolver=_name, description="Name of the token, as in the change log; `local` without a token."
    )
    scopes: list[Scope] = strawberry.field(
        resolver=_scopes, graphql_type=list_of(graphql_enum(Scope)), description="What the token allows."
    )
    expires_at: datetime | None = strawberry.field(
        resolver=_expires_at, description="Time at which the token expires; null if never, and without a token."
    )


def _viewer(info: Info) -> Client:
    return info.context.client


@strawberry.type
class ViewerQueries:
    """Root query field about the client."""

    viewer: Any = strawberry.field(
        resolver=_viewer, graphql_type=Viewer, description="The sender of this operation, and what they may do."
    )
