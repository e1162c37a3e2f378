"""Relay connections with keyset cursors: at the root, and under a parent for all parents at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import strawberry
from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import QueryableAttribute

from jobbot_gql.api.aggregates import aggregate_fields
from jobbot_gql.api.annotations import argument, list_of
from jobbot_gql.api.arguments import with_arguments
from jobbot_gql.api.context import Info
from jobbot_gql.api.entity import NEEDS, RELATED, Entity, entity_of
from jobbot_gql.api.errors import BadRequest
from jobbot_gql.api.filters import condition, filter_input
from jobbot_gql.api.loaders import Loaders, instance
from jobbot_gql.api.ordering import Cursors, order_input, order_terms
from jobbot_gql.api.registry import Later, made_once
from jobbot_gql.api.scope import Scope
from jobbot_gql.api.selection import field_identity, selected_columns, selected_fields
from jobbot_gql.db.base import Base
from jobbot_gql.db.ordering import beyond, order_by
from jobbot_gql.db.selects import Columns, first_per_parent, foreign_key_of

DEFAULT_PAGE = 25
MAX_PAGE = 250


@dataclass(frozen=True)
class PageRequest:
    """What a client asked of a list, checked and translated: the same for every parent of the field."""

    entity: Entity
    columns: Columns
    cursors: Cursors
    where: ColumnElement[bool] | None
    place: ColumnElement[bool] | None
    limit: int
    backward: bool
    continues: bool
    """Whether the page begins at a cursor, so that there are rows on its other side."""
    wants_rows: bool

    @property
    def order(self) -> list[Any]:
        """The order in which rows are read: the list's own, or its exact opposite to read from the end."""
        return [term.reversed() if self.backward else term for term in self.cursors.terms]

    @property
    def here(self) -> ColumnElement[bool] | None:
        """The condition on the rows of this page: the filter, and beyond the cursors."""
        parts = [part for part in (self.where, self.place) if part is not None]
        return and_(*parts) if parts else None

    def page(self, rows: Sequence[Sequence[Any]], scope: Scope) -> "Page":
        """The page of the rows that were read, one more than asked if there are more."""
        shown = [instance(self.entity.type, self.columns, row) for row in rows[: self.limit]]
        more = len(rows) > self.limit
        if self.backward:
            return Page(shown[::-1], self.cursors, has_next=self.continues, has_previous=more, scope=scope)
        return Page(shown, self.cursors, has_next=more, has_previous=self.continues, scope=scope)


@dataclass(frozen=True)
class Page:
    """One page of a list: what the resolvers of a connection type read."""

    rows: list[Any]
    cursors: Cursors
    has_next: bool
    has_previous: bool
    scope: Scope
    """All rows of the list, for figures over them."""


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    """Relay's PageInfo."""

    has_next_page: bool = strawberry.field(description="Whether more rows follow the last row of this page.")
    has_previous_page: bool = strawberry.field(description="Whether rows come before the first row of this page.")
    start_cursor: str | None = strawberry.field(description="Cursor of the page's first row, for `before`.")
    end_cursor: str | None = strawberry.field(description="Cursor of the page's last row, for `after`.")


def _page_info(self: Page) -> PageInfo:
    return PageInfo(
        has_next_page=self.has_next,
        has_previous_page=self.has_previous,
        start_cursor=self.cursors.write(self.rows[0]) if self.rows else None,
        end_cursor=self.cursors.write(self.rows[-1]) if self.rows else None,
    )


@dataclass(frozen=True)
class _Edge:
    node: Any
    cursor: str


@made_once
def connection_type(entity: Entity) -> Any:
    """The GraphQL type of a page of the entity's rows, such as `JobConnection`."""

    def nodes(self: Page) -> list[Any]:
        return self.rows

    def edges(self: Page) -> list[Any]:
        return [_Edge(row, self.cursors.write(row)) for row in self.rows]

    async def total_count(self: Page) -> int:
        return await self.scope.count()

    edge = strawberry.type(
        type(
            f"{entity.name}Edge",
            (),
            {
                "node": strawberry.field(graphql_type=entity.type, description="The row."),
                "cursor": strawberry.field(graphql_type=str, description="The row's place in this list."),
                "__module__": __name__,
            },
        ),
        description=f"One row of a list of {entity.name} rows, with its place in the list.",
    )
    return strawberry.type(
        type(
            f"{entity.name}Connection",
            (),
            {
                "edges": strawberry.field(
                    resolver=edges, graphql_type=list_of(edge), description="The page's rows with their cursors."
                ),
                "nodes": strawberry.field(
                    resolver=nodes, graphql_type=list_of(entity.type), description="The page's rows."
                ),
                "page_info": strawberry.field(
                    resolver=_page_info, graphql_type=PageInfo, description="Where this page lies in the list."
                ),
                "total_count": strawberry.field(
                    resolver=total_count,
                    graphql_type=int,
                    description="How many rows the filter lets through in all; counted only when asked for.",
                ),
                **aggregate_fields(entity, lambda page: page.scope),
                "__module__": __name__,
            },
        ),
        description=f"A page of a list of {entity.name} rows.",
    )


def connection(target: type[Base] | QueryableAttribute[Any], description: str, *, key: str = "id") -> Any:
    """A field that gives a connection: over all rows of a model, or over those that a relationship leads to.

    `key` is the parent's column that the relationship starts from.
    """
    if isinstance(target, type):

        async def resolve(info: Info, **asked: Any) -> Page:
            return await _root_page(info.context.loaders, _request(info, entity_of(target), **asked))

        metadata: dict[str, Any] = {}
    else:

        async def resolve(self: Any, info: Info, **asked: Any) -> Page:  # type: ignore[misc] # the other variant
            return await _nested_page(getattr(self, key), info, target, asked)

        metadata = {RELATED: target, NEEDS: (key,)}
    resolve = _with_arguments(resolve, target)
    return strawberry.field(
        resolver=resolve, description=description, graphql_type=Later(connection_type, target), metadata=metadata
    )


def _with_arguments(resolve: Callable[..., Any], target: type[Base] | QueryableAttribute[Any]) -> Any:
    """Give a resolver the arguments of a connection: Strawberry reads them from its signature."""

    arguments = {
        "first": argument(
            int | None, f"How many rows from the start; {DEFAULT_PAGE} if not given, at most {MAX_PAGE}."
        ),
        "after": argument(str | None, "Only rows behind this cursor."),
        "last": argument(int | None, f"How many rows from the end; at most {MAX_PAGE}. Not together with `first`."),
        "before": argument(str | None, "Only rows in front of this cursor."),
        "filter": argument(Later(filter_input, target) | None, "Which rows to take; all if not given."),
        "order_by": argument(
            list_of(Later(order_input, target)) | None,
            "What to sort by; ties are broken by the id.",
        ),
    }
    return with_arguments(resolve, {name: (annotation, strawberry.UNSET) for name, annotation in arguments.items()})


def _request(
    info: Info,
    entity: Entity,
    *,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    filter: Any = None,  # noqa: A002 - the argument's name in the API
    order_by: Sequence[Any] | None = None,
) -> PageRequest:
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
        columns=selected_columns(
            info, entity, ("nodes",), ("edges", "node"), also=tuple(term.column for term in terms)
        ),
        cursors=cursors,
        where=condition(entity, filter),
        place=and_(*places) if places else None,
        limit=limit,
        backward=last is not None,
        continues=(after if last is None else before) is not None,
        wants_rows=not selected_fields(info).isdisjoint({"nodes", "edges", "pageInfo"}),
    )


def checked_size(argument: str, size: int | None, default: int = DEFAULT_PAGE) -> int:
    """The number of rows asked for. Raises BadRequest where it is out of range."""
    if size is None:
        return default
    if not 0 <= size <= MAX_PAGE:
        raise BadRequest(f"{argument}: from 0 to {MAX_PAGE}, not {size}")
    return size


async def _root_page(loaders: Loaders, asked: PageRequest) -> Page:
    entity = asked.entity
    scope = Scope(entity, asked.where, loaders)
    if not asked.wants_rows:
        return asked.page([], scope)
    statement = select(*(entity.columns[name] for name in asked.columns))
    if asked.here is not None:
        statement = statement.where(asked.here)
    statement = statement.order_by(*order_by(entity.model, asked.order)).limit(asked.limit + 1)
    return asked.page(await loaders.rows(statement), scope)


async def _nested_page(
    parent_key: Any, info: Info, relationship: QueryableAttribute[Any], arguments: dict[str, Any]
) -> Page:
    loaders = info.context.loaders
    place = field_identity(info)
    foreign_key = foreign_key_of(relationship)

    asked = loaders.remembered(
        place, lambda: _request(info, entity_of(relationship.property.mapper.class_), **arguments)
    )

    async def load(parents: list[Any]) -> list[Page]:
        by_parent: dict[Any, list[Any]] = {key: [] for key in parents}
        if asked.wants_rows:
            statement = first_per_parent(
                info.context.database.dialect,
                foreign_key,
                asked.columns,
                where=asked.here,
                order=asked.order,
                limit=asked.limit + 1,
            )
            for key, *row in await loaders.rows(statement, {"keys": parents}):
                by_parent[key].append(row)
        return [
            asked.page(by_parent[key], Scope(asked.entity, asked.where, loaders, place, foreign_key, key))
            for key in parents
        ]

    page: Page = await loaders.batched(place, load).load(parent_key)
    return page
