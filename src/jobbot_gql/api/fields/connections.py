"""Relay connections with keyset cursors: at the root, and under a parent for all parents at once."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import strawberry
from sqlalchemy.orm import QueryableAttribute

from jobbot_gql.api.engine.context import Info
from jobbot_gql.api.engine.planner import Layout
from jobbot_gql.api.engine.selection import field_identity, selected_columns, selected_fields
from jobbot_gql.api.fields.aggregates import aggregate_fields
from jobbot_gql.api.fields.connection_node import ConnectionNode
from jobbot_gql.api.fields.filters import filter_input
from jobbot_gql.api.fields.ordering import order_input
from jobbot_gql.api.fields.paging import CURSORS, ListQuery, Page, PageQuery, list_request
from jobbot_gql.api.fields.result_set import ResultSet
from jobbot_gql.api.types.annotations import argument, list_of
from jobbot_gql.api.types.arguments import with_arguments
from jobbot_gql.api.types.entity import NEEDS, PLAN, RELATED, Entity, entity_of
from jobbot_gql.api.types.lazy_types import Later, made_once
from jobbot_gql.api.types.page_size import DEFAULT_PAGE, MAX_PAGE
from jobbot_gql.db.base import Base
from jobbot_gql.db.sql.selects import foreign_key_of


@strawberry.type(description="Position of a page in its list.")
class PageInfo:
    """Relay's PageInfo; a `Page` serves as one."""

    has_next_page: bool = strawberry.field(description="Whether more rows follow the last row of this page.")
    has_previous_page: bool = strawberry.field(description="Whether rows come before the first row of this page.")
    start_cursor: str | None = strawberry.field(description="Cursor of the page's first row, for `before`.")
    end_cursor: str | None = strawberry.field(description="Cursor of the page's last row, for `after`.")


@dataclass(frozen=True)
class _Edge:
    page: Page
    place: int

    @property
    def node(self) -> Any:
        return self.page.rows[self.place]

    @property
    def cursor(self) -> str:
        return self.page.query.cursor(self.page.cut.rows[self.place])


@made_once
def connection_type(entity: Entity) -> Any:
    """The GraphQL type of a page of the entity's rows, such as `JobConnection`."""

    def nodes(self: Page) -> list[Any]:
        return self.rows

    def edges(self: Page) -> list[Any]:
        return [_Edge(self, place) for place in range(len(self.cut.rows))]

    def page_info(self: Page) -> Page:
        return self

    async def total_count(self: Page) -> int:
        return await self.scope.count()

    edge = strawberry.type(
        type(
            f"{entity.name}Edge",
            (),
            {
                "node": strawberry.field(
                    graphql_type=entity.type | None,
                    description="Row. Never null in answers; nullable so that Relay's `@deleteRecord` can remove it.",
                ),
                "cursor": strawberry.field(
                    graphql_type=str, description="Cursor of this row, for `after` and `before`."
                ),
                "__module__": __name__,
            },
        ),
        description=f"A row of a list of {entity.name} rows, with its cursor.",
    )
    return strawberry.type(
        type(
            f"{entity.name}Connection",
            (),
            {
                "edges": strawberry.field(
                    resolver=edges, graphql_type=list_of(edge), description="Rows of this page with their cursors."
                ),
                "nodes": strawberry.field(
                    resolver=nodes, graphql_type=list_of(entity.type), description="Rows of this page."
                ),
                "page_info": strawberry.field(
                    resolver=page_info, graphql_type=PageInfo, description="Position of this page in the list."
                ),
                "total_count": strawberry.field(
                    resolver=total_count,
                    graphql_type=int,
                    description="Number of rows that match the filter; computed only when selected.",
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
            return await _root_page(info, target, asked)

        metadata: dict[str, Any] = {}
    else:

        async def resolve(self: Any, info: Info, **asked: Any) -> Page:  # type: ignore[misc] # the other variant
            return await _nested_page(getattr(self, key), info, target, asked)

        metadata = {RELATED: target, NEEDS: (key,)}
    resolve = _with_arguments(resolve, target)
    return strawberry.field(
        resolver=resolve,
        description=description,
        graphql_type=Later(connection_type, target),
        metadata={**metadata, PLAN: partial(ConnectionNode, target=target, key=key)},
    )


def _with_arguments(resolve: Callable[..., Any], target: type[Base] | QueryableAttribute[Any]) -> Any:
    """Give a resolver the arguments of a connection: Strawberry reads them from its signature."""

    arguments = {
        "first": argument(
            int | None, f"Number of rows to return from the start, 0 to {MAX_PAGE}. Default {DEFAULT_PAGE}."
        ),
        "after": argument(str | None, "Return rows after this cursor."),
        "last": argument(int | None, f"Number of rows to return from the end, 0 to {MAX_PAGE}. Excludes `first`."),
        "before": argument(str | None, "Return rows before this cursor."),
        "filter": argument(Later(filter_input, target) | None, "Filter. Default: all rows."),
        "order_by": argument(
            list_of(Later(order_input, target)) | None,
            "Sort order; ties are broken by id.",
        ),
    }
    return with_arguments(resolve, {name: (annotation, strawberry.UNSET) for name, annotation in arguments.items()})


def _query(
    info: Info, entity: Entity, arguments: dict[str, Any], foreign_key: QueryableAttribute[Any] | None = None
) -> PageQuery:
    """What reads the columns of the rows that the field at hand asks for, and those that its cursors show."""
    request = list_request(entity, **{name: one for name, one in arguments.items() if name not in CURSORS})
    layout = Layout(request.entity, offset=0 if foreign_key is None else 1)
    layout.need(selected_columns(info, request.entity, ("nodes",), ("edges", "node")))
    shows_cursors = "cursor" in selected_fields(info, "edges") or not selected_fields(info, "pageInfo").isdisjoint(
        {"startCursor", "endCursor"}
    )
    query = ListQuery(request, layout, shows_cursors, info.context.loaders.snapshot.dialect, foreign_key)
    return query.page(**{name: one for name, one in arguments.items() if name in CURSORS})


def _wants_rows(info: Info) -> bool:
    return not {"nodes", "edges", "pageInfo"}.isdisjoint(selected_fields(info))


async def _root_page(info: Info, model: type[Base], arguments: dict[str, Any]) -> Page:
    loaders = info.context.loaders
    page = _query(info, entity_of(model), arguments)
    asked = page.list.request
    rows = await loaders.read((page.rows, [None])) if _wants_rows(info) else []
    return Page(page.list, page.cut(rows), ResultSet(asked.entity, asked.where, loaders))


async def _nested_page(
    parent_key: Any, info: Info, relationship: QueryableAttribute[Any], arguments: dict[str, Any]
) -> Page:
    loaders = info.context.loaders
    place = field_identity(info)
    foreign_key = foreign_key_of(relationship)

    def ask() -> PageQuery:
        return _query(info, entity_of(relationship.property.mapper.class_), arguments, foreign_key)

    page = loaders.remembered(place, ask)
    asked = page.list.request

    async def load(parents: list[Any]) -> list[Page]:
        by_parent: dict[Any, list[Any]] = {key: [] for key in parents}
        for row in await loaders.read((page.rows, parents)) if _wants_rows(info) else ():
            by_parent[row[0]].append(row)
        scopes = (ResultSet(asked.entity, asked.where, loaders, place, foreign_key, key) for key in parents)
        return [Page(page.list, page.cut(by_parent[scope.parent]), scope) for scope in scopes]

    found: Page = await loaders.batched(place, load).load(parent_key)
    return found
