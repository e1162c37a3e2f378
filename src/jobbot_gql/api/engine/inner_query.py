"""Queries below a field of another root, such as the selection of a subscription's field of the type Query.

Such a selection becomes a query of its own, so that its limits, scopes, cost, plan and route are those of that query.
"""

from collections.abc import Iterator
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLResolveInfo,
    Node,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    Undefined,
    VariableNode,
    print_ast,
)

from jobbot_gql.api.engine.context import Context, OperationRequest


def query_below(info: GraphQLResolveInfo[Context]) -> OperationRequest:
    """The query with the selection below a field, and with the fragments and variables that it uses."""
    selections = (one for node in info.field_nodes if node.selection_set for one in node.selection_set.selections)
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
                    fragment = fragments[node.name.value] = info.fragments[node.name.value]
                    waiting.append(fragment)
    definitions = info.operation.variable_definitions or ()
    query = OperationDefinitionNode(
        operation=OperationType.QUERY,
        name=info.operation.name,
        variable_definitions=tuple(one for one in definitions if one.variable.name.value in used),
        directives=(),
        selection_set=selection_set,
    )
    variables = info.context.variables
    given = {name: source.value for name, source in variables.sources.items()} if variables else {}
    return OperationRequest(
        print_ast(DocumentNode(definitions=(query, *fragments.values()))),
        {name: value for name, value in given.items() if name in used and value is not Undefined},
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
