"""Pages of lists: what a client asks of one, what it gets, and how whole levels of pages are read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import QueryableAttribute

from jobbot_gql.api.entity import Entity
from jobbot_gql.api.errors import BadRequest
from jobbot_gql.api.filters import condition
from jobbot_gql.api.loaders import instance
from jobbot_gql.api.ordering import Cursors, order_terms
from jobbot_gql.api.scope import Scope
from jobbot_gql.db.ordering import OrderTerm, beyond, order_by
from jobbot_gql.db.selects import Columns, first_per_parent

DEFAULT_PAGE = 25
MAX_PAGE = 250


@dataclass(frozen=True)
class PageRequest:
    """What a client asked of a list, checked and translated: the same for every parent of the field."""

    entity: Entity
    cursors: Cursors
    where: ColumnElement[bool] | None
    place: ColumnElement[bool] | None
    limit: int
    backward: bool
    continues: bool
    """Whether the page begins at a cursor, so that there are rows on its other side."""

    @property
    def order(self) -> list[OrderTerm]:
        """The order in which rows are read: the list's own, or its exact opposite to read from the end."""
        return [term.reversed() if self.backward else term for term in self.cursors.terms]

    @property
    def here(self) -> ColumnElement[bool] | None:
        """The condition on the rows of this page: the filter, and beyond the cursors."""
        parts = [part for part in (self.where, self.place) if part is not None]
        return and_(*parts) if parts else None

    def select(self, dialect: str, columns: Columns, foreign_key: QueryableAttribute[Any] | None = None) -> Select[Any]:
        """The page's rows and one more if there are more; with a foreign key those of each parent among `keys`."""
        if foreign_key is not None:
            return first_per_parent(
                dialect, foreign_key, columns, where=self.here, order=self.order, limit=self.limit + 1
            )
        statement = select(*(self.entity.columns[name] for name in columns))
        if self.here is not None:
            statement = statement.where(self.here)
        return statement.order_by(*order_by(self.entity.model, self.order)).limit(self.limit + 1)

    def cut(self, rows: Sequence[Any]) -> "Cut":
        """The page among the rows that were read, one more than asked if there are more."""
        shown, more = rows[: self.limit], len(rows) > self.limit
        if self.backward:
            return Cut(shown[::-1], has_next=self.continues, has_previous=more)
        return Cut(shown, has_next=more, has_previous=self.continues)

    def page(self, columns: Columns, rows: Sequence[Sequence[Any]], scope: Scope) -> "Page":
        """The same as an object for resolvers."""
        cut = self.cut(rows)
        shown = [instance(self.entity.type, columns, row) for row in cut.rows]
        return Page(shown, self.cursors, cut.has_next, cut.has_previous, scope)


@dataclass(frozen=True)
class Cut:
    """The rows of a page, and what lies around them."""

    rows: Sequence[Any]
    has_next: bool
    has_previous: bool


@dataclass(frozen=True)
class Page:
    """One page of a list: what the resolvers of a connection type read."""

    rows: list[Any]
    cursors: Cursors
    has_next: bool
    has_previous: bool
    scope: Scope
    """All rows of the list, for figures over them."""


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
    places = []
    if after is not None:
        places.append(beyond(entity.model, terms, cursors.read(after, "after")))
    if before is not None:
        backwards = [term.reversed() for term in terms]
        places.append(beyond(entity.model, backwards, cursors.read(before, "before")))
    return PageRequest(
        entity=entity,
        cursors=cursors,
        where=condition(entity, filter),
        place=and_(*places) if places else None,
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
