"""Everything that the project uses of graphql-core beyond its documented API; no other module does.

The engine also overrides methods of graphql-core's executor. `tests/library_contracts` lists them and states what each
piece must do. pyproject.toml caps graphql-core at the minor version that this was tested with.
"""

from graphql import GraphQLError
from graphql.execution.collect_fields import (
    CollectedFields,
    FieldDetails,
    FragmentDetails,
    collect_fields,
    collect_subfields,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValueSource
from graphql.pyutils import Path
from graphql.utilities.coerce_input_value import coerce_default_value

from jobbot_gql.api.strawberry_internals import StrawberryGraphQLCoreExecutionContext

__all__ = [
    "CollectedFields",
    "FieldDetails",
    "FragmentDetails",
    "GraphQLCoreExecutor",
    "GraphQLVariableSignature",
    "VariableValueSource",
    "coerce_default_value",
    "collect_fields",
    "collect_subfields",
    "get_variable_signature",
]


class GraphQLCoreExecutor(StrawberryGraphQLCoreExecutionContext):
    """graphql-core's executor of one operation, as Strawberry sets it up."""

    def collect_error(self, error: GraphQLError, path: Path) -> None:
        """Add an error to the response, unless the field at the path or a field above it has already failed."""
        self.collected_errors.add(error, path)
