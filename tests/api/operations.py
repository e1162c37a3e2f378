"""A hypothesis strategy for valid queries against a schema, made of everything that execution has to deal with.

Aliases, fields that are selected twice and merge, fragments with and without names, on types and on interfaces, @skip
and @include with variables, arguments as literals, as variables, with defaults, left out, null, and out of range.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
    is_required_input_field,
)
from hypothesis import strategies as st

Pools = Mapping[str, Sequence[Any]]
"""Values to choose from: by the name of a scalar, or of an argument where these need values of their own."""
MAX_FRAGMENTS = 4


@dataclass(frozen=True)
class Operation:
    """A query with its variables."""

    text: str
    variables: dict[str, Any]


@st.composite
def operations(draw: st.DrawFn, schema: GraphQLSchema, pools: Pools, roots: Sequence[str] | None = None) -> Operation:
    """Valid queries of a schema; `roots` names the fields of the query to choose from."""
    return _Writer(draw, schema, pools).operation(roots)


@dataclass
class _Writer:
    draw: st.DrawFn
    schema: GraphQLSchema
    pools: Pools
    fragments: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Name -> type condition and selection set."""
    declared: dict[str, str] = field(default_factory=dict)
    """Variable name -> its declaration."""
    variables: dict[str, Any] = field(default_factory=dict)
    aliases: int = 0

    def operation(self, roots: Sequence[str] | None) -> Operation:
        query_type = self.schema.query_type
        assert query_type is not None
        names = list(roots or query_type.fields)
        chosen = [self.field(query_type, self.one_of(names), 0) for _ in range(self.number(1, 3))]
        if self.sometimes():
            chosen.append(self.field(query_type, "__typename", 0))
        definitions = [f"fragment {name} on {kind} {body}" for name, (kind, body) in self.fragments.items()]
        head = f"query Q({', '.join(self.declared.values())}) " if self.declared else ""
        text = "\n".join([head + "{ " + " ".join(chosen) + " }", *definitions])
        return Operation(text, self.variables)

    # Choices

    def number(self, least: int, most: int) -> int:
        return self.draw(st.integers(least, most))

    def one_of(self, choices: Sequence[Any]) -> Any:
        return self.draw(st.sampled_from(choices))

    def sometimes(self) -> bool:
        return self.number(0, 4) == 4

    # Selections

    def selection(self, kind: GraphQLObjectType | GraphQLInterfaceType, depth: int) -> str:
        """A selection set."""
        leaves = [name for name, found in kind.fields.items() if not is_composite_type(get_named_type(found.type))]
        deeper = [name for name in kind.fields if name not in leaves]
        parts: list[str] = []
        for _ in range(self.number(1, 4)):
            choice = self.number(0, 9)
            if choice <= 4 and leaves:
                parts.append(self.field(kind, self.one_of(leaves), depth))
            elif choice <= 7 and deeper and depth < 5:
                parts.append(self.field(kind, self.one_of(deeper), depth))
            elif choice == 8:
                parts.append(self.fragment(kind, depth))
            else:
                parts.append(self.field(kind, "__typename", depth))
        if self.sometimes():
            parts.append(self.one_of(parts))  # the same once more, to be merged
        return "{ " + " ".join(parts) + " }"

    def field(self, kind: GraphQLObjectType | GraphQLInterfaceType, name: str, depth: int) -> str:
        """A field. Without an alias it has no arguments, so that it can be merged wherever it comes again."""
        found = self.schema.get_field(kind, name)
        assert found is not None
        arguments = {key: one for key, one in found.args.items() if is_required_argument(one) or self.sometimes()}
        below = get_named_type(found.type)
        aliased = (
            bool(arguments) or (depth > 0 and self._ambiguous(name)) or (name != "__typename" and self.sometimes())
        )
        text = name
        if aliased:
            self.aliases += 1
            text = f"a{self.aliases}: {name}{self.arguments(arguments)}"
        text += self.directives()
        if isinstance(below, GraphQLObjectType | GraphQLInterfaceType):
            text += f" {self.selection(below, depth + 1)}"
            if not aliased and self.sometimes():
                text += f" {name} {self.selection(below, depth + 1)}"  # merged with what it selects here
        return text

    def _ambiguous(self, name: str) -> bool:
        """Whether fields of this name have different types on different types, and so cannot share a response name."""
        kinds = {
            str(found.fields[name].type)
            for found in self.schema.type_map.values()
            if isinstance(found, GraphQLObjectType) and name in found.fields
        }
        return len(kinds) > 1

    def fragment(self, kind: GraphQLObjectType | GraphQLInterfaceType, depth: int) -> str:
        """A fragment, in place or by its name, on the type itself or on one that it shares objects with."""
        related: list[Any] = [kind]
        if is_abstract_type(kind):
            related += self.schema.get_possible_types(kind)
        else:
            related += kind.interfaces
        on = self.one_of(related)
        if self.sometimes() and on is kind:
            return f"...{self.directives()} {self.selection(on, depth)}"
        usable = [name for name, (condition, _) in self.fragments.items() if condition == on.name]
        if usable and self.sometimes():
            return f"...{self.one_of(usable)}{self.directives()}"
        if len(self.fragments) < MAX_FRAGMENTS and self.sometimes():
            body = self.selection(on, depth)
            name = f"F{len(self.fragments)}"
            self.fragments[name] = on.name, body
            return f"...{name}{self.directives()}"
        return f"... on {on.name}{self.directives()} {self.selection(on, depth)}"

    def directives(self) -> str:
        """Mostly nothing; @skip, @include or both, with a literal or a variable."""
        text = ""
        for name in ("skip", "include"):
            if self.number(0, 11) == 0:
                text += f" @{name}(if: {self.condition()})"
        return text

    def condition(self) -> str:
        choice = self.number(0, 4)
        if choice <= 1:
            return "true" if choice else "false"
        name = f"b{choice}"
        if name not in self.declared:
            default = " = true" if choice == 4 else ""
            self.declared[name] = f"${name}: Boolean!{default}"
            if not default or self.sometimes():
                self.variables[name] = self.draw(st.booleans())
        return f"${name}"

    # Arguments

    def arguments(self, given: Mapping[str, GraphQLArgument]) -> str:
        if not given:
            return ""
        return "(" + ", ".join(f"{name}: {self.value(name, found)}" for name, found in given.items()) + ")"

    def value(self, name: str, argument: GraphQLArgument) -> str:
        """An argument's value as a literal, or as a variable that is given, null, left out, or has a default."""
        kind = argument.type
        if self.number(0, 2):
            return _literal(self.input(name, kind, 0), kind)
        variable = f"v{len(self.declared)}"
        nullable = not is_non_null_type(kind)
        declaration = f"${variable}: {kind}"
        if nullable and self.sometimes():
            declaration += f" = {_literal(self.input(name, kind, 0), kind)}"
        self.declared[variable] = declaration
        if not nullable or not self.sometimes():
            self.variables[variable] = None if nullable and self.sometimes() else self.input(name, kind, 0)
        return f"${variable}"

    def input(self, name: str, kind: GraphQLInputType, depth: int) -> Any:
        """A JSON value of an input type; enum values are their names."""
        if is_non_null_type(kind):
            return self.input(name, kind.of_type, depth)
        if is_list_type(kind):
            return [self.input(name, kind.of_type, depth + 1) for _ in range(self.number(0 if depth else 1, 2))]
        if isinstance(kind, GraphQLEnumType):
            return self.one_of(list(kind.values))
        if isinstance(kind, GraphQLInputObjectType):
            required = [key for key, one in kind.fields.items() if is_required_input_field(one)]
            optional = [key for key in kind.fields if key not in required and _may_nest(kind.fields[key].type, depth)]
            most = 1 if kind.is_one_of else self.number(0, 2)
            least = 1 if kind.is_one_of else 0
            most = min(most, len(optional))
            choices = st.sampled_from(optional) if optional else st.nothing()
            chosen = self.draw(st.lists(choices, unique=True, min_size=least, max_size=most))
            return {key: self.input(key, kind.fields[key].type, depth + 1) for key in (*required, *chosen)}
        named = get_named_type(kind).name
        return self.one_of(self.pools.get(name) or self.pools[named])


def _may_nest(kind: Any, depth: int) -> bool:
    return depth < 4 or not isinstance(get_named_type(kind), GraphQLInputObjectType)


def _literal(value: Any, kind: Any) -> str:
    """A JSON value as a literal of GraphQL."""
    if is_non_null_type(kind):
        kind = kind.of_type
    if value is None:
        text = "null"
    elif is_list_type(kind):
        text = "[" + ", ".join(_literal(item, kind.of_type) for item in value) + "]"
    elif isinstance(kind, GraphQLInputObjectType):
        text = "{" + ", ".join(f"{key}: {_literal(one, kind.fields[key].type)}" for key, one in value.items()) + "}"
    elif isinstance(kind, GraphQLEnumType):
        text = str(value)
    else:
        text = json.dumps(value)
    return text
