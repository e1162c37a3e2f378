"""Size of a GraphQL document, and number of values that its operations could return.

Everything here takes time linear in the document: a fragment is measured once, however often it is spread.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FloatValueNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    StringValueNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)

from jobbot_gql.api.strawberry_internals import definition_of
from jobbot_gql.api.types.errors import BadRequest, shown
from jobbot_gql.api.types.page_size import DEFAULT_PAGE

MAX_ROWS: Final = 1_000
"""Maximum number of rows of a list field; a larger argument is rejected when the field is executed."""
PARTS: Final = 10
"""Number of rows that a plain list counts as: children, such as the responses to an application, are few."""
MAX_DIGITS: Final = 400
"""Maximum digits of a number; Python rejects very long ones."""
HUGE: Final = 10**15
"""Upper bound of counts, which double with every fragment that spreads another one twice."""


TEXTS: Final = "jobbot_gql.texts"
"""Key in a field's metadata: names of the string arguments whose length adds to its cost."""
ITEMS: Final = ("items", "ids", "expectedCount")
"""Fields of an input that list the rows to write, or give their number."""
RESULTS: Final = "results"
"""Field of a payload with one entry per row."""


class VariableSize(NamedTuple):
    """A number of rows that is the value of a variable."""

    variable: str
    default: int
    at_most: int

    def of(self, variables: Mapping[str, Any]) -> int:
        """The number under the given variables; a value of a wrong type is left to the coercion of variables."""
        value = variables.get(self.variable)
        if isinstance(value, dict):
            value = next((value[name] for name in ITEMS if value.get(name) is not None), None)
        if isinstance(value, list):
            return min(len(value), self.at_most)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return self.default
        return int(max(0, min(value, self.at_most)))


class VariableLength(NamedTuple):
    """The length in characters of a variable's value."""

    variable: str

    def of(self, variables: Mapping[str, Any]) -> int:
        """The number under the given variables; a value of a wrong type is left to the coercion of variables."""
        value = variables.get(self.variable)
        return len(value) if isinstance(value, str) else 0


Size = int | VariableSize | VariableLength


class Amount(NamedTuple):
    """A number of values: `fixed`, plus for each term its size times the amount at its index in `Measures.steps`."""

    fixed: int = 0
    terms: tuple[tuple[Size, int], ...] = ()


class Measured(NamedTuple):
    """Measures of a selection set with its fragments expanded."""

    depth: int = 0
    fragment_depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    own: Amount = Amount()
    """Values that are returned once for each object with this selection set."""
    paged: Amount = Amount()
    """Values that are returned once for each row of the page, if the object is a connection."""
    introspection: int = 0
    """Values about the schema."""


@dataclass(frozen=True)
class Measures:
    """Measures of a document: the maximum over its definitions, with fragments expanded."""

    depth: int
    fragment_depth: int
    """How deep fragment spreads are nested."""
    fields: int
    aliases: int
    directives: int
    introspection: int
    list_length: int
    """Items of the longest list literal."""
    costs: Mapping[str | None, Amount]
    """Number of values that each operation could return, by its name."""
    defaults: Mapping[str | None, Mapping[str, Any]]
    """Defaults of each operation's variables that determine sizes."""
    steps: tuple[Amount, ...]

    def cost(self, operation: str | None, variables: Mapping[str, Any]) -> int:
        """Number of values that the operation could return: each field once for every object that could have it."""
        given = {**self.defaults[operation], **variables}
        values: list[int] = []
        for amount in (*self.steps, self.costs[operation]):
            total = amount.fixed
            for size, step in amount.terms:
                total += (size if isinstance(size, int) else size.of(given)) * values[step]
            values.append(min(total, HUGE))
        return values[-1]


def measure(schema: GraphQLSchema, document: DocumentNode) -> Measures:
    """Measure a parsed document, which need not be valid. Raises BadRequest on what could not be executed."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    survey = _Survey(schema)
    for name in _dependencies_first(fragments):
        survey.fragment(fragments[name])
    measured = [survey.operation(node) for node in operations]
    every = [*measured, *survey.fragments.values()]
    names = [name_of(node) for node in operations]

    def greatest(count: Callable[[Measured], int]) -> int:
        # Operations together, since all of them are validated; a fragment alone where no operation spreads it.
        together = sum(count(one) for one in measured)
        return min(max([together, *(count(one) for one in survey.fragments.values())]), HUGE)

    return Measures(
        depth=max((one.depth for one in every), default=0),
        fragment_depth=max((one.fragment_depth for one in every), default=0),
        fields=greatest(lambda one: one.fields),
        aliases=greatest(lambda one: one.aliases),
        directives=greatest(lambda one: one.directives),
        introspection=greatest(lambda one: one.introspection),
        list_length=survey.list_length,
        costs={name: one.own for name, one in zip(names, measured, strict=True)},
        defaults={name: _defaults(node) for name, node in zip(names, operations, strict=True)},
        steps=tuple(survey.steps),
    )


def check_text(text: str) -> None:
    """Raise BadRequest if a string contains U+0000: PostgreSQL cannot store it, so neither engine accepts it."""
    if "\0" in text:
        raise BadRequest("A string must not contain the character U+0000.")


def name_of(operation: OperationDefinitionNode) -> str | None:
    """An operation's name, None for an anonymous one."""
    return operation.name.value if operation.name else None


def overlaps(document: DocumentNode) -> int:
    """Number of pairs of fields with one response name, which validation compares one by one.

    Takes time linear in the number of fields with fragments expanded: check that number first.
    """
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    pairs = 0
    merged = [[node.selection_set] for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    while merged:
        waiting = merged.pop()
        fields: dict[str, list[FieldNode]] = {}
        spread: set[str] = set()
        while waiting:
            for selection in waiting.pop().selections:
                if isinstance(selection, FieldNode):
                    fields.setdefault((selection.alias or selection.name).value, []).append(selection)
                elif isinstance(selection, InlineFragmentNode):
                    waiting.append(selection.selection_set)
                elif isinstance(selection, FragmentSpreadNode) and selection.name.value in fragments.keys() - spread:
                    spread.add(selection.name.value)
                    waiting.append(fragments[selection.name.value].selection_set)
        for same in fields.values():
            pairs += len(same) * (len(same) - 1) // 2
            if inner := [node.selection_set for node in same if node.selection_set]:
                merged.append(inner)
    return pairs


def _defaults(operation: OperationDefinitionNode) -> dict[str, Any]:
    return {
        definition.variable.name.value: _sized(definition.default_value)
        for definition in operation.variable_definitions or ()
        if definition.default_value
    }


def _sized(node: ValueNode) -> Any:
    """The part of a literal that determines its size: an integer, a string, a list of that length, or such fields."""
    match node:
        case IntValueNode():
            return _whole_number(node)
        case StringValueNode():
            return node.value
        case ListValueNode():
            return [None] * len(node.values)
        case ObjectValueNode():
            return {entry.name.value: _sized(entry.value) for entry in node.fields if entry.name.value in ITEMS}
    return None


def _whole_number(node: IntValueNode) -> int:
    return int(node.value) if len(node.value) < 10 else (0 if node.value.startswith("-") else HUGE)


def _dependencies_first(fragments: Mapping[str, FragmentDefinitionNode]) -> list[str]:
    """The fragments' names, each after those that it spreads. Raises BadRequest if one spreads itself."""
    done: dict[str, None] = {}
    for root in fragments:
        path = {} if root in done else {root: iter(_spreads(fragments[root].selection_set))}
        while path:
            name, spreads = next(reversed(path.items()))
            following = next((one for one in spreads if one in fragments and one not in done), None)
            if following is None:
                done[name] = None
                del path[name]
            elif following in path:
                raise BadRequest(f"Fragment {following} must not spread itself, directly or through other fragments.")
            else:
                path[following] = iter(_spreads(fragments[following].selection_set))
    return list(done)


def _spreads(selection_set: SelectionSetNode) -> list[str]:
    names = []
    waiting = [selection_set]
    while waiting:
        for selection in waiting.pop().selections:
            if isinstance(selection, FragmentSpreadNode):
                names.append(selection.name.value)
            elif isinstance(selection, FieldNode | InlineFragmentNode) and selection.selection_set:
                waiting.append(selection.selection_set)
    return names


@dataclass
class _Survey:
    """Measures one document. It recurses only into what is nested in the text, never through fragments."""

    schema: GraphQLSchema
    fragments: dict[str, Measured] = field(default_factory=dict)
    steps: list[Amount] = field(default_factory=list)
    list_length: int = 0

    def fragment(self, node: FragmentDefinitionNode) -> None:
        measured = self.selections(node.selection_set, self.schema.get_type(node.type_condition.name.value))
        self.fragments[node.name.value] = measured._replace(
            directives=min(measured.directives + self.directives(node), HUGE),
            own=self.shared(measured.own),
            paged=self.shared(measured.paged),
        )

    def operation(self, node: OperationDefinitionNode) -> Measured:
        measured = self.selections(node.selection_set, self.schema.get_root_type(node.operation))
        directives = measured.directives + self.directives(node)
        for definition in node.variable_definitions or ():
            directives += self.directives(definition)
            if definition.default_value:
                self.value(definition.default_value)
        return measured._replace(directives=directives)

    def selections(self, node: SelectionSetNode, parent: GraphQLNamedType | None) -> Measured:
        depth = fragment_depth = fields = aliases = directives = introspection = 0
        own = paged = Amount()
        for selection in node.selections:
            if isinstance(selection, FieldNode):
                part = self.field(selection, parent)
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                kind = self.schema.get_type(condition.name.value) if condition else parent
                part = self.selections(selection.selection_set, kind)
            elif isinstance(selection, FragmentSpreadNode):
                part = self.fragments.get(selection.name.value, Measured())
                part = part._replace(fragment_depth=part.fragment_depth + 1)
            depth = max(depth, part.depth)
            fragment_depth = max(fragment_depth, part.fragment_depth)
            fields += part.fields
            aliases += part.aliases
            directives += part.directives + self.directives(selection)
            introspection += part.introspection
            own = _plus(own, part.own)
            paged = _plus(paged, part.paged)
        return Measured(
            depth,
            fragment_depth,
            min(fields, HUGE),
            min(aliases, HUGE),
            min(directives, HUGE),
            own,
            paged,
            min(introspection, HUGE),
        )

    def field(self, node: FieldNode, parent: GraphQLNamedType | None) -> Measured:
        for argument in node.arguments or ():
            self.value(argument.value)
        alias = 1 if node.alias else 0
        definition = self.schema.get_field(parent, node.name.value) if is_composite_type(parent) else None
        one = _plus(Amount(1), self.texts(node, definition))
        if node.selection_set is None:
            return Measured(depth=1, fields=1, aliases=alias, own=one)
        kind = get_named_type(definition.type) if definition else None
        inner = self.selections(node.selection_set, kind)
        if kind is self.schema.query_type:  # its selection is a query of its own
            return inner._replace(aliases=alias + inner.aliases)
        own, paged, introspection = _plus(one, inner.own), Amount(), inner.introspection
        if definition and _is_connection(kind):
            own = _plus(own, self.times(self.size(node, parent, definition, DEFAULT_PAGE), inner.paged))
        elif definition and _is_of_many(kind):
            own = _plus(own, self.times(self.size(node, parent, definition, PARTS), inner.paged))
        elif definition and is_list_type(get_nullable_type(definition.type)):
            if (_is_connection(parent) and not definition.args) or (_is_of_many(parent) and node.name.value == RESULTS):
                own, paged = one, inner.own
            else:
                own = _plus(one, self.times(self.size(node, parent, definition, None), inner.own))
        if node.name.value in {"__schema", "__type"}:
            own, introspection = Amount(), own.fixed
        return inner._replace(
            depth=1 + inner.depth,
            fields=1 + inner.fields,
            aliases=alias + inner.aliases,
            own=own,
            paged=paged,
            introspection=introspection,
        )

    def texts(self, node: FieldNode, definition: GraphQLField | None) -> Amount:
        """Length of the string arguments that add to the field's cost."""
        made = definition_of(definition) if definition else None
        names = made.metadata.get(TEXTS, ()) if made else ()
        amount = Amount()
        for argument in node.arguments or () if names else ():
            if argument.name.value not in names:
                continue
            if isinstance(argument.value, StringValueNode):
                amount = _plus(amount, Amount(len(argument.value.value)))
            elif isinstance(argument.value, VariableNode):
                amount = _plus(amount, self.times(VariableLength(argument.value.name.value), Amount(1)))
        return amount

    def size(
        self, node: FieldNode, parent: GraphQLNamedType | None, definition: GraphQLField, default: int | None
    ) -> Size:
        """Number of rows that the field returns; a plain list without a default counts as `PARTS`."""
        if parent and parent.name.startswith("__"):
            return self.schema_size(parent.name, node.name.value)
        at_most = MAX_ROWS
        for name in ("first", "limit"):
            declared = definition.args[name].default_value if name in definition.args else None
            if isinstance(declared, int):
                default = declared
        if default is None:
            default = PARTS
            at_most = PARTS if "first" in definition.args else MAX_ROWS
        given = {argument.name.value: argument.value for argument in node.arguments or ()}
        for name in ("first", "last", "limit", "ids", "input"):
            value = given.get(name)
            if isinstance(value, ObjectValueNode):
                value = next((entry.value for entry in value.fields if entry.name.value in ITEMS), None)
            if isinstance(value, IntValueNode):
                return max(0, min(_whole_number(value), at_most))
            if isinstance(value, ListValueNode):
                return min(len(value.values), at_most)
            if isinstance(value, VariableNode):
                return VariableSize(value.name.value, default, at_most)
        return default

    def schema_size(self, kind: str, name: str) -> int:
        """Maximum length of a list of the introspection system in this schema."""
        if (kind, name) == ("__Schema", "types"):
            return len(self.schema.type_map)
        if (kind, name) == ("__Schema", "directives"):
            return len(self.schema.directives)
        if name in {"fields", "inputFields"}:
            return max(len(getattr(one, "fields", ())) for one in self.schema.type_map.values())
        return PARTS  # arguments, enum values, possible types, interfaces

    def value(self, node: ValueNode) -> None:
        if isinstance(node, ListValueNode):
            self.list_length = max(self.list_length, len(node.values))
            for item in node.values:
                self.value(item)
        elif isinstance(node, ObjectValueNode):
            for entry in node.fields:
                self.value(entry.value)
        elif isinstance(node, StringValueNode):
            check_text(node.value)
        elif isinstance(node, IntValueNode | FloatValueNode) and (
            len(node.value) > MAX_DIGITS or math.isinf(float(node.value))
        ):
            raise BadRequest(f"Number {shown(node.value)} is out of range.")

    def directives(self, node: Any) -> int:
        for directive in node.directives or ():
            for argument in directive.arguments or ():
                self.value(argument.value)
        return len(node.directives or ())

    def times(self, size: Size, amount: Amount) -> Amount:
        if isinstance(size, int) and not amount.terms:
            return Amount(min(size * amount.fixed, HUGE))
        self.steps.append(amount)
        return Amount(0, ((size, len(self.steps) - 1),))

    def shared(self, amount: Amount) -> Amount:
        """The amount as at most one term, because the terms of a fragment that is spread often would multiply."""
        return self.times(1, amount)


def _plus(one: Amount, other: Amount) -> Amount:
    return Amount(min(one.fixed + other.fixed, HUGE), one.terms + other.terms)


def _is_of_many(kind: GraphQLNamedType | None) -> bool:
    return RESULTS in getattr(kind, "fields", ())


def _is_connection(kind: GraphQLNamedType | None) -> bool:
    return "pageInfo" in getattr(kind, "fields", ())
