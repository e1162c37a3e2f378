"""Literal, case-insensitive string conditions with the same meaning on SQLite and PostgreSQL.

SQLite's lower() and LIKE support only ASCII, so connections get the function `unicode_lower` (`db/engine.py`).
"""

from typing import Any

from sqlalchemy import Boolean, String, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import SQLCoreOperations
from sqlalchemy.sql.expression import FunctionElement


class _TextMatch(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True

    def __init__(self, column: SQLCoreOperations[Any], value: str) -> None:
        super().__init__(column, literal(value, String()))


class contains(_TextMatch):  # noqa: N801 - reads as an SQL operator
    """The column contains the string."""

    inherit_cache = True


class starts_with(_TextMatch):  # noqa: N801 - reads as an SQL operator
    """The column starts with the string."""

    inherit_cache = True


class ends_with(_TextMatch):  # noqa: N801 - reads as an SQL operator
    """The column ends with the string."""

    inherit_cache = True


@compiles(_TextMatch, "sqlite")
def _match_sqlite(element: _TextMatch, compiler: SQLCompiler, **kw: Any) -> str:
    text, value = (f"unicode_lower({compiler.process(clause, **kw)})" for clause in element.clauses)
    if isinstance(element, contains):
        return f"(instr({text}, {value}) > 0)"
    if isinstance(element, starts_with):
        return f"(substr({text}, 1, length({value})) = {value})"
    return f"(substr({text}, length({text}) - length({value}) + 1) = {value})"


@compiles(_TextMatch, "postgresql")
def _match_postgresql(element: _TextMatch, compiler: SQLCompiler, **kw: Any) -> str:
    column, value = (compiler.process(clause, **kw) for clause in element.clauses)
    # LIKE can use a trigram index. Its special characters are escaped.
    pattern = rf"regexp_replace(lower({value}), '([\\%_])', '\\\1', 'g')"
    before = "" if isinstance(element, starts_with) else "'%' || "
    after = "" if isinstance(element, ends_with) else " || '%'"
    return rf"(lower({column}) LIKE {before}{pattern}{after} ESCAPE '\')"
