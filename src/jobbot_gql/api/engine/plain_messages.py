"""Rewrites graphql-core's messages to this API's pattern: what is wrong, the rule, the value, and how to fix it."""

import re
from collections.abc import Callable
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
    VariableDefinitionNode,
    ast_from_value,
    get_nullable_type,
    is_input_object_type,
    is_list_type,
    print_ast,
    type_from_ast,
)

from jobbot_gql.api.engine import message_hints

_LOCATED = re.compile(
    r"(?:Variable '\$(?P<variable>\w+)'|Argument '(?P<argument>\w+)') has invalid (?:default )?value"
    r"(?: at (?P<path>[^:]+))?: (?P<rest>.*)",
    re.DOTALL,
)
_SUGGESTED = re.compile(r" Did you mean (?:the enum value )?(?P<words>[^?]*)\?")
_LEAVES = {
    r"Int cannot represent non-integer value: (?P<value>.*)": "an integer",
    r"Int cannot represent non 32-bit signed integer value: (?P<value>.*)": "from -2147483648 to 2147483647",
    r"Float cannot represent non numeric value: (?P<value>.*)": "a number",
    r"String cannot represent a non[- ]string value: (?P<value>.*)": "a string",
    r"Boolean cannot represent a non[- ]boolean value: (?P<value>.*)": "true or false",
    r"ID cannot represent (?:a )?(?:non-string and non-integer )?value: (?P<value>.*)": "an ID, which is a string",
}


def plain_message(error: GraphQLError, schema: GraphQLSchema) -> str:
    """The rewritten message of an error; unchanged if no pattern matches."""
    located = _LOCATED.fullmatch(error.message)
    if located is None:
        for pattern, rewrite in _OF_DOCUMENTS:
            if match := pattern.fullmatch(error.message):
                return rewrite(match, schema)
        return error.message
    rest, path = located["rest"], located["path"] or ""
    name = f"{located['variable'] or located['argument']}"
    field = f"${name}" if located["variable"] and not path else f"{name}{path}"
    if rest.startswith("Expected a value of non-null type") and not path:
        return f"Variable '${name}' is required but was not provided."
    if rest.startswith("Expected value of non-null type"):
        default = _default(error, path, schema)
        return f"{field} must not be null{f'; omit it to use {default}' if default else ''}."
    for pattern, rewrite_value in _OF_VALUES:
        if match := pattern.fullmatch(rest):
            return rewrite_value(match, field, schema)
    return f"{field}: {rest}"


def exactly_one(input_type: GraphQLInputObjectType) -> str:
    """The message for an input of a @oneOf type that does not have exactly one value."""
    return f"Give exactly one of {', '.join(input_type.fields)} and omit the others (null counts as given)."


def _default(error: GraphQLError, path: str, schema: GraphQLSchema) -> str | None:
    """The default of the input field at a path such as `.items[0].title`; None if there is none."""
    definition = next((node for node in error.nodes or () if isinstance(node, VariableDefinitionNode)), None)
    current: Any = type_from_ast(schema, definition.type) if definition else None
    default: Any = Undefined
    for step in re.findall(r"\.(\w+)|\[\d+\]", path):
        current = get_nullable_type(current)
        if step and is_input_object_type(current):
            found = current.fields[step]
            current, default = found.type, found.default_value
        elif not step and is_list_type(current):
            current, default = current.of_type, Undefined
    if default is Undefined or default is None:
        return None
    shown = ast_from_value(default, current)
    return print_ast(shown) if shown else None


def _suggestion(text: str) -> str:
    """graphql-core's suggestion without quotation marks, such as ` Did you mean SALARY_MAX?`; or an empty string."""
    found = _SUGGESTED.search(text)
    return f" Did you mean {found['words'].replace(chr(39), '')}?" if found else ""


def _enum_value(enum: str, value: str, text: str, schema: GraphQLSchema) -> str:
    """` Did you mean …?` for an unknown enum value: the value that differs in case only, else graphql-core's."""
    kind = schema.get_type(enum)
    if isinstance(kind, GraphQLEnumType):
        for word in kind.values:
            if _letters(word) == _letters(value):
                return f" Did you mean {word}?"
        return _suggestion(text) or message_hints.for_enum(kind)
    return _suggestion(text)


def _letters(word: str) -> str:
    return re.sub(r"[^0-9a-z]", "", word.lower())


def _unknown_value(match: re.Match[str], field: str, schema: GraphQLSchema) -> str:
    where = f" in {field}" if "." in field else ""
    message = f"Unknown {match['type']} '{match['value']}'{where}."
    return message + _enum_value(match["type"], match["value"], match["rest"], schema)


def _no_enum(match: re.Match[str], field: str, schema: GraphQLSchema) -> str:
    value, _, rest = match["value"].partition(" Did you mean")
    suggestion = _enum_value(match["type"], value, f" Did you mean{rest}", schema)
    return f"{field} must be a {match['type']}; got {value.rstrip('.')}.{suggestion}"


def _unknown_field(match: re.Match[str], field: str, schema: GraphQLSchema) -> str:
    kind = schema.get_type(match["type"])
    hint = _suggestion(match["rest"]) or message_hints.for_input_field(schema, kind, match["name"])
    return f"Unknown field '{match['name']}' in {field} ({match['type']}).{hint}"


def _no_object(match: re.Match[str], field: str, schema: GraphQLSchema) -> str:
    hint = message_hints.for_value(schema.get_type(match["type"]))
    return f"{field} must be an object of type {match['type']}; got {match['value']}.{hint}"


def _missing_field(match: re.Match[str], field: str, _schema: GraphQLSchema) -> str:
    return f"{field.removeprefix('$')}.{match['name']} is required but was not provided."


def _not_one(match: re.Match[str], _field: str, schema: GraphQLSchema) -> str:
    kind = schema.get_type(match["type"])
    return exactly_one(kind) if isinstance(kind, GraphQLInputObjectType) else match[0]


def _leaf(rule: str) -> Callable[[re.Match[str], str, GraphQLSchema], str]:
    return lambda match, field, _: f"{field} must be {rule.format(**match.groupdict())}; got {match['value']}."


_OF_VALUES: list[tuple[re.Pattern[str], Callable[[re.Match[str], str, GraphQLSchema], str]]] = [
    (re.compile(pattern, re.DOTALL), rewrite)
    for pattern, rewrite in {
        r"Value '(?P<value>.*)' does not exist in '(?P<type>\w+)' enum\.(?P<rest>.*)": _unknown_value,
        r"Enum '(?P<type>\w+)' cannot represent non-(?:enum|string) value: (?P<value>.*)": _no_enum,
        r"Expected value of type '(?P<type>\w+)' not to include unknown field '(?P<name>[^']*)'(?P<rest>.*)": (
            _unknown_field
        ),
        r"Expected value of type '\w+' to include required field '(?P<name>\w+)'.*": _missing_field,
        r"Within OneOf Input Object type '(?P<type>\w+)', exactly one field must be specified.*": _not_one,
        r"Expected value of type '(?P<type>.+?)' to be an object, found: (?P<value>.*)\.": _no_object,
        **{pattern: _leaf(rule) for pattern, rule in _LEAVES.items()},
    }.items()
]


def _unknown_argument(match: re.Match[str], schema: GraphQLSchema) -> str:
    kind = schema.get_type(match["type"])
    field = kind.fields.get(match["field"]) if isinstance(kind, GraphQLObjectType) else None
    hint = _suggestion(match["rest"])
    if field and (not hint or match["name"] in message_hints.ALL_WORDS):
        hint = message_hints.for_argument(field, match["name"])
    return f"Unknown argument '{match['name']}' on {match['type']}.{match['field']}.{hint}"


def _unknown_object_field(match: re.Match[str], schema: GraphQLSchema) -> str:
    kind = schema.get_type(match["type"])
    if match["rest"] or not isinstance(kind, GraphQLObjectType):
        return match[0]
    return f"{match[0]}{message_hints.for_field(schema, kind, match['name'])}"


def _wrong_position(match: re.Match[str], _schema: GraphQLSchema) -> str:
    return f"{match['text']}; declare it: `${match['name']}: {match['type']}`."


def _unknown_type(match: re.Match[str], schema: GraphQLSchema) -> str:
    return f"{match['text']}{message_hints.for_type(schema, match['name']) or match['rest']}"


def _with(hint: str) -> Callable[[re.Match[str], GraphQLSchema], str]:
    return lambda match, _: f"{match[0]} {hint}"


def _missing_argument(match: re.Match[str], _schema: GraphQLSchema) -> str:
    return f"Argument '{match['name']}' of {match['of']} is required but was not provided."


def _nullable_variable(match: re.Match[str], _schema: GraphQLSchema) -> str:
    name, kind = match["name"], match["type"]
    return f"Variable '${name}' must not be null for a field of {match['of']}; declare it: `${name}: {kind}!`."


_OF_DOCUMENTS: list[tuple[re.Pattern[str], Callable[[re.Match[str], GraphQLSchema], str]]] = [
    (re.compile(pattern, re.DOTALL), rewrite)
    for pattern, rewrite in {
        r"Unknown argument '(?P<name>\w+)' on field '(?P<type>\w+)\.(?P<field>\w+)'\.(?P<rest>.*)": _unknown_argument,
        r"Argument '(?P<of>[@\w.]+)\((?P<name>\w+):\)' of type '.*' is required, but it was not provided\.": (
            _missing_argument
        ),
        r"Variable '\$(?P<name>\w+)' is of type '(?P<type>.*)' but must be non-nullable to be used for OneOf"
        r" Input Object '(?P<of>\w+)'\.": _nullable_variable,
        r"Cannot query field '(?P<name>\w+)' on type '(?P<type>\w+)'\.(?P<rest>.*)": _unknown_object_field,
        r"(?P<text>Variable '\$(?P<name>\w+)' of type '[^']*' used in position expecting type '(?P<type>[^']*)')\.": (
            _wrong_position
        ),
        r"(?P<text>Unknown type '(?P<name>\w+)'\.)(?P<rest>.*)": _unknown_type,
        r"Unknown fragment '\w+'\.": _with("Add its definition to the document."),
        r"Variable '\$\w+' is never used(?: in operation '\w+')?\.": _with("Use it, or remove its declaration."),
        r"Syntax Error: .* found <EOF>\.": _with("The document ends too early: close every brace."),
        r"Syntax Error: Unexpected '}'\.": _with("It closes nothing: remove it, or open a brace before."),
    }.items()
]
