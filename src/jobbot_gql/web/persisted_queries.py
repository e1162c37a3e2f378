"""Automatic persisted queries: a client sends a document once, and afterwards only its SHA-256 hash.

The protocol is Apollo's (`extensions.persistedQuery`). `documentId: "sha256:…"` of GraphQL over HTTP is equivalent.
"""

from hashlib import sha256

from graphql import GraphQLError

from jobbot_gql.api.engine.document_cache import Guard
from jobbot_gql.api.types.errors import shown
from jobbot_gql.web.rejected_requests import RejectedRequest
from jobbot_gql.web.requests import SHA256, GraphQLRequest


class PersistedQueryNotFound(GraphQLError):
    """The document is not in the cache. Clients recognise the message and send the document."""

    def __init__(self) -> None:
        super().__init__("PersistedQueryNotFound", extensions={"code": "PERSISTED_QUERY_NOT_FOUND"})


class PersistedQueryNotSupported(GraphQLError):
    """The document cache is disabled. Clients recognise the message and stop sending hashes."""

    def __init__(self) -> None:
        super().__init__("PersistedQueryNotSupported", extensions={"code": "PERSISTED_QUERY_NOT_SUPPORTED"})


class PersistedQueries:
    """Finds documents by hash in the guard's cache.

    That cache holds every valid document, also those sent without a hash. So invalid documents cannot fill it, and one
    pair of bounds suffices.
    """

    def __init__(self, guard: Guard) -> None:
        self.guard = guard

    def text(self, request: GraphQLRequest) -> str:
        """The document of a request.

        Raises PersistedQueryNotFound, PersistedQueryNotSupported, RejectedRequest.
        """
        name = request.document_id or ""
        digest = name.removeprefix(SHA256) if name.startswith(SHA256) else None
        if request.query is not None:
            # `encode` cannot fail: neither JSON nor a query string yields surrogates.
            if digest and digest != sha256(request.query.encode()).hexdigest():
                raise RejectedRequest(400, f"sha256Hash is not the SHA-256 of the query; got {shown(digest, 80)}.")
            return request.query
        if not self.guard.remembers:
            raise PersistedQueryNotSupported
        document = self.guard.known_by_hash(digest) if digest else None
        if document is None:
            raise PersistedQueryNotFound
        return document.text
