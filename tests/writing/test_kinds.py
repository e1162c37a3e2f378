"""The examples in `kinds.py` cover every entity that the API writes, and every column of it."""

import pytest
from graphql import GraphQLInputObjectType, get_named_type

from jobbot_gql.schema import schema
from tests.writing.kinds import KINDS, PARENTS

NOT_COLUMNS = {"idempotencyKey", "allowRepeat", "repeatReason"}
"""Arguments of a request."""
MUTATIONS = schema.graphql.mutation_type.fields if schema.graphql.mutation_type else {}


def inputs(verb: str) -> dict[str, GraphQLInputObjectType]:
    """The inputs of `verb`'s mutations of one row, by kind."""
    found = {}
    for name, field in MUTATIONS.items():
        given = get_named_type(field.args["input"].type) if "input" in field.args else None
        if name.startswith(verb) and isinstance(given, GraphQLInputObjectType) and "items" not in given.fields:
            kind = name.removeprefix(verb)
            found[kind[0].lower() + kind[1:]] = given
    return found


def test_every_kind_has_an_example() -> None:
    assert KINDS.keys() == inputs("create").keys()


@pytest.mark.parametrize("kind", KINDS)
def test_every_column_has_an_example(kind: str) -> None:
    fields = inputs("create")[kind].fields
    nested = {name for name, field in fields.items() if isinstance(get_named_type(field.type), GraphQLInputObjectType)}
    references = {name for name in fields if name.removesuffix("Id") in KINDS and name.endswith("Id")}

    assert KINDS[kind][0].keys() == fields.keys() - nested - references - NOT_COLUMNS
    assert KINDS[kind][1].keys() <= KINDS[kind][0].keys()


@pytest.mark.parametrize("kind", KINDS)
def test_every_required_parent_is_named(kind: str) -> None:
    required = {
        name.removesuffix("Id")
        for name, field in inputs("create")[kind].fields.items()
        if name.endswith("Id") and str(field.type).endswith("!")
    }
    assert required <= set(PARENTS.get(kind, ()))
