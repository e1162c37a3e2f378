"""Clients and scopes."""

from dataclasses import dataclass
from math import inf

from jobbot_gql.db.sql.column_types import Vocabulary


class Scope(Vocabulary):
    """A permission of a token. No scope includes another."""

    READ = "read", "Queries, subscriptions and exports."
    WRITE = "write", "Mutations that need no other scope."
    IMPORT = "import", "Importing scrapes."
    ADMIN = "admin", "Purging and server administration, such as metrics."


@dataclass(frozen=True)
class Client:
    """The authenticated sender of a request."""

    actor: str
    """Name in the change log: the token's name, or `local`."""
    scopes: frozenset[Scope]
    digest: bytes | None = None
    """Digest of the token; None for `local`."""
    expires_at: float = inf
    """Expiry of the token, in seconds since 1970."""


LOCAL = Client("local", frozenset(Scope))
"""A user of this machine, who needs no token."""
NOBODY = Client("nobody", frozenset())
"""A WebSocket's client before `connection_init`."""
