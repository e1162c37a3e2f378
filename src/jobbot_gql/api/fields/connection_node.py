"""Reads a level of pages: one statement for the rows of all parents, one for their counts."""

from abc import abstractmethod
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import islice
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy.orm import QueryableAttribute

from jobbot_gql.api.engine.levels import Level, Shape, grows
from jobbot_gql.api.engine.parents import Objects, Parents
from jobbot_gql.api.engine.plan_node import BatchedNode, PlanNode, Reads, Unplanned, fed, set_field
from jobbot_gql.api.engine.planner import Planner
from jobbot_gql.api.engine.selected_field import Arguments, Run, SelectedField
from jobbot_gql.api.fields.paging import CURSORS, LISTING, Cut, Listed, ListQuery, Page, PageQuery, list_request
from jobbot_gql.api.strawberry_internals import to_camel_case
from jobbot_gql.api.types.entity import entity_of
from jobbot_gql.db.base import Base
from jobbot_gql.db.sql.compiled_query import KeyedQuery, Row
from jobbot_gql.db.sql.lateral_tree import Branch, LateralTree
from jobbot_gql.db.sql.selects import foreign_key_of

MAX_TREES = 4
"""Maximum number of trees of a field whose list depends on variables."""
OFTEN = 16
"""Number of requests for one filtered list after which a tree is worth the 10 ms of building it."""


@dataclass(frozen=True, eq=False)
class _Pages:
    """The pages of one level: one for each distinct key of the parents, or the one at the root."""

    page: PageQuery
    keys: Sequence[Any]
    read: Sequence[Sequence[Row]]
    """The rows that were read for each page: one more than it shows if there are more."""

    @cached_property
    def cuts(self) -> list[Cut]:
        """The rows of each page, and whether there are rows before and after."""
        return [self.page.cut(rows) for rows in self.read]

    @cached_property
    def pages(self) -> list[Page]:
        """The pages as Python objects."""
        return [Page(self.page.list, cut, key) for cut, key in zip(self.cuts, self.keys, strict=True)]

    @cached_property
    def shown(self) -> Sequence[Sequence[Row]]:
        """The rows of each page."""
        request = self.page.list.request
        if request.backward or max(map(len, self.read), default=0) > request.limit:
            return [cut.rows for cut in self.cuts]
        return self.read

    @cached_property
    def rows(self) -> list[Row]:
        """The rows of all pages, concatenated."""
        return [row for rows in self.shown for row in rows]

    def split(self, objects: list[Any]) -> list[list[Any]]:
        """Objects made of `rows`, split by page."""
        left = iter(objects)
        return [list(islice(left, len(rows))) for rows in self.shown]


@dataclass(frozen=True)
class ListedRows:
    """The rows of a connection with arguments of its own."""

    arguments: Mapping[str, tuple[Any, Any]]
    """Annotation and default of each argument, by name."""
    listed: Callable[..., Listed]
    """Gets the settings, the dialect's name and these arguments. Raises BadRequest."""


Part = Callable[[Run, _Pages], Reads[list[Any]]]
"""Computes one field of the connection's objects: one value per page."""


class ConnectionNode(BatchedNode):
    """A connection field for all parents of a level, or at the root."""

    def __init__(
        self,
        planner: Planner,
        selected: SelectedField,
        parents: Parents,
        *,
        target: type[Base] | QueryableAttribute[Any],
        key: str,
        rows: "ListedRows | None" = None,
    ) -> None:
        self.selected = selected
        self._dialect = planner.dialect
        self._parents = parents
        self._key = key
        self._foreign_key: QueryableAttribute[Any] | None = None
        if isinstance(target, type):
            self._entity = entity_of(target)
        else:
            self._entity = entity_of(target.property.mapper.class_)
            self._foreign_key = foreign_key_of(target)
            parents.need((key,))
        self._rows = planner.layout(self._entity, offset=0 if self._foreign_key is None else 1)
        self._levels: list[Level] = []
        self._shows_cursors = False
        self._parts: dict[str, Part | str | None] = {}
        """How each field is computed; None: by a plan node."""
        self._page_nodes: list[PlanNode] = []
        children = planner.selected_fields(selected.named_type, selected.details)
        for sub in children:
            self._plan(planner, sub)
        self._reads_rows = any(sub.field_name in {"nodes", "edges", "pageInfo"} for sub in children)
        self._own = rows
        self._settings = planner.settings
        self._list = planner.arguments(selected, self._list_query, omitted=CURSORS)
        own = map(to_camel_case, rows.arguments if rows else ())
        self._ends: Arguments[dict[str, Any]] = planner.arguments(selected, dict, omitted=(*LISTING, *own))
        # A tree would name the rows below after the table, too.
        self._grows = (
            self._foreign_key is None and rows is None and self._reads_rows and grows(self._levels, planner.dialect)
        )
        self._trees: WeakKeyDictionary[KeyedQuery, LateralTree] = WeakKeyDictionary()

    @property
    def statements(self) -> int:
        """Maximum number of statements of the pages."""
        if self._grows and self._list.are_constant:
            return 1 + self.statements_apart
        return self._reads_rows + self._counts + sum(level.statements for level in self._levels)

    @property
    def statements_apart(self) -> int:
        """Maximum number of statements in addition to a tree's."""
        return self._counts + sum(level.statements_apart for level in self._levels)

    @property
    def _counts(self) -> int:
        return sum(plan_node.statements for plan_node in self._page_nodes)

    @property
    def is_fixed(self) -> bool:  # type: ignore[override] # depends on the arguments
        """Whether the page is the same for each execution."""
        return (
            self._reads_rows
            and self._list.are_constant
            and all(given.name.value not in {"filter", *CURSORS} for given in self.selected.node.arguments or ())
        )

    def branches(self, run: Run) -> list[Branch]:
        """The rows of the pages, by the parents' key."""
        return [Branch(self._key, self._page(run).form, self._branches(run))]

    def _branches(self, run: Run) -> list[Branch]:
        return [branch for level in self._levels for branch in level.branches(run)]

    def _tree(self, run: Run, page: PageQuery) -> LateralTree | None:
        """The tree that reads the root page with the levels below it; None if they are read level by level."""
        tree = self._trees.get(page.form)
        if tree is None and self._grows and (self._list.are_constant or self._is_common(page.list)):
            tree = self._trees[page.form] = LateralTree(page.form, self._branches(run), self._dialect)
        return tree

    def _is_common(self, query: ListQuery) -> bool:
        # There are few sizes and orders, but any number of filters.
        return len(self._trees) < MAX_TREES and (query.request.where is None or query.times >= OFTEN)

    def _list_query(self, **arguments: Any) -> ListQuery:
        if self._own is not None:
            own = {name: arguments.pop(name) for name in self._own.arguments if name in arguments}
            arguments["listed"] = self._own.listed(self._settings, self._dialect.name, **own)
        request = list_request(self._entity, **arguments)
        return ListQuery(request, self._rows, self._shows_cursors, self._dialect, self._foreign_key)

    def _page(self, run: Run) -> PageQuery:
        return self._list.of(run).page(**self._ends.of(run))

    def run(self, run: Run, rows: Sequence[Any], out: Sequence[dict[str, Any]]) -> Reads[None]:
        """Set the field on the objects of all parents."""
        parents = self._keys(rows)
        page = self._page(run)
        tree = self._tree(run, page)
        run.trees += tree is not None
        pages, below = yield from self._read(page, list(dict.fromkeys(parents)), tree)
        objects: list[dict[str, Any]] = [dict.fromkeys(self._parts) for _ in pages.keys]
        for name, part in self._parts.items():
            if isinstance(part, str):
                set_field(objects, name, [part] * len(objects))
            elif part is not None:
                values = part(run, pages)
                set_field(objects, name, (yield from (fed(values, below) if below else values)))
        for plan_node in self._page_nodes:
            yield from plan_node.run(run, pages.pages, objects)
        of_parent = dict(zip(pages.keys, objects, strict=True))
        set_field(out, self.selected.name, [of_parent[parent] for parent in parents])

    def values(self, run: Run, rows: Sequence[Any]) -> Reads[list[Any]]:
        """The pages."""
        parents = self._keys(rows)
        pages, _ = yield from self._read(self._page(run), list(dict.fromkeys(parents)), None)
        of_parent = dict(zip(pages.keys, pages.pages, strict=True))
        return [of_parent[parent] for parent in parents]

    def _keys(self, rows: Sequence[Any]) -> list[Any]:
        return [None for _ in rows] if self._foreign_key is None else self._parents.keys(rows, self._key)

    def _read(
        self, page: PageQuery, keys: Sequence[Any], tree: LateralTree | None
    ) -> Reads[tuple[_Pages, dict[KeyedQuery, list[Row]]]]:
        """The pages of these parents, and the rows of the levels below if a tree has read them."""
        found: defaultdict[Any, list[Row]] = defaultdict(list)
        below: dict[KeyedQuery, list[Row]] = {}
        if tree is not None:
            below = tree.deal((yield page.with_values(tree.query), None))
            found[None] = below[page.form]
        elif self._reads_rows:
            read = yield page.rows, keys
            if self._foreign_key is None:
                found[None] = list(read)
            else:
                for row in read:
                    found[row[0]].append(row)
        return _Pages(page, keys, [found[key] for key in keys]), below

    def _plan(self, planner: Planner, selected: SelectedField) -> None:
        """Plan a field of the connection: a part for fields of the page, a plan node for the others."""
        part: Part | str | None = None
        match selected.field_name:
            case "__typename":
                part = selected.parent_type.name
            case "nodes":
                part = partial(_nodes, self._level(planner, selected))
            case "edges":
                subfields = planner.selected_fields(selected.named_type, selected.details)
                part = partial(_edges, {sub.name: self._edge_part(planner, sub) for sub in subfields})
            case "pageInfo":
                subfields = planner.selected_fields(selected.named_type, selected.details)
                part = partial(_page_info, {sub.name: self._page_fact(sub) for sub in subfields})
        self._parts[selected.name] = part
        if part is None:
            self._page_nodes.append(planner.plan_node(selected, Objects()))

    def _level(self, planner: Planner, selected: SelectedField) -> Level:
        level = planner.level(selected.details, self._rows)
        self._levels.append(level)
        return level

    def _edge_part(self, planner: Planner, selected: SelectedField) -> "Level | Callable[[ListQuery, Row], Any]":
        match selected.field_name:
            case "__typename":
                name = selected.parent_type.name
                return lambda query, row: name
            case "node":
                return self._level(planner, selected)
            case "cursor":
                self._shows_cursors = True
                return ListQuery.cursor
        raise Unplanned(selected.field_name)

    def _page_fact(self, selected: SelectedField) -> Callable[[ListQuery, Cut], Any]:
        match selected.field_name:
            case "__typename":
                name = selected.parent_type.name
                return lambda query, cut: name
            case "hasNextPage":
                return lambda query, cut: cut.has_next
            case "hasPreviousPage":
                return lambda query, cut: cut.has_previous
            case "startCursor" | "endCursor":
                self._shows_cursors = True
                end = 0 if selected.field_name == "startCursor" else -1
                return lambda query, cut: query.cursor(cut.rows[end]) if cut.rows else None
        raise Unplanned(selected.field_name)


def _nodes(level: Level, run: Run, pages: _Pages) -> Reads[list[Any]]:
    return pages.split((yield from level.objects(run, pages.rows)))


def _edges(parts: "dict[str, Level | Callable[[ListQuery, Row], Any]]", run: Run, pages: _Pages) -> Reads[list[Any]]:
    edges: list[dict[str, Any]] = [{} for _ in pages.rows]
    for name, part in parts.items():
        if isinstance(part, Level):
            set_field(edges, name, (yield from part.objects(run, pages.rows)))
        else:
            set_field(edges, name, [part(pages.page.list, row) for row in pages.rows])
    return pages.split(edges)


def _page_info(facts: dict[str, Callable[[ListQuery, Cut], Any]], run: Run, pages: _Pages) -> Reads[list[Any]]:
    return [{name: fact(pages.page.list, cut) for name, fact in facts.items()} for cut in pages.cuts]
    yield  # makes it a generator like the other parts


class PageNode(BatchedNode):
    """A connection field about all rows of the list, not only those of the page."""

    def __init__(self, planner: Planner, selected: SelectedField, parents: Parents) -> None:
        self.selected = selected
        self._dialect = planner.dialect
        self._shape = Shape(planner, selected)

    @property
    def statements(self) -> int:
        """Maximum number of statements of the values."""
        return 1 + self._shape.statements_for_several

    def run(self, run: Run, rows: Sequence[Page], out: Sequence[dict[str, Any]]) -> Reads[None]:
        """Set the field on each connection."""
        values = yield from self.values(run, rows)
        set_field(out, self.selected.name, (yield from self._shape.objects(run, values)))

    def values(self, run: Run, rows: Sequence[Page]) -> Reads[list[Any]]:
        """The value of each connection: one statement for all that differ only in their parents."""
        parents: defaultdict[ListQuery, dict[Any, None]] = defaultdict(dict)
        for page in rows:
            parents[page.query][page.parent] = None
        found: dict[ListQuery, Mapping[Any, Any]] = {}
        for query, keys in parents.items():
            found[query] = yield from self._of_list(run, query, list(keys))
        return [found[page.query][page.parent] for page in rows]

    @abstractmethod
    def _of_list(self, run: Run, query: ListQuery, parents: Sequence[Any]) -> Reads[Mapping[Any, Any]]:
        """The value for each parent of a list; the parent of a root list is None."""


class TotalCountNode(PageNode):
    """The field `totalCount`."""

    def values(self, run: Run, rows: Sequence[Page]) -> Reads[list[Any]]:
        """The number of rows of each list."""
        known = [page.total for page in rows]
        return (yield from super().values(run, rows)) if None in known else known

    def _of_list(self, run: Run, query: ListQuery, parents: Sequence[Any]) -> Reads[Mapping[Any, Any]]:
        read = yield query.with_values(query.counts), parents
        if query.foreign_key is None:
            return {None: read[0][0]}
        return {**dict.fromkeys(parents, 0), **{parent: count for count, parent in read}}
