"""Pages of lists: requests, queries and results."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import CTE, ColumnElement, Dialect, Select, and_, bindparam, func
from sqlalchemy.orm import QueryableAttribute

from jobbot_gql.api.engine.parents import Layout
from jobbot_gql.api.fields.filters import condition
from jobbot_gql.api.fields.ordering import Cursors, order_terms
from jobbot_gql.api.fields.result_set import select_figures
from jobbot_gql.api.types.entity import Entity
from jobbot_gql.api.types.errors import BadRequest, InvalidStoredData
from jobbot_gql.api.types.page_size import checked_size
from jobbot_gql.db.sql.column_values import sort_key, sort_value
from jobbot_gql.db.sql.compiled_query import CompiledQuery, Decode, KeyedQuery, QueryWithValues, Row
from jobbot_gql.db.sql.keyset import KeysetPosition, OrderTerm, keyset_predicate
from jobbot_gql.db.sql.selects import Columns, first_per_parent, first_rows

Q = TypeVar("Q", CompiledQuery, KeyedQuery)

LISTING = ("first", "last", "filter", "orderBy")
"""The arguments of a connection that determine the list, its order and the page size."""
CURSORS = ("after", "before")
"""The arguments of a connection that determine the position of the page."""
MAX_FORMS = 8
"""Maximum number of cached statements of a list: without a cursor, after one with values, after one with a NULL, …"""


class Listed(NamedTuple):
    """The rows of a list that has arguments of its own."""

    where: ColumnElement[bool]
    table: CTE | None = None
    """What stands for the entity's table, under its name."""


@dataclass(frozen=True, eq=False)
class ListRequest:
    """The arguments of a list except for cursors, checked and translated; the same for all parents."""

    entity: Entity
    cursors: Cursors
    where: ColumnElement[bool] | None
    limit: int
    backward: bool
    table: CTE | None = None
    """What stands for the entity's table, under its name."""

    @property
    def order(self) -> list[OrderTerm]:
        """The order in which rows are read: the list's own, or its exact opposite to read from the end."""
        return [term.reversed() if self.backward else term for term in self.cursors.terms]

    def select(
        self,
        dialect: str,
        columns: Columns,
        foreign_key: QueryableAttribute[Any] | None = None,
        *,
        after: KeysetPosition | None = None,
        before: KeysetPosition | None = None,
        single: bool = False,
    ) -> Select[Any]:
        """The SELECT of a page's rows, and one more if there is one; with a foreign key for each of `keys`.

        The rows are after one keyset position and before another.
        """
        model, order, limit = self.entity.model, self.order, self.limit + 1
        if self.backward:
            after, before = before, after
        if foreign_key is None:
            rows = first_rows(model, columns, where=self.where, order=order, limit=limit, after=after, before=before)
            return self.reading(rows)
        conditions = [] if self.where is None else [self.where]
        if after is not None:
            conditions.append(keyset_predicate(model, order, after))
        if before is not None:
            conditions.append(keyset_predicate(model, [term.reversed() for term in order], before))
        where = and_(*conditions) if conditions else None
        return first_per_parent(dialect, foreign_key, columns, where=where, order=order, limit=limit, single=single)

    def reading(self, statement: Select[Any]) -> Select[Any]:
        """A SELECT from the list's table."""
        return statement if self.table is None else statement.add_cte(self.table, nest_here=True)


@dataclass(eq=False)
class ListQuery:
    """The queries of a list: its pages and its count."""

    request: ListRequest
    layout: Layout
    """The columns that the fields of the rows need."""
    shows_cursors: bool
    dialect: Dialect
    foreign_key: QueryableAttribute[Any] | None
    values: Mapping[str, Any] = field(default_factory=dict)
    """Values of the parameters of `request`, if it has any."""
    times: int = 0
    """Number of pages that were requested."""
    _forms: dict[Hashable, KeyedQuery] = field(default_factory=dict)
    """The query of a page, by the given cursors and their NULLs."""

    def with_values(self, query: CompiledQuery) -> CompiledQuery | QueryWithValues:
        """A query about all rows of the list."""
        return QueryWithValues(query, self.values) if self.values else query

    @cached_property
    def columns(self) -> Columns:
        """The columns that are read: those that fields need, and for cursors those of the order."""
        columns = self.layout.columns
        order = (term.column for term in self.request.cursors.terms) if self.shows_cursors else ()
        return (*columns, *(name for name in order if name not in columns))

    @cached_property
    def counts(self) -> CompiledQuery:
        """The query of the total count; with parents, of (count, key)."""
        counts = select_figures(self.request.entity, self.request.where, [func.count()], (), self.foreign_key)
        return CompiledQuery(self.request.reading(counts), self.dialect)

    @cached_property
    def _cursor_values(self) -> list[tuple[int, Decode | None]]:
        entity = self.request.entity
        return [
            (
                self.layout.offset + self.columns.index(term.column),
                sort_value(entity.columns[term.column], self.dialect),
            )
            for term in self.request.cursors.terms
        ]

    def cursor(self, row: Row) -> str:
        """The cursor of a row. Raises InvalidStoredData."""
        try:
            return self.request.cursors.write_values(
                [row[index] if decode is None else decode(row[index]) for index, decode in self._cursor_values]
            )
        except Exception as error:
            row_id = row[self.layout.index("id")]
            reason = "sorts by a value that cannot be read"
            raise InvalidStoredData(self.request.entity.name, row_id, "cursor", reason) from error

    def page(self, after: str | None = None, before: str | None = None) -> "PageQuery":
        """The page after one cursor and before another. Raises BadRequest for cursors of another list."""
        self.times += 1
        given = {"after": after, "before": before}
        ends = {name: self.request.cursors.read(one, name) for name, one in given.items() if one is not None}
        values = {f"{name}{at}": one for name, end in ends.items() for at, one in enumerate(end) if one is not None}
        form = (*ends, *values)
        found = self._forms.get(form)
        if found is None:
            if len(self._forms) == MAX_FORMS:
                self._forms.clear()
            found = self._forms[form] = self._form(ends)
        return PageQuery(self, found, values, continues=("before" if self.request.backward else "after") in ends)

    def _form(self, ends: Mapping[str, Sequence[Any]]) -> KeyedQuery:
        # With parameters for the values, because compiling the SELECT for each cursor takes longer than all the rest.
        keys = [sort_key(self.request.entity.columns[term.column]) for term in self.request.cursors.terms]
        positions: dict[str, Any] = {
            name: [
                None if value is None else bindparam(f"{name}{at}", type_=key.type)
                for at, (key, value) in enumerate(zip(keys, end, strict=True))
            ]
            for name, end in ends.items()
        }
        select = partial(self.request.select, self.dialect.name, self.columns, self.foreign_key, **positions)
        return KeyedQuery(select, self.dialect)


class Cut(NamedTuple):
    """The rows of a page, and whether there are rows before and after."""

    rows: Sequence[Any]
    has_next: bool
    has_previous: bool


@dataclass(frozen=True, eq=False)
class PageQuery:
    """The query of one page of a list."""

    list: ListQuery
    form: KeyedQuery
    """Reads the rows by the values of the cursors; shared by all pages with NULLs in the same columns."""
    values: Mapping[str, Any]
    continues: bool
    """Whether the page begins at a cursor, so that there are rows on its other side."""

    @property
    def rows(self) -> KeyedQuery | QueryWithValues:
        """Reads the rows."""
        return self.with_values(self.form)

    def with_values(self, query: Q) -> Q | QueryWithValues:
        """A query with the parameters of `form`, with the values of this page."""
        return QueryWithValues(query, self.values) if self.values else query

    def cut(self, rows: Sequence[Any]) -> Cut:
        """The page in the rows that were read, which are one more than requested if there are more."""
        request = self.list.request
        more = len(rows) > request.limit
        shown = rows[: request.limit] if more else rows
        if request.backward:
            return Cut(shown[::-1], has_next=self.continues, has_previous=more)
        return Cut(shown, has_next=more, has_previous=self.continues)


@dataclass(frozen=True)
class Edge:
    """A row of a page with its cursor."""

    page: "Page"
    index: int

    @property
    def node(self) -> Any:
        """The row as an instance of its type."""
        return self.page.nodes[self.index]

    @property
    def cursor(self) -> str:
        """The row's cursor."""
        return self.page.query.cursor(self.page.cut.rows[self.index])


@dataclass(frozen=True, eq=False)
class Page:
    """One page of a list, which a connection shows. Values are decoded lazily."""

    query: ListQuery
    cut: Cut
    parent: Any = None
    """Key of the list's parent."""
    total: int | None = None
    """Number of rows of the list, if it is known already."""

    @cached_property
    def nodes(self) -> list[Any]:
        """The rows as instances of their type."""
        return self.query.layout.instances(self.cut.rows)

    @property
    def edges(self) -> list[Edge]:
        """The rows with their cursors."""
        return [Edge(self, index) for index in range(len(self.cut.rows))]

    @property
    def page_info(self) -> "Page":
        """The page's position, for PageInfo."""
        return self

    @property
    def has_next_page(self) -> bool:
        """See PageInfo."""
        return self.cut.has_next

    @property
    def has_previous_page(self) -> bool:
        """See PageInfo."""
        return self.cut.has_previous

    @property
    def start_cursor(self) -> str | None:
        """See PageInfo."""
        return self.query.cursor(self.cut.rows[0]) if self.cut.rows else None

    @property
    def end_cursor(self) -> str | None:
        """See PageInfo."""
        return self.query.cursor(self.cut.rows[-1]) if self.cut.rows else None


def list_request(
    entity: Entity,
    *,
    first: int | None = None,
    last: int | None = None,
    filter: Any = None,  # noqa: A002 - the argument's name in the API
    order_by: Sequence[Any] | None = None,
    listed: "Listed | None" = None,
) -> ListRequest:
    """The request of a connection's arguments. Raises BadRequest."""
    if first is not None and last is not None:
        raise BadRequest("first and last must not be given together; give one of them.")
    limit = checked_size("first" if last is None else "last", first if last is None else last)
    terms = order_terms(entity, order_by)
    where, table = condition(entity, filter), None
    if listed is not None:
        table = listed.table
        where = listed.where if where is None else and_(listed.where, where)
    return ListRequest(entity, Cursors(entity, terms), where, limit, backward=last is not None, table=table)
