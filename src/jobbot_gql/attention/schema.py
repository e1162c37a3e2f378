"""The `attention` query: what must be done, in one request."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

import strawberry
from sqlalchemy import ColumnElement, func, literal_column, select, union_all

from jobbot_gql.api.engine.plan_node import Reads
from jobbot_gql.api.engine.root_node import Reader
from jobbot_gql.api.fields.computed import query_field
from jobbot_gql.api.fields.connections import connection_type
from jobbot_gql.api.fields.ordering import Cursors
from jobbot_gql.api.fields.paging import Cut, ListQuery, ListRequest, Page
from jobbot_gql.api.strawberry_internals import to_camel_case
from jobbot_gql.api.types.entity import entity_of
from jobbot_gql.api.types.errors import BadRequest
from jobbot_gql.api.types.lazy_types import Later
from jobbot_gql.api.types.page_size import DEFAULT_PAGE
from jobbot_gql.attention.sections import SECTIONS, Frame, values
from jobbot_gql.db.sql.compiled_query import CompiledQuery, KeyedQuery, QueryWithValues, Row
from jobbot_gql.db.sql.keyset import order_by
from jobbot_gql.db.sql.selects import by_key
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


class _Lists:
    """The statements of the lists that a client selects."""

    def __init__(self, reader: Reader, frame: Frame, first: int) -> None:
        self._frame = frame
        self._first = first
        self._queries: dict[str, ListQuery] = {}
        self._by_id: dict[str, KeyedQuery] = {}
        ids = []
        for number, (name, section) in enumerate(SECTIONS.items()):
            field = to_camel_case(name)
            if not reader.selects(field):
                continue
            entity, listed = entity_of(section.model), section.listed(frame)
            cursors = Cursors(entity, list(section.order))
            request = ListRequest(entity, cursors, listed.where, first, backward=False, table=listed.table)
            # Follow-ups are not read by their ids: most of them are computed.
            layout = reader.layout(entity, (field, "nodes"), (field, "edges", "node"), offset=listed.table is None)
            query = ListQuery(request, layout, shows_cursors=True, dialect=reader.dialect, foreign_key=None)
            self._queries[name] = query
            if listed.table is not None:
                rows = request.select(frame.dialect, query.columns).add_columns(func.count().over())
                self._follow_ups = CompiledQuery(rows, reader.dialect)
                continue
            if any(reader.selects(field, part) for part in ("nodes", "edges", "pageInfo")):
                make = partial(by_key, section.model, "id", query.columns)
                self._by_id[name] = KeyedQuery(make, reader.dialect)
            number_of_list: ColumnElement[int]
            number_of_list, total = literal_column(str(number)).label("list"), func.count().over().label("total")
            found = select(number_of_list, total, section.model.id).where(listed.where)
            ids.append(select(found.order_by(*order_by(section.model, section.order)).limit(first + 1).subquery()))
        self._ids = CompiledQuery(union_all(*ids), reader.dialect) if ids else None

    def read(self, at: datetime, days: int) -> Reads[dict[str, Page]]:
        """The first page of each list: one statement for ids and totals, and one for the rows of each list."""
        given = values(self._frame, at, days)
        names = list(SECTIONS)
        totals: dict[str, int] = {}
        ids: dict[str, list[int]] = {name: [] for name in self._queries}
        if self._ids is not None:
            for number, total, row_id in (yield QueryWithValues(self._ids, given), None):
                totals[names[number]] = total
                ids[names[number]].append(row_id)
        pages = {}
        for name, query in self._queries.items():
            rows: Sequence[Row] = ()
            if query.request.table is not None:
                rows = yield QueryWithValues(self._follow_ups, given), None
                totals[name] = rows[0][-1] if rows else 0
            elif name in self._by_id and ids[name]:
                by_id = {row[0]: row for row in (yield self._by_id[name], ids[name])}
                rows = [by_id[row_id] for row_id in ids[name] if row_id in by_id]
            cut = Cut(rows[: self._first], has_next=len(rows) > self._first, has_previous=False)
            pages[name] = Page(replace(query, values=given), cut, total=totals.get(name, 0))
        return pages


@strawberry.type
class AttentionQueries:
    """Root query field of what needs attention."""

    @query_field(
        "What needs attention: follow-ups, interviews, deadlines, responses, silent applications, stale opportunities"
        " and risky claims. Takes one statement for all totals, one for the rows of each list, and those of the"
        " relations below."
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
        frame = Frame(reader.dialect.name, zone_named(time_zone), reader.settings)
        lists = reader.kept((time_zone, first), lambda: _Lists(reader, frame, first))
        pages = await reader.run(lists.read(as_of or datetime.now(UTC), days))
        return Attention(**{name: pages.get(name) for name in SECTIONS})
