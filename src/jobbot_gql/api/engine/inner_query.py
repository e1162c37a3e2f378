"""Queries below a field of another root, such as `subscription { live { … } }`.

Such a selection becomes a query of its own, so that its limits, scopes, cost, plan and route are those of that query.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    Node,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    print_ast,
)

from jobbot_gql.api.engine.context import OperationRequest
from jobbot_gql.api.engine.prepared_operation import Prepared


def query_below(prepared: Prepared, nodes: Sequence[FieldNode], variables: Mapping[str, Any]) -> OperationRequest:
    """The query with the selection below a field, and with the fragments and variables that it uses.

    Args:
        nodes: of the field, as graphql-core merges them.
        variables: of the operation that has the field.
    """
    selections = (one for node in nodes if node.selection_set for one in node.selection_set.selections)
    selection_set = SelectionSetNode(selections=tuple(selections))
    fragments: dict[str, FragmentDefinitionNode] = {}
    used: set[str] = set()
    waiting: list[Node] = [selection_set]
    while waiting:
        for node in _nodes(waiting.pop()):
            match node:
                case VariableNode():
                    used.add(node.name.value)
                case FragmentSpreadNode() if node.name.value not in fragments:
                    fragment = fragments[node.name.value] = prepared.fragments[node.name.value].definition
                    waiting.append(fragment)
    definitions = prepared.operation.variable_definitions or ()
    query = OperationDefinitionNode(
        operation=OperationType.QUERY,
        name=prepared.operation.name,
        variable_definitions=tuple(one for one in definitions if one.variable.name.value in used),
        directives=(),
        selection_set=selection_set,
    )
    return OperationRequest(
        print_ast(DocumentNode(definitions=(query, *fragments.values()))),
        {name: value for name, value in variables.items() if name in used},
    )


def _nodes(node: Node) -> Iterator[Node]:
    """A node and all nodes in it."""
    waiting: list[Any] = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Node):
            yield one
            waiting += (getattr(one, key) for key in one.keys)
        elif isinstance(one, list | tuple):
            waiting += one
