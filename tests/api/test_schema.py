"""The schema as its readers see it."""

from pathlib import Path

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLUnionType,
    is_introspection_type,
    is_specified_scalar_type,
)

from jobbot_gql.models import Base
from jobbot_gql.schema import schema

TYPES = [
    kind
    for kind in schema._schema.type_map.values()
    if not is_introspection_type(kind) and not is_specified_scalar_type(kind)
]


def test_schema_graphql_is_the_codes_own() -> None:
    committed = Path(__file__).parents[2] / "schema.graphql"

    assert committed.read_text("utf-8") == schema.as_str() + "\n", "`make schema` writes it anew"


def test_everything_has_a_description() -> None:
    assert [name for kind in TYPES for name in undescribed(kind)] == []


def undescribed(kind: GraphQLNamedType) -> list[str]:
    """What has no description of a type and its parts."""
    parts: dict[str, str | None] = {kind.name: kind.description}
    if isinstance(kind, GraphQLEnumType):
        parts |= {f"{kind.name}.{name}": value.description for name, value in kind.values.items()}
    elif isinstance(kind, GraphQLInputObjectType):
        parts |= {f"{kind.name}.{name}": field.description for name, field in kind.fields.items()}
    elif isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        for name, field in kind.fields.items():
            parts[f"{kind.name}.{name}"] = field.description
            parts |= {f"{kind.name}.{name}({arg})": value.description for arg, value in field.args.items()}
    else:
        assert isinstance(kind, GraphQLUnionType) or kind.description
    return [name for name, description in parts.items() if not description]


def test_every_column_of_every_entity_is_shown() -> None:
    hidden = {
        f"{mapper.class_.__name__}.{column.key}"
        for mapper in Base.registry.mappers
        for column in mapper.column_attrs
        if (kind := schema._schema.type_map.get(mapper.class_.__name__)) is None or camel(column.key) not in kind.fields  # type: ignore[attr-defined] # entities are object types
    }

    # Keys are followed, not shown; the change log comes through fields of its own.
    assert {name for name in hidden if not name.endswith("_id") and not name.startswith("Change.")} == {
        "Application.posting_digest",
        "Job.url_key",
        "JobSource.url_key",
        "JobSource.direct_url_key",
        "JobSource.raw",
    }


def camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.title() for word in rest)
