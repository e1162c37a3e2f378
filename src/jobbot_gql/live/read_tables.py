"""Which changes may alter the results of SQL statements: those of tables and columns that their text names.

A name in a statement may mean something else, so more changes may be found than matter, and never fewer.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from typing import Any

from jobbot_gql.db.base import Base
from jobbot_gql.history.models import Change, ChangeOperation

SEARCH = "search_"
"""Prefix of the tables of the search index, which have text of many entities."""
_NAME = re.compile(r"[a-z_][a-z0-9_]*")


@lru_cache(maxsize=2_000)
def names(sql: str) -> frozenset[str]:
    """All names in a statement."""
    return frozenset(_NAME.findall(sql.lower()))


@cache
def _entities() -> Mapping[str, str]:
    """Names of the entities by table."""
    return {mapper.persist_selectable.description: mapper.class_.__name__ for mapper in Base.registry.mappers}


@dataclass(frozen=True)
class ReadTables:
    """The changes that concern the results of SQL statements."""

    statements: frozenset[str] = field(default=frozenset())

    def with_statements(self, statements: Collection[str]) -> "ReadTables":
        """Itself, or with more statements."""
        return self if self.statements.issuperset(statements) else ReadTables(self.statements.union(statements))

    @cached_property
    def _columns(self) -> Mapping[str, frozenset[str]]:
        """Names that statements have in which an entity's table is read, by entity."""
        found: dict[str, frozenset[str]] = {}
        for sql in self.statements:
            for table in names(sql) & _entities().keys():
                entity = _entities()[table]
                found[entity] = found.get(entity, frozenset()) | names(sql)
        return found

    @cached_property
    def entities(self) -> Collection[str] | None:
        """Names of the entities whose tables are read; None: all."""
        reads_all = any(name.startswith(SEARCH) for sql in self.statements for name in names(sql))
        return None if reads_all or Change.__name__ in self._columns else self._columns.keys()

    def concerns(self, change: Any) -> bool:
        """Whether a change of one of these entities concerns them; an update only if it changed a named column."""
        if self.entities is None or change.operation is not ChangeOperation.UPDATE or not change.after:
            return True
        return not self._columns[change.entity].isdisjoint(change.after)
