"""Who asks, and what they may do."""

from dataclasses import dataclass
from math import inf

from jobbot_gql.db.sql.column_types import Vocabulary


class Scope(Vocabulary):
    """What a token lets its holder do. None includes another."""

    READ = "read", "Queries and subscriptions."
    WRITE = "write", "Mutations that need no other scope."
    IMPORT = "import", "Importing scrapes."
    ADMIN = "admin", "Purging and server administration, such as metrics."


@dataclass(frozen=True)
class Client:
    """Who sent a request."""

    actor: str
    """What the change log calls them: the name of their token, or `local`."""
    scopes: frozenset[Scope]
    digest: bytes | None = None
    """The digest of their token; None for who needs none."""
    expires_at: float = inf
    """When their token expires, in seconds since 1970."""


LOCAL = Client("local", frozenset(Scope))
"""Whoever sits at the machine."""
NOBODY = Client("nobody", frozenset())
"""Who has yet to say who they are."""
