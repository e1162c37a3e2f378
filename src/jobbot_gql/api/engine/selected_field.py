"""A field in a selection set, its arguments, and the execution that it is part of."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import orjson
from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    ListValueNode,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableNode,
    get_named_type,
    is_non_null_type,
)
from graphql.execution import VariableValues, get_argument_values
from strawberry.types.field import StrawberryField

from jobbot_gql.api.engine.loaders import Loaders
from jobbot_gql.api.strawberry_internals import converted_arguments, definition_of
from jobbot_gql.byte_cache import CACHE, Owner

T = TypeVar("T")
Details = list[Any]
"""graphql-core's FieldDetailsList: the nodes that were merged into one field."""
ARGUMENT_BYTES, PER_BYTE = 6_000, 6
"""Memory of what is made of arguments, with its statement, and for each byte of their JSON; measured."""
MAX_REMEMBERED_BYTES = 4_096
"""How long, as JSON, the values of variables are that are remembered."""


@dataclass(frozen=True, eq=False)
class SelectedField:
    """One field of one selection set, its nodes merged as graphql-core merges them."""

    name: str
    """The response name: the alias, or else the field's own name."""
    parent_type: GraphQLObjectType
    field: GraphQLField
    details: Details

    @property
    def node(self) -> FieldNode:
        """The node whose arguments count."""
        found: FieldNode = self.details[0].node
        return found

    @property
    def field_name(self) -> str:
        """The field's name in the schema."""
        return self.node.name.value

    @property
    def definition(self) -> StrawberryField:
        """The field as Strawberry knows it."""
        found: StrawberryField = definition_of(self.field)
        return found

    @property
    def named_type(self) -> GraphQLNamedType:
        """The type of the field's objects, lists and non-null left out."""
        return get_named_type(self.field.type)

    @property
    def required(self) -> bool:
        """Whether the field must not be null."""
        return is_non_null_type(self.field.type)

    @property
    def identity(self) -> tuple[int, ...]:
        """Tells the field from all others of its document, whichever plan it is in."""
        return tuple(id(detail.node) for detail in self.details)


@dataclass(frozen=True)
class Outcome:
    """What a root field that is computed before its plan is run has led to."""

    value: Any = None
    error: Exception | None = None

    def result(self) -> Any:
        """The value. Raises the error."""
        if self.error is not None:
            raise self.error
        return self.value


@dataclass
class Run:
    """One execution of a plan."""

    variables: VariableValues
    loaders: Loaders
    native_times: bool = False
    """Whether orjson writes the response, which writes times itself."""
    outcomes: dict[tuple[int, ...], Outcome] = field(default_factory=dict)
    """What root fields have led to, by their identity: each is computed once, however often the response is made."""
    trees: int = 0
    """How many lateral trees were read."""


class Arguments(Generic[T]):
    """What `make` makes of a field's arguments, as Strawberry gives them to a resolver; remembered by their variables.

    The result must depend on the arguments alone.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        selected: SelectedField,
        make: Callable[..., T],
        *,
        left_out: Collection[str] = (),
        fixed: Collection[str] = (),
    ) -> None:
        """`left_out` are arguments that `make` does not get, and `fixed` variables that have one value only."""
        self._schema = schema
        self._selected = selected
        self._make = make
        self._left_out = left_out
        given = [one for one in selected.node.arguments or () if one.name.value not in left_out]
        self._variables = sorted({name for one in given for name in variables_in(one.value)}.difference(fixed))
        self._owner = Owner()
        self._constant: T | None = None

    @property
    def are_constant(self) -> bool:
        """Whether they are the same each time."""
        return not self._variables

    def of(self, run: Run) -> T:
        """The result under the variables of this execution. Raises what graphql-core, Strawberry or `make` raise."""
        if not self._variables:
            if self._constant is None:
                self._constant = self.made(run)
            return self._constant
        sources = run.variables.sources
        values = [sources[name].value for name in self._variables]
        try:
            key = orjson.dumps([[] if value is Undefined else [value] for value in values])
        except TypeError:  # no JSON: variables that a program gave, not a client
            return self.made(run)
        if len(key) > MAX_REMEMBERED_BYTES:
            return self.made(run)
        # A copy: what orjson gives has room for 128 KB.
        place = self._owner, bytes(memoryview(key))
        made: T | None = CACHE.get(place)
        if made is None:
            made = self.made(run)
            CACHE.put(place, made, ARGUMENT_BYTES + PER_BYTE * len(key), "arguments")
        return made

    def made(self, run: Run) -> T:
        """The same, made anew: for what is not asked twice."""
        given = {name: one for name, one in plain_arguments(self._selected, run).items() if name not in self._left_out}
        return self._make(**converted_arguments(self._schema, given, self._selected.definition.arguments))


def plain_arguments(selected: SelectedField, run: Run) -> dict[str, Any]:
    """A field's arguments as graphql-core knows them: under their GraphQL names, and inputs as dictionaries."""
    return get_argument_values(selected.field, selected.node, run.variables, None, True)


def variables_in(value: ValueNode) -> Iterator[str]:
    """The names of the variables in an argument's value."""
    match value:
        case VariableNode():
            yield value.name.value
        case ListValueNode():
            for item in value.values:
                yield from variables_in(item)
        case ObjectValueNode():
            for one in value.fields:
                yield from variables_in(one.value)
