"""A field in a selection set, its arguments, and one execution of a plan."""

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
"""Memory of the result for a set of arguments, with its statement, and per byte of their JSON; measured."""
MAX_REMEMBERED_BYTES = 4_096
"""Maximum length, as JSON, of variables whose results are cached."""


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
        """The first node, whose arguments count."""
        found: FieldNode = self.details[0].node
        return found

    @property
    def field_name(self) -> str:
        """The field's name in the schema."""
        return self.node.name.value

    @property
    def definition(self) -> StrawberryField:
        """Strawberry's definition of the field."""
        found: StrawberryField = definition_of(self.field)
        return found

    @property
    def named_type(self) -> GraphQLNamedType:
        """The field's type without list and non-null wrappers."""
        return get_named_type(self.field.type)

    @property
    def required(self) -> bool:
        """Whether the field is non-null."""
        return is_non_null_type(self.field.type)

    @property
    def identity(self) -> tuple[int, ...]:
        """Identifies the field in its document, in every plan."""
        return tuple(id(detail.node) for detail in self.details)


@dataclass(frozen=True)
class Outcome:
    """The result of a root field that is computed before its plan runs: a value or an error."""

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
    """Whether orjson serializes the response, and with it dates and times."""
    outcomes: dict[tuple[int, ...], Outcome] = field(default_factory=dict)
    """Outcomes of root fields by their identity: each is computed once, even if the response is built twice."""
    trees: int = 0
    """Number of lateral trees that were read."""


class Arguments(Generic[T]):
    """The result of `make` for a field's arguments, as Strawberry passes them to a resolver; cached by the variables.

    The result must depend only on the arguments.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        selected: SelectedField,
        make: Callable[..., T],
        *,
        omitted: Collection[str] = (),
        fixed: Collection[str] = (),
    ) -> None:
        """`omitted` are arguments that `make` does not get, and `fixed` variables with a fixed value."""
        self._schema = schema
        self._selected = selected
        self._make = make
        self._omitted = omitted
        given = [one for one in selected.node.arguments or () if one.name.value not in omitted]
        self._variables = sorted({name for one in given for name in variables_in(one.value)}.difference(fixed))
        self._owner = Owner()
        self._constant: T | None = None

    @property
    def are_constant(self) -> bool:
        """Whether they contain no variables."""
        return not self._variables

    def of(self, run: Run) -> T:
        """The result for the variables of this execution. Raises what graphql-core, Strawberry or `make` raise."""
        if not self._variables:
            if self._constant is None:
                self._constant = self.made(run)
            return self._constant
        sources = run.variables.sources
        values = [sources[name].value for name in self._variables]
        try:
            key = orjson.dumps([[] if value is Undefined else [value] for value in values])
        except TypeError:  # not JSON: passed by a program, not by a client
            return self.made(run)
        if len(key) > MAX_REMEMBERED_BYTES:
            return self.made(run)
        # A copy, because orjson's bytes object keeps 128 KB allocated.
        entry = self._owner, bytes(memoryview(key))
        made: T | None = CACHE.get(entry)
        if made is None:
            made = self.made(run)
            CACHE.put(entry, made, ARGUMENT_BYTES + PER_BYTE * len(key), "arguments")
        return made

    def made(self, run: Run) -> T:
        """The same without the cache."""
        given = {name: one for name, one in plain_arguments(self._selected, run).items() if name not in self._omitted}
        return self._make(**converted_arguments(self._schema, given, self._selected.definition.arguments))


def plain_arguments(selected: SelectedField, run: Run) -> dict[str, Any]:
    """A field's arguments as graphql-core coerces them: by their GraphQL names, inputs as dictionaries."""
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
