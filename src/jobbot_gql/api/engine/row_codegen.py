"""Row serializers: generated functions that turn the rows of one statement into objects of the response in one pass.

For `{ title status job { id } }` on rows of (id, title, status, job_id) this is generated:

    def read(rows):
        return [
            {"title": v1 if type(v1) is str else slow1(v1), "status": names2.get(v2) or slow2(v2), "job": None}
            for v0, v1, v2, v3 in rows
        ]

`slow` is the reference: the column type decodes the driver's value, and the GraphQL type completes it, with the same
results and errors as graphql-core. The expression before it gives the same result for values of the expected type
without a call. `job` is set later, for all objects at once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import orjson
from graphql import (
    GraphQLEnumType,
    GraphQLOutputType,
    Undefined,
    get_named_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from sqlalchemy import BigInteger, Boolean, Date, Dialect, Enum, Float, Integer, String
from sqlalchemy.sql.type_api import TypeEngine

from jobbot_gql.db.sql.column_types import (
    RATIO_DECIMALS,
    Ratio,
    StringList,
    UtcDateTime,
    parse_string_list,
    shown_ratio,
)
from jobbot_gql.db.sql.compiled_query import Row, decoder

RowSerializer = Callable[[Sequence[Row]], list[dict[str, Any]]]


class Incomplete(Exception):
    """A value that the field's type does not allow; graphql-core reports the error."""


@dataclass(frozen=True)
class Leaf:
    """A field that shows one column's value, as it is or through a function."""

    name: str
    column: str
    column_type: TypeEngine[Any]
    field_type: GraphQLOutputType
    function: Callable[[Any], Any] | None = None

    def slow(self, dialect: Dialect | None) -> Callable[[Any], Any]:
        """The function from the column's value (the driver's, or Python's without a dialect) to the field's value."""
        decode = decoder(self.column_type, dialect) if dialect else None
        function = shown_ratio if isinstance(self.column_type, Ratio) else self.function

        def value_of(value: Any) -> Any:
            if decode is not None:
                value = decode(value)
            return complete(self.field_type, value if function is None else function(value))

        return value_of

    def quick(self, dialect: Dialect | None, native_times: bool) -> tuple[str, Any]:
        """An expression for the same, with `{v}` for the value, `{slow}` for `slow`, `{extra}` for the second item."""
        engine = dialect.name if dialect else "python"
        named = get_named_type(self.field_type)
        quick, guard = "{v}", ""
        extra: Any = None
        match self.column_type, named.name:
            case Integer(), "ID" if self.function is not None:
                quick, guard, extra = "{extra}({v})", "type({v}) is int", self.function
            case _ if self.function is not None:
                quick = "{slow}({v})"  # the type of its results is unknown
            case StringList(), _ if engine != "python":
                quick, guard, extra = "({extra}({v}) or [])", "type({v}) is str", parse_string_list
            case Enum(), _ if isinstance(named, GraphQLEnumType):
                quick, guard, extra = "{extra}[{v}]", "{v} in {extra}", self._enum_names()
            case (String(), "String") | (Integer(), "Int") | (Boolean(), "Boolean") | (Float(), "Float"):
                quick, guard = self._number_or_text(engine)
            case UtcDateTime(), "DateTime" if engine == "sqlite":
                quick, guard, extra = "{extra}({v})", "type({v}) is str", _utc if native_times else _utc_text
            case UtcDateTime(), "DateTime":
                quick, guard = "{v}" if native_times else "{extra}({v})", "type({v}) is datetime and {v}.tzinfo is UTC"
                extra = _aware_text
            case Date(), "Date" if engine == "sqlite":
                quick, guard = "date.fromisoformat({v}).isoformat()", "type({v}) is str"
            case Date(), "Date":
                quick, guard = "{v}" if native_times else "{v}.isoformat()", "type({v}) is date"
            case _:
                quick = "{slow}({v})"
        return f"{quick} if {guard} else {{slow}}({{v}})" if guard else quick, extra

    def _number_or_text(self, engine: str) -> tuple[str, str]:
        match self.column_type:
            case Float() as kind:
                shown = f"round({{v}}, {RATIO_DECIMALS})" if isinstance(kind, Ratio) else "{v}"
                return shown, "type({v}) is float and {v} - {v} == 0"
            case kind if engine == "postgresql" and not isinstance(kind, BigInteger):
                # The server guarantees the type, but not that there is a value.
                return "{v}", "{v} is not None" if is_non_null_type(self.field_type) else ""
            case Integer():
                return "{v}", "type({v}) is int and -2147483648 <= {v} <= 2147483647"
            case Boolean() if engine == "sqlite":
                return "{v} == 1", "type({v}) is int and 0 <= {v} <= 1"
            case Boolean():
                return "{v}", "type({v}) is bool"
        return "{v}", "type({v}) is str"

    def _enum_names(self) -> Mapping[Any, str]:
        """The GraphQL name of each stored value."""
        words: Any = getattr(self.column_type, "enum_class", None) or ()
        return {word.value: complete(self.field_type, word) for word in words}


def _utc_text(stored: str) -> str:
    """The DateTime scalar's text of a time as SQLite stores it."""
    moment = _utc(stored)
    return moment.isoformat() + "+00:00" if moment.tzinfo is None else moment.isoformat()


def _utc(stored: str) -> datetime:
    """A time as SQLite stores it, in UTC; usually naive, which `OPT_NAIVE_UTC` serializes as UTC."""
    moment = datetime.fromisoformat(stored)
    return moment if moment.tzinfo is None else moment.astimezone(UTC)


def _aware_text(moment: datetime) -> str:
    """The DateTime scalar's text of a time in UTC; three times as fast as `isoformat()`."""
    return orjson.dumps(moment)[1:-1].decode()


def complete(kind: GraphQLOutputType, value: Any) -> Any:
    """A leaf's value, or a list of them, as in the response. Raises Incomplete, and what the type raises."""
    if is_non_null_type(kind):
        value = complete(kind.of_type, value)
        if value is None:
            raise Incomplete
        return value
    if value is None:
        return None
    if is_list_type(kind):
        return [complete(kind.of_type, item) for item in value]
    if not is_leaf_type(kind) or isinstance(value, Exception):
        raise Incomplete
    value = kind.coerce_output_value(value)
    if value is None or value is Undefined:
        raise Incomplete
    return value


def row_serializer(
    fields: Mapping[str, Leaf | str | None],
    columns: Sequence[str],
    dialect: Dialect | None,
    *,
    native_times: bool = False,
) -> RowSerializer:
    """The serializer of rows with the given columns; columns without a name are skipped.

    `fields` are those of the response's objects in order: a leaf, a string that is the same for all (`__typename`), or
    None for a field that is set later. `dialect` is that of the driver whose values the rows hold; None for Python
    values. `native_times` leaves times and dates to orjson, which with `OPT_NAIVE_UTC` writes them as these scalars do.
    """
    names: dict[str, Any] = {"UTC": UTC, "date": date, "datetime": datetime}
    items = []
    for name, field in fields.items():
        if not isinstance(field, Leaf):
            items.append(f"{name!r}: {field!r}")
            continue
        index = columns.index(field.column)
        number = len(items)
        expression, names[f"extra{number}"] = field.quick(dialect, native_times)
        names[f"slow{number}"] = field.slow(dialect)
        items.append(f"{name!r}: " + expression.format(v=f"v{index}", slow=f"slow{number}", extra=f"extra{number}"))
    values = ", ".join(f"v{index}" for index in range(len(columns)))
    source = f"def read(rows):\n    return [{{{', '.join(items)}}} for {values}, in rows]\n"
    exec(compile(source, "<reader>", "exec"), names)  # noqa: S102 - names checked by GraphQL's grammar, no values
    made: RowSerializer = names["read"]
    return made
