"""Automatic persisted queries: a client sends a document once, and from then on its SHA-256 hash.

The protocol is Apollo's (`extensions.persistedQuery`); GraphQL over HTTP's `documentId: "sha256:…"` means the same.
"""

from hashlib import sha256

from graphql import GraphQLError

from jobbot_gql.api.engine.document_cache import Guard
from jobbot_gql.api.types.errors import shown
from jobbot_gql.web.rejected_requests import RejectedRequest
from jobbot_gql.web.requests import SHA256, GraphQLRequest


class PersistedQueryNotFound(GraphQLError):
    """The server has not seen the document, or not lately; clients know the message and send the document."""

    def __init__(self) -> None:
        super().__init__("PersistedQueryNotFound", extensions={"code": "PERSISTED_QUERY_NOT_FOUND"})


class PersistedQueryNotSupported(GraphQLError):
    """The server remembers no documents; clients know the message and send hashes no more."""

    def __init__(self) -> None:
        super().__init__("PersistedQueryNotSupported", extensions={"code": "PERSISTED_QUERY_NOT_SUPPORTED"})


class PersistedQueries:
    """Finds documents by their hash in the guard's memory, which has every valid one, up to its bounds.

    So there is one memory with one pair of bounds, nothing invalid can fill it, and a document that some client has
    sent without its hash is known by it too.
    """

    def __init__(self, guard: Guard) -> None:
        self.guard = guard

    def text(self, asked: GraphQLRequest) -> str:
        """The document that a request asks for.

        Raises PersistedQueryNotFound, PersistedQueryNotSupported, RejectedRequest.
        """
        name = asked.document_id or ""
        digest = name.removeprefix(SHA256) if name.startswith(SHA256) else None
        if asked.query is not None:
            # Surrogates cannot come in from JSON or a query string.
            if digest and digest != sha256(asked.query.encode()).hexdigest():
                raise RejectedRequest(400, f"sha256Hash is not the SHA-256 of the query; got {shown(digest, 80)}.")
            return asked.query
        if not self.guard.remembers:
            raise PersistedQueryNotSupported
        document = self.guard.known_by_hash(digest) if digest else None
        if document is None:
            raise PersistedQueryNotFound
        return document.text
