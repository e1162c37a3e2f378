"""One use of a field in an operation: where it stands, its arguments, and the execution that it is part of."""

from collections.abc import Callable, Collection, Iterator, Sequence
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
    """One field in one place of an operation, its nodes merged as graphql-core merges them."""

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
    def identity(self) -> tuple[Any, ...]:
        """The same as `field_identity` of the field's resolvers."""
        return (self.parent_type.name, *(id(detail.node) for detail in self.details))


@dataclass
class DeferredFields:
    """An object of the answer that graphql-core has to resolve some fields of."""

    target: dict[str, Any]
    source: Any
    selected_fields: Sequence[SelectedField]


@dataclass
class Run:
    """One execution of a plan."""

    variables: VariableValues
    loaders: Loaders
    native_times: bool = False
    """Whether the answer is for orjson, which writes times itself."""
    outcome: Any = None
    """The `Outcome` of a mutation's field, once it has been carried out."""
    deferred: dict[int, DeferredFields] = field(default_factory=dict)
    """By the identity of the object, which lives as long as the entry."""

    def defer(self, target: dict[str, Any], source: Any, selected_fields: Sequence[SelectedField]) -> None:
        """Leave fields of an object to graphql-core, with `source` for their resolvers' parent."""
        self.deferred[id(target)] = DeferredFields(target, source, selected_fields)


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
        self._use = selected
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
        given = {name: one for name, one in plain_arguments(self._use, run).items() if name not in self._left_out}
        return self._make(**converted_arguments(self._schema, given, self._use.definition.arguments))


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
