"""The validation rules of documents: graphql-core's, some with better messages, and two more."""

from typing import Any

from graphql import (
    SKIP,
    ArgumentNode,
    ASTValidationRule,
    GraphQLError,
    GraphQLInputType,
    NonNullTypeNode,
    NoUndefinedVariablesRule,
    ObjectFieldNode,
    OperationDefinitionNode,
    ValueNode,
    ValuesOfCorrectTypeRule,
    VariableDefinitionNode,
    VariablesInAllowedPositionRule,
    VisitorAction,
    get_nullable_type,
    is_input_object_type,
    is_non_null_type,
    print_ast,
    specified_rules,
    validate_input_literal,
)

from jobbot_gql.api.strawberry_internals import MaybeNullValidationRule


class _NullRule(MaybeNullValidationRule):
    """Strawberry's rule against null for a field that may only be omitted, with a message for clients."""

    def report_error(self, error: GraphQLError) -> None:
        names = [node.name.value for node in error.nodes or () if isinstance(node, ArgumentNode | ObjectFieldNode)]
        super().report_error(
            GraphQLError(f"{', '.join(names)} must not be null; omit it or give a value.", error.nodes)
        )


class _OneOfRule(VariablesInAllowedPositionRule):
    """A variable for a field of a @oneOf input must not be nullable, also if the input itself is non-null.

    graphql-core's own rule applies only to a nullable input, because it compares the wrapped type.
    """

    def leave_operation_definition(self, operation: OperationDefinitionNode, *_args: Any) -> None:
        for usage in self.context.get_recursive_variable_usages(operation):
            parent, definition = usage.parent_type, self.var_def_map.get(usage.node.name.value)
            if not is_non_null_type(parent) or definition is None or isinstance(definition.type, NonNullTypeNode):
                continue
            one_of = parent.of_type
            if is_input_object_type(one_of) and one_of.is_one_of:
                self.report_error(
                    GraphQLError(
                        f"Variable '${usage.node.name.value}' is of type '{print_ast(definition.type)}'"
                        f" but must be non-nullable to be used for OneOf Input Object '{one_of}'.",
                        [definition, usage.node],
                    )
                )


class _UndefinedVariableRule(NoUndefinedVariablesRule):
    """graphql-core's rule; the message shows the missing definition."""

    def enter_operation_definition(self, operation: OperationDefinitionNode, *_args: Any) -> None:
        defined = {definition.variable.name.value for definition in operation.variable_definitions or ()}
        head = operation.operation.value + (f" {operation.name.value}" if operation.name else "")
        for usage in self.context.get_recursive_variable_usages(operation):
            name = usage.node.name.value
            if name not in defined and not usage.fragment_variable_definition:
                one_of = get_nullable_type(usage.parent_type) if usage.parent_type else None
                kind = f"{usage.type}!" if is_input_object_type(one_of) and one_of.is_one_of else usage.type
                needed = f"; declare it: `{head}(${name}: {kind})`." if kind else "."
                self.report_error(GraphQLError(f"Variable '${name}' is not defined{needed}", [usage.node, operation]))


class _ValueRule(ValuesOfCorrectTypeRule):
    """graphql-core's rule; the message names the argument and the field, as it does for variables."""

    _subject = ""

    def enter_argument(self, node: ArgumentNode, *_args: Any) -> None:
        self._subject = f"Argument '{node.name.value}'"

    def enter_variable_definition(self, node: VariableDefinitionNode, *_args: Any) -> None:
        self._subject = f"Variable '${node.variable.name.value}'"

    def is_valid_value_node(self, node: ValueNode, input_type: GraphQLInputType | None) -> VisitorAction:
        def on_error(error: GraphQLError, path: list[str | int]) -> None:
            at = "".join(f".{step}" if isinstance(step, str) else f"[{step}]" for step in path)
            error.message = f"{self._subject} has invalid value{f' at {at}' if at else ''}: {error.message}"
            self.report_error(error)

        if input_type:
            validate_input_literal(node, input_type, on_error, None, None, self.context.hide_suggestions)
        return SKIP


_OWN: dict[Any, type[ASTValidationRule]] = {
    NoUndefinedVariablesRule: _UndefinedVariableRule,
    ValuesOfCorrectTypeRule: _ValueRule,
}
RULES = (*(_OWN.get(rule, rule) for rule in specified_rules), _NullRule, _OneOfRule)
