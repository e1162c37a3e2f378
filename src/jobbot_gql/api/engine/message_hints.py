"""Hints for error messages: how to write what a client seems to mean, by the names in the schema."""

import re
from collections.abc import Iterable

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_input_object_type,
    is_object_type,
    is_required_argument,
)

from jobbot_gql.api.types.page_size import MAX_PAGE

MOST_NAMES = 12
"""Largest number of fields or arguments that a hint lists."""
MOST_VALUES = 15
"""Largest number of enum values that a hint lists."""
PAGE_SIZE_WORDS = frozenset({"limit", "take", "top", "count", "size", "pageSize", "perPage", "num"})
"""Names that other APIs use for the argument `first`."""
OTHER_WORDS = {
    **dict.fromkeys(("offset", "skip", "page", "cursor", "from"), "after"),
    **dict.fromkeys(("where", "filters", "filterBy"), "filter"),
    **dict.fromkeys(("sort", "sortBy", "order", "ordering"), "orderBy"),
}
"""Names that other APIs use for other arguments of lists."""
ALL_WORDS = PAGE_SIZE_WORDS | OTHER_WORDS.keys()
"""Names whose meaning is known better than by their spelling."""
TO_MANY = frozenset({"some", "none", "every"})


def for_argument(field: GraphQLField, name: str) -> str:
    """Hint for an unknown argument of a field."""
    meant = OTHER_WORDS.get(name)
    if name in PAGE_SIZE_WORDS and {"first", "after"} <= field.args.keys():
        return f" Use `first` (at most {MAX_PAGE})."
    if meant == "after" and meant in field.args:
        return " Use `after`, with the `endCursor` of the page before."
    if meant in field.args:
        return f" Use `{meant}`."
    for argument, definition in field.args.items():
        kind = get_named_type(definition.type)
        if is_input_object_type(kind) and name in kind.fields:
            return f" Write `{argument}: {{{name}: …}}`."
    return _listed("Its arguments", field.args, MOST_NAMES)


def for_field(schema: GraphQLSchema, kind: GraphQLObjectType, name: str) -> str:
    """Hint for an unknown field of an object type."""
    if kind in (schema.query_type, schema.mutation_type):
        other = schema.mutation_type if kind is schema.query_type else schema.query_type
        if other is None or name not in other.fields:
            return ""
        return f" It is a field of {other}: begin the operation with `{str(other).lower()}`."
    if any(one.name == "Node" for one in kind.interfaces):
        return ""
    for inner, field in kind.fields.items():
        below = get_named_type(field.type)
        needs = any(is_required_argument(argument) for argument in field.args.values())
        if is_object_type(below) and below.name != "Change" and name in below.fields and not needs:
            return f" Write `{inner} {{ {name} }}`."
    return _listed("Its fields", kind.fields, MOST_NAMES)


def for_input_field(schema: GraphQLSchema, kind: GraphQLNamedType | None, name: str) -> str:
    """Hint for an unknown field of an input object type."""
    if not isinstance(kind, GraphQLInputObjectType):
        return ""
    if (action := _action_that_sets(schema, kind, name)) is not None:
        return f" Use `{action}`."
    if name in TO_MANY and "and" in kind.fields:
        return " It relates to one row: give the row's conditions directly."
    if kind.fields.keys() >= TO_MANY:
        below = get_named_type(kind.fields["some"].type)
        if is_input_object_type(below) and name in below.fields:
            return f" Write `some: {{{name}: …}}`."
    return _listed("Its fields", kind.fields, MOST_NAMES)


def _action_that_sets(schema: GraphQLSchema, kind: GraphQLInputObjectType, name: str) -> str | None:
    """The first mutation of one row that sets a field which `update…` does not, such as `changeJobStatus`."""
    row = re.fullmatch(r"Update(\w+)Input", kind.name)
    if row is None or schema.mutation_type is None:
        return None
    for mutation, field in schema.mutation_type.fields.items():
        given = get_named_type(field.args["input"].type)
        if (
            re.fullmatch(rf"(?!create|update|upsert|delete)[a-z]+{row[1]}(?![a-z])\w*", mutation)
            and is_input_object_type(given)
            and {"id", name} <= given.fields.keys()
        ):
            return str(mutation)
    return None


def for_value(kind: GraphQLNamedType | None) -> str:
    """Hint for a value where an input object is required."""
    if isinstance(kind, GraphQLInputObjectType):
        for name in ("eq", "field"):
            if name in kind.fields:
                return f" Write `{{{name}: …}}`."
    return ""


def for_enum(kind: GraphQLEnumType) -> str:
    """Hint for an unknown value of an enum."""
    return _listed("Its values", kind.values, MOST_VALUES) or f" The schema lists its {len(kind.values)} values."


def for_type(schema: GraphQLSchema, name: str) -> str:
    """Hint for the name of an unknown input type, such as `JobInput`."""
    found = [
        one
        for one, kind in schema.type_map.items()
        if name.endswith("Input") and one.endswith(name) and is_input_object_type(kind)
    ]
    return f" Did you mean {', '.join(found)}?" if found else ""


def _listed(head: str, names: Iterable[str], most: int) -> str:
    names = list(names)
    return f" {head}: {', '.join(names)}." if 0 < len(names) <= most else ""
