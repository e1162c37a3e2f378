"""Relay connections with keyset cursors, at the root and below parents."""

from functools import partial
from typing import Any

import strawberry
from sqlalchemy.orm import QueryableAttribute

from jobbot_gql.api.engine.planned_field import planned
from jobbot_gql.api.fields.aggregates import aggregate_fields
from jobbot_gql.api.fields.connection_node import ConnectionNode, ListedRows, TotalCountNode
from jobbot_gql.api.fields.filters import filter_input
from jobbot_gql.api.fields.ordering import order_input
from jobbot_gql.api.types.annotations import argument, list_of
from jobbot_gql.api.types.entity import RELATED, Entity
from jobbot_gql.api.types.lazy_types import Later, made_once
from jobbot_gql.api.types.page_size import DEFAULT_PAGE, MAX_PAGE
from jobbot_gql.db.base import Base


@strawberry.type(description="Position of a page in its list.")
class PageInfo:
    """Relay's PageInfo; a `Page` serves as one."""

    has_next_page: bool = strawberry.field(description="Whether more rows follow the last row of this page.")
    has_previous_page: bool = strawberry.field(description="Whether rows come before the first row of this page.")
    start_cursor: str | None = strawberry.field(description="Cursor of the page's first row, for `before`.")
    end_cursor: str | None = strawberry.field(description="Cursor of the page's last row, for `after`.")


@made_once
def connection_type(entity: Entity) -> Any:
    """The GraphQL type of a page of the entity's rows, such as `JobConnection`."""

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
                    graphql_type=list_of(edge), description="Rows of this page with their cursors."
                ),
                "nodes": strawberry.field(graphql_type=list_of(entity.type), description="Rows of this page."),
                "page_info": strawberry.field(graphql_type=PageInfo, description="Position of this page in the list."),
                "total_count": planned(
                    TotalCountNode, int, "Number of rows that match the filter; computed only when selected."
                ),
                **aggregate_fields(entity),
                "__module__": __name__,
            },
        ),
        description=f"A page of a list of {entity.name} rows.",
    )


def connection(
    target: type[Base] | QueryableAttribute[Any], description: str, *, key: str = "id", rows: ListedRows | None = None
) -> Any:
    """A connection field: all rows of a model, or the related rows of a relationship.

    `key` is the parent's column that the relationship's foreign key refers to. `rows` adds arguments to the list of a
    model.
    """
    is_root = isinstance(target, type)
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
    return planned(
        partial(ConnectionNode, target=target, key=key, rows=rows),
        Later(connection_type, target),
        description,
        {
            **{name: (annotation, strawberry.UNSET) for name, annotation in arguments.items()},
            **(rows.arguments if rows else {}),
        },
        needs=() if is_root else (key,),
        metadata={} if is_root else {RELATED: target},
    )
