"""The scopes that an operation requires: those of its root fields.

Queries and subscriptions require `read`, mutations `write`. A root field can require another scope instead:

    @strawberry.mutation(metadata={SCOPE: Scope.ADMIN})
    def purge(self) -> ...

Fields that variables skip count too.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
)

from jobbot_gql.access.clients import Client, Scope
from jobbot_gql.api.graphql_core_internals import FragmentDetails
from jobbot_gql.api.strawberry_internals import definition_of
from jobbot_gql.api.types.errors import Forbidden

SCOPE = "scope"
"""Key in a root field's metadata: its scope."""
SCOPES = {
    OperationType.QUERY: Scope.READ,
    OperationType.MUTATION: Scope.WRITE,
    OperationType.SUBSCRIPTION: Scope.READ,
}


def needed_scopes(
    schema: GraphQLSchema, operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDetails]
) -> frozenset[Scope]:
    """The scopes that an operation requires; a field that is not in the schema requires the usual scope."""
    usual = SCOPES[operation.operation]
    root = schema.get_root_type(operation.operation)
    scopes: set[Scope] = set()
    for name in _root_fields(operation.selection_set, fragments):
        field = root.fields.get(name) if root else None
        definition = definition_of(field) if field else None
        scopes.add(definition.metadata.get(SCOPE, usual) if definition else usual)
    return frozenset(scopes or {usual})


def require(client: Client, scopes: frozenset[Scope]) -> None:
    """Raise Forbidden unless the client has the scopes."""
    if not scopes <= client.scopes:
        raise Forbidden(next(scope.value for scope in Scope if scope in scopes - client.scopes))


def _root_fields(selection_set: SelectionSetNode, fragments: Mapping[str, FragmentDetails]) -> Iterator[str]:
    waiting: list[Any] = [selection_set]
    seen = set()
    while waiting:
        for node in waiting.pop().selections:
            match node:
                case FieldNode():
                    yield node.name.value
                case InlineFragmentNode():
                    waiting.append(node.selection_set)
                case FragmentSpreadNode():
                    name = node.name.value
                    if name in fragments and name not in seen:
                        seen.add(name)
                        waiting.append(fragments[name].definition.selection_set)
