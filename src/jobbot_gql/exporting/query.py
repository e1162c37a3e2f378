"""What an export asks for: a filter and an order as the API's connections take them, and columns."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
from graphql import FieldNode, GraphQLSchema, get_named_type
from graphql.execution import get_argument_values, get_variable_values

from jobbot_gql.access.clients import Client
from jobbot_gql.api.engine.document_cache import Guard
from jobbot_gql.api.engine.plain_messages import plain_message
from jobbot_gql.api.fields.paging import ListRequest, list_request
from jobbot_gql.api.strawberry_internals import converted_arguments, definition_of
from jobbot_gql.api.types.entity import Entity, entity_named
from jobbot_gql.api.types.errors import BadRequest, shown
from jobbot_gql.exporting.columns import Columns


@dataclass(frozen=True)
class ExportQuery:
    """The rows of an export in their order, and the columns that it shows of them."""

    list: ListRequest
    columns: Columns


@cache
def exportable(schema: GraphQLSchema) -> dict[str, Entity]:
    """The entities of which there are exports, by the name of the connection that lists them, such as `jobs`."""
    fields = schema.query_type.fields if schema.query_type else {}
    connections = {name: get_named_type(field.type).name for name, field in fields.items()}
    listed = {
        name: entity_named(kind.removesuffix("Connection"))
        for name, kind in connections.items()
        if kind.endswith("Connection")
    }
    return {name: entity for name, entity in listed.items() if entity is not None}


def export_query(
    guard: Guard,
    client: Client,
    name: str,
    *,
    filter: str | None = None,  # noqa: A002 - the parameter's name
    order_by: str | None = None,
    columns: str | None = None,
) -> ExportQuery:
    """Check the parameters of an export of the connection `name`.

    They pass the checks of an operation that lists the same rows: the client's scopes, the limits of variables, and
    the coercion of the inputs.

    Args:
        filter: JSON of the entity's filter input, such as `JobFilter`.
        order_by: JSON of its order input, or of a list of them.
        columns: Names separated by commas; default: see `Columns`.

    Raises GraphQLError.
    """
    entity = exportable(guard.schema)[name]
    given = {"filter": _decoded("filter", filter), "orderBy": _decoded("orderBy", order_by)}
    text = (
        f"query($filter: {entity.name}Filter, $orderBy: [{entity.name}Order!])"
        f" {{ {name}(first: 1, filter: $filter, orderBy: $orderBy) {{ nodes {{ id }} }} }}"
    )
    document = guard.document(text)
    operation = document.prepared(None, client).operation
    guard.cost(document, operation, given)
    guard.validate(document)
    arguments = _arguments(guard.schema, operation, given)
    request = list_request(entity, **{argument: arguments.get(argument) for argument in ("filter", "order_by")})
    names = None if columns is None else [one.strip() for one in columns.split(",")]
    return ExportQuery(request, Columns(entity, names))


def _decoded(parameter: str, text: str | None) -> Any:
    if text is None:
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"{parameter} must be JSON ({error}); got {shown(text)}.") from None


def _arguments(schema: GraphQLSchema, operation: Any, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """The arguments of the operation's only field as its resolver gets them. Raises BadRequest."""
    variables = get_variable_values(schema, operation.variable_definitions, dict(given), 1)
    if isinstance(variables, list):
        message = plain_message(variables[0], schema)
        for parameter in given:
            message = message.replace(f"${parameter}", parameter, 1)
        raise BadRequest(message)
    node: FieldNode = operation.selection_set.selections[0]
    field = schema.query_type.fields[node.name.value]  # type: ignore[union-attr] # the schema has queries
    return converted_arguments(
        schema, get_argument_values(field, node, variables, None, True), definition_of(field).arguments
    )
