"""Documents within the limits: checked before they are validated and executed, and cached if they are valid."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from hashlib import sha256
from typing import Any, NamedTuple, Self

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    get_introspection_query,
    parse,
    validate,
)

from jobbot_gql.access.clients import Client
from jobbot_gql.api.engine.prepared_operation import Prepared
from jobbot_gql.api.engine.response_size import size_of
from jobbot_gql.api.engine.validation_rules import RULES
from jobbot_gql.api.guard.authorization import require
from jobbot_gql.api.guard.cost import Measures, check_text, measure, name_of, overlaps
from jobbot_gql.api.guard.lexer import Lexical, scan
from jobbot_gql.api.types.errors import BadRequest, TooComplex, shown
from jobbot_gql.byte_cache import CACHE, Owner, View
from jobbot_gql.settings import Settings

MAX_ERRORS = 10
"""Maximum number of validation errors of a document. Each may quote a value."""
TOKEN_BYTES = 600
"""Memory of a parsed document per token, measured with tracemalloc: 300 to 560 bytes."""


INTROSPECTION_FACTOR = 6
"""Memory of an introspection result per byte of its JSON, measured with tracemalloc."""


class Limits(NamedTuple):
    """The limits; each is the setting JOBBOT_MAX_… of its name."""

    query_length: int
    tokens: int
    depth: int
    fragment_depth: int
    value_depth: int
    fields: int
    aliases: int
    directives: int
    overlaps: int
    list_length: int
    variable_values: int
    introspections: int
    cost: int
    cached_bytes: int
    response_bytes: int

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The limits of the settings."""
        return cls(*(getattr(settings, f"max_{name}") for name in cls._fields))


class Invalid(Exception):
    """A document that is not valid for the schema; `errors` are for the client."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        self.errors = errors


@dataclass(frozen=True, eq=False)
class Document:
    """A parsed document within the limits."""

    text: str
    parsed: DocumentNode
    lexical: Lexical
    measures: Measures
    schema: GraphQLSchema
    _prepared: dict[str | None, Prepared] = field(default_factory=dict)

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation to execute. Raises BadRequest if the name does not identify one."""
        operations = [node for node in self.parsed.definitions if isinstance(node, OperationDefinitionNode)]
        if not operations:
            raise BadRequest("The document has no operation; send a query, a mutation or a subscription.")
        if name is None:
            if len(operations) > 1:
                raise BadRequest(f"The document has {len(operations)} operations; name one in operationName.")
            return operations[0]
        for node in operations:
            if name_of(node) == name:
                return node
        raise BadRequest(f"Operation {shown(name)} is not in the document; check operationName.")

    def prepared(self, name: str | None, client: Client) -> Prepared:
        """The prepared operation to execute. Raises BadRequest as `operation` does.

        All transports call it, so that the scopes of every operation are checked. Raises Forbidden.
        """
        prepared = self._prepared.get(name)
        if prepared is None:
            prepared = self._prepared[name] = Prepared(
                self.schema, self.parsed, self.operation(name), self.measures.fields
            )
        require(client, prepared.scopes)
        return prepared

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the text, in hexadecimal digits."""
        return sha256(self.text.encode()).hexdigest()

    @property
    def bytes(self) -> int:
        """Estimated memory of the document."""
        return len(self.text) + TOKEN_BYTES * self.lexical.tokens


class Guard:
    """Parses documents, enforces the limits, and caches valid documents by text and hash.

    What depends only on the text is computed once: a repeated document takes a look-up, and the size of its variables
    and its cost are computed.
    """

    def __init__(self, schema: GraphQLSchema, limits: Limits) -> None:
        self.schema = schema
        self.limits = limits
        CACHE.resize(limits.cached_bytes)
        self._owner = Owner()
        self._by_hash: dict[str, Document] = {}
        self.introspected = View(CACHE, "introspection", _introspection_bytes)
        """Responses to operations that only read the schema, by the owner of the operation."""
        full = get_introspection_query(
            specified_by_url=True,
            directive_is_repeatable=True,
            schema_description=True,
            input_value_deprecation=True,
            experimental_directive_deprecation=True,
            one_of=True,
        )
        self._introspection = measure(schema, parse(full)).introspection

    def known(self, text: str) -> Document | None:
        """The cached document of a text; None if it is not cached."""
        found: Document | None = CACHE.get((self._owner, text))
        return found

    def known_by_hash(self, digest: str) -> Document | None:
        """The cached document whose text has this SHA-256, in hexadecimal digits; None if it is not cached."""
        return self._by_hash.get(digest)

    @property
    def remembers(self) -> bool:
        """Whether documents are cached."""
        return self.limits.cached_bytes > 0

    def document(self, text: str) -> Document:
        """The document of a text. Raises TooComplex, BadRequest, or graphql-core's GraphQLSyntaxError."""
        if found := self.known(text):
            return found
        self._hold("query_length", len(text))
        lexical = scan(text)
        for limit, value in zip(Lexical._fields, lexical, strict=True):
            self._hold(limit, value)
        parsed = parse(text)
        _unlink_tokens(parsed)
        measures = measure(self.schema, parsed)
        for limit in ("depth", "fragment_depth", "fields", "aliases", "directives", "list_length"):
            self._hold(limit, getattr(measures, limit))
        self._hold("overlaps", overlaps(parsed))
        self._hold("introspections", -(-measures.introspection // self._introspection))
        return Document(text, parsed, lexical, measures, self.schema)

    def cost(self, document: Document, operation: OperationDefinitionNode, variables: Mapping[str, Any] | None) -> int:
        """The cost of an operation: the number of values it could return. Raises TooComplex, also for its variables."""
        variables = variables or {}
        count, depth, list_length = _extent(variables)
        self._hold("variable_values", count)
        self._hold("value_depth", depth)
        self._hold("list_length", list_length)
        cost = document.measures.cost(name_of(operation), variables)
        self._hold("cost", cost)
        return cost

    def validate(self, document: Document) -> None:
        """Validate a document against the schema; a valid one is cached. Raises Invalid."""
        if self.known(document.text):
            return
        errors = validate(self.schema, document.parsed, RULES, MAX_ERRORS)
        if errors:
            raise Invalid(errors)
        self._by_hash[document.hash] = document
        forget = partial(self._by_hash.pop, document.hash, None)
        if not CACHE.put((self._owner, document.text), document, document.bytes, "documents", forget):
            forget()

    def _hold(self, limit: str, value: int) -> None:
        cap: int = getattr(self.limits, limit)
        if value > cap:
            raise TooComplex(limit, value, cap)


def _unlink_tokens(document: DocumentNode) -> None:
    """Break the doubly linked list of a document's tokens: it keeps all of them alive, in a reference cycle."""
    token = document.loc.start_token if document.loc else None
    while token is not None:
        following = token.next
        token.prev = token.next = None
        token = following


def _extent(variables: Mapping[str, Any]) -> tuple[int, int, int]:
    """Number of values in variables, their depth, and the length of the longest list."""
    count = deepest = longest = 0
    waiting: list[tuple[Any, int]] = [(value, 0) for value in variables.values()]
    while waiting:
        value, depth = waiting.pop()
        count += 1
        if isinstance(value, list):
            longest = max(longest, len(value))
        elif isinstance(value, dict):
            value = value.values()
        elif isinstance(value, str):
            check_text(value)
            continue
        else:
            continue
        deepest = max(deepest, depth + 1)
        waiting += [(inner, depth + 1) for inner in value]
    return count, deepest, longest


def _introspection_bytes(data: Any) -> int:
    """Estimated memory of the response to an operation that only reads the schema."""
    return INTROSPECTION_FACTOR * size_of(data)
