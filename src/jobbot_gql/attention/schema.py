"""The `attention` query: what must be done, in one request."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import strawberry
from sqlalchemy import func, select

from jobbot_gql.api.engine.plan_node import Reads
from jobbot_gql.api.engine.root_node import Reader
from jobbot_gql.api.fields.computed import query_field
from jobbot_gql.api.fields.connections import connection_type
from jobbot_gql.api.fields.ordering import Cursors
from jobbot_gql.api.fields.paging import ListQuery, ListRequest, Page
from jobbot_gql.api.fields.result_set import select_figures
from jobbot_gql.api.strawberry_internals import to_camel_case
from jobbot_gql.api.types.entity import entity_of
from jobbot_gql.api.types.errors import BadRequest
from jobbot_gql.api.types.lazy_types import Later
from jobbot_gql.api.types.page_size import DEFAULT_PAGE
from jobbot_gql.attention.sections import SECTIONS, Moment
from jobbot_gql.db.sql.compiled_query import CompiledQuery
from jobbot_gql.follow_ups.schema import zone_named

MAX_DAYS = 366
_DESCRIPTIONS = {
    "follow_ups": "Follow-ups that are due until `days` days from now, by `dueOn`. Snoozed ones are left out.",
    "interviews": "Scheduled interviews from today until `days` days from now, earliest first.",
    "deadlines": "Jobs not applied for whose `applicationDeadline` is from today until `days` days from now, earliest"
    " first.",
    "requires_action": "Responses that require an action which was not taken, of open applications, oldest first.",
    "silent": "Open applications without activity for JOBBOT_ARCHIVE_AFTER_DAYS days, newest first.",
    "stale_opportunities": "Opportunities, neither accepted nor rejected, without a change of status or message for"
    " JOBBOT_ARCHIVE_AFTER_DAYS days, newest first.",
    "high_risk_claims": "Claims with a high risk in open applications, newest first.",
}

Attention: Any = strawberry.type(
    type(
        "Attention",
        (),
        {
            name: strawberry.field(graphql_type=Later(connection_type, SECTIONS[name].model), description=text)
            for name, text in _DESCRIPTIONS.items()
        }
        | {"__module__": __name__},
    ),
    description="What needs attention. Each list has its first rows and their total number.",
)


def _lists(reader: Reader, moment: Moment, first: int) -> dict[str, ListQuery]:
    """The lists that the client selects."""
    lists = {}
    for name, section in SECTIONS.items():
        field = to_camel_case(name)
        if not reader.selects(field):
            continue
        entity = entity_of(section.model)
        listed = section.listed(moment, reader.dialect.name)
        cursors = Cursors(entity, list(section.order))
        request = ListRequest(entity, cursors, listed.where, first, backward=False, table=listed.table)
        layout = reader.layout(entity, (field, "nodes"), (field, "edges", "node"))
        lists[name] = ListQuery(request, layout, shows_cursors=True, dialect=reader.dialect, foreign_key=None)
    return lists


def _read(lists: Mapping[str, ListQuery], counted: Mapping[str, ListQuery]) -> Reads[dict[str, Page]]:
    """The first page of each list; a statement for each, and one for all totals."""
    totals: dict[str, int] = {}
    if counted:
        (dialect,) = {query.dialect for query in counted.values()}
        figures = (
            query.request.reading(select_figures(query.request.entity, query.request.where, [func.count()]))
            for query in counted.values()
        )
        statement = select(*(one.scalar_subquery() for one in figures))
        ((row),) = yield CompiledQuery(statement, dialect), None
        totals = dict(zip(counted, row, strict=True))
    pages = {}
    for name, query in lists.items():
        asked = query.page()
        rows = yield asked.rows, [None]
        pages[name] = Page(query, asked.cut(rows), total=totals.get(name))
    return pages


@strawberry.type
class AttentionQueries:
    """Root query field of what needs attention."""

    @query_field(
        "What needs attention: follow-ups, interviews, deadlines, responses, silent applications, stale opportunities"
        " and risky claims. Takes one statement for each list, one for all totals, and those of the relations below."
    )
    async def attention(
        reader: Reader,  # noqa: N805 - not a method
        *,
        as_of: Annotated[
            datetime | None, strawberry.argument(description="Time for which it is determined. Default: now.")
        ] = strawberry.UNSET,
        time_zone: Annotated[
            str, strawberry.argument(description="IANA time zone in which days begin, such as `Europe/Berlin`.")
        ] = "UTC",
        days: Annotated[
            int, strawberry.argument(description=f"Number of days to look ahead, 0 to {MAX_DAYS}. Default 7.")
        ] = 7,
        first: Annotated[
            int,
            strawberry.argument(description=f"Number of rows to return of each list, 0 to {DEFAULT_PAGE}. Default 10."),
        ] = 10,
    ) -> Attention:
        if not 0 <= days <= MAX_DAYS:
            raise BadRequest(f"days must be 0 to {MAX_DAYS}; got {days}.")
        if not 0 <= first <= DEFAULT_PAGE:
            raise BadRequest(f"first must be 0 to {DEFAULT_PAGE}; got {first}.")
        moment = Moment(as_of or datetime.now(UTC), zone_named(time_zone), days, reader.settings)
        lists = _lists(reader, moment, first)
        counted = {name: query for name, query in lists.items() if reader.selects(to_camel_case(name), "totalCount")}
        pages = await reader.run(_read(lists, counted))
        return Attention(**{name: pages.get(name) for name in SECTIONS})
