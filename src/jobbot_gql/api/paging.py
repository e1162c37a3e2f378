"""Pages of lists: what a client asks of one, what it gets, and how whole levels of pages are read."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Dialect, Select, and_, func
from sqlalchemy.orm import QueryableAttribute

from jobbot_gql.api.entity import Entity
from jobbot_gql.api.errors import BadRequest
from jobbot_gql.api.filters import condition
from jobbot_gql.api.ordering import Cursors, order_terms
from jobbot_gql.api.plans import Layout
from jobbot_gql.api.scope import Scope, select_figures
from jobbot_gql.db.ordering import OrderTerm, beyond
from jobbot_gql.db.queries import Decode, KeyedQuery, Query, Row, decoder
from jobbot_gql.db.selects import Columns, first_per_parent, first_rows

DEFAULT_PAGE = 25
MAX_PAGE = 250


@dataclass(frozen=True)
class PageRequest:
    """What a client asked of a list, checked and translated: the same for every parent of the field."""

    entity: Entity
    cursors: Cursors
    where: ColumnElement[bool] | None
    after: Sequence[Any] | None
    """The place in the list that the rows lie behind: a value for each term of its order."""
    before: Sequence[Any] | None
    """The place that they lie in front of."""
    limit: int
    backward: bool
    continues: bool
    """Whether the page begins at a cursor, so that there are rows on its other side."""

    @property
    def order(self) -> list[OrderTerm]:
        """The order in which rows are read: the list's own, or its exact opposite to read from the end."""
        return [term.reversed() if self.backward else term for term in self.cursors.terms]

    @property
    def has_values(self) -> bool:
        """Whether it says more than order and size: a filter or a cursor, with values of its own."""
        return self.where is not None or self.after is not None or self.before is not None

    def select(
        self,
        dialect: str,
        columns: Columns,
        foreign_key: QueryableAttribute[Any] | None = None,
        *,
        single: bool = False,
    ) -> Select[Any]:
        """The page's rows and one more if there are more; with a foreign key those of each parent among `keys`."""
        model, order, limit = self.entity.model, self.order, self.limit + 1
        after, before = (self.before, self.after) if self.backward else (self.after, self.before)
        if foreign_key is None:
            return first_rows(model, columns, where=self.where, order=order, limit=limit, after=after, before=before)
        conditions = [] if self.where is None else [self.where]
        if after is not None:
            conditions.append(beyond(model, order, after))
        if before is not None:
            conditions.append(beyond(model, [term.reversed() for term in order], before))
        where = and_(*conditions) if conditions else None
        return first_per_parent(dialect, foreign_key, columns, where=where, order=order, limit=limit, single=single)

    def cut(self, rows: Sequence[Any]) -> "Cut":
        """The page among the rows that were read, one more than asked if there are more."""
        more = len(rows) > self.limit
        shown = rows[: self.limit] if more else rows
        if self.backward:
            return Cut(shown[::-1], has_next=self.continues, has_previous=more)
        return Cut(shown, has_next=more, has_previous=self.continues)


class Cut(NamedTuple):
    """The rows of a page, and what lies around them."""

    rows: Sequence[Any]
    has_next: bool
    has_previous: bool


@dataclass(frozen=True, eq=False)
class PageQuery:
    """A request as the query that reads its rows, and what is where in them."""

    request: PageRequest
    layout: Layout
    """The columns of the rows' fields."""
    shows_cursors: bool
    dialect: Dialect
    foreign_key: QueryableAttribute[Any] | None

    @cached_property
    def columns(self) -> Columns:
        """The columns that are read: those of the rows' fields, and for cursors those of the order."""
        columns = self.layout.columns
        order = (term.column for term in self.request.cursors.terms) if self.shows_cursors else ()
        return (*columns, *(name for name in order if name not in columns))

    @cached_property
    def rows(self) -> KeyedQuery:
        """The pages' rows."""
        select = partial(self.request.select, self.dialect.name, self.columns, self.foreign_key)
        return KeyedQuery(select, self.dialect)

    @cached_property
    def counts(self) -> Query:
        """How many rows there are in all, for each parent in front of its key."""
        counts = select_figures(self.request.entity, self.request.where, [func.count()], (), self.foreign_key)
        return Query(counts, self.dialect)

    @cached_property
    def _cursor_values(self) -> list[tuple[int, Decode | None]]:
        entity = self.request.entity
        return [
            (
                self.layout.offset + self.columns.index(term.column),
                decoder(entity.columns[term.column].type, self.dialect),
            )
            for term in self.request.cursors.terms
        ]

    def cursor(self, row: Row) -> str:
        """The cursor of a row."""
        return self.request.cursors.write_values(
            [row[place] if decode is None else decode(row[place]) for place, decode in self._cursor_values]
        )


@dataclass(frozen=True)
class Page:
    """One page of a list: what the resolvers of a connection type read. Nothing is decoded before it is asked for."""

    query: PageQuery
    cut: Cut
    scope: Scope
    """All rows of the list, for figures over them."""

    @cached_property
    def rows(self) -> list[Any]:
        """The rows as instances of their type."""
        return self.query.layout.instances(self.cut.rows, self.query.dialect)

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


def page_request(
    entity: Entity,
    *,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    filter: Any = None,  # noqa: A002 - the argument's name in the API
    order_by: Sequence[Any] | None = None,
) -> PageRequest:
    """What the arguments of a connection ask for. Raises BadRequest."""
    if first is not None and last is not None:
        raise BadRequest("first, last: give one of them, not both")
    limit = checked_size("first" if last is None else "last", first if last is None else last)
    terms = order_terms(entity, order_by)
    cursors = Cursors(entity, terms)
    return PageRequest(
        entity=entity,
        cursors=cursors,
        where=condition(entity, filter),
        after=None if after is None else cursors.read(after, "after"),
        before=None if before is None else cursors.read(before, "before"),
        limit=limit,
        backward=last is not None,
        continues=(after if last is None else before) is not None,
    )


def checked_size(argument: str, size: int | None, default: int = DEFAULT_PAGE) -> int:
    """The number of rows asked for. Raises BadRequest where it is out of range."""
    if size is None:
        return default
    if not 0 <= size <= MAX_PAGE:
        raise BadRequest(f"{argument}: from 0 to {MAX_PAGE}, not {size}")
    return size
