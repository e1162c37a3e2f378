"""Conditions on JSON arrays of strings in text columns, with the same meaning on SQLite and PostgreSQL.

Comparisons are case-insensitive. Text that is not a JSON array of strings is an empty list.
"""

import json
from typing import Any

from sqlalchemy import Boolean, String, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import SQLCoreOperations
from sqlalchemy.sql.expression import FunctionElement

_SPACE = r"[ \t\n\r]*"
_TEXT = r'"(?:[^"\\\x01-\x1f]|\\["\\/bfnrt]|\\u[0-9a-f]{4})*"'
_NEXT = f"{_SPACE},{_SPACE}"


def spellings(value: str) -> tuple[str, str, str]:
    """Forms of a string in JSON: unescaped, and with escapes of its lower-case and upper-case letters."""
    upper = "".join(letter.upper() if len(letter.upper()) == 1 else letter for letter in value)
    return json.dumps(value, ensure_ascii=False)[1:-1], json.dumps(value.lower())[1:-1], json.dumps(upper)[1:-1]


class holds_texts(FunctionElement[bool]):  # noqa: N801 - reads as an SQL operator
    """The list is not empty."""

    type = Boolean()
    inherit_cache = True


class has_text(FunctionElement[bool]):  # noqa: N801 - reads as an SQL operator
    """The list contains the string."""

    type = Boolean()
    inherit_cache = True

    def __init__(self, column: SQLCoreOperations[Any], value: str) -> None:
        # PostgreSQL compares the JSON of the element.
        texts = (literal(f'"{text}"', String()) for text in spellings(value))
        super().__init__(column, literal(value, String()), *texts)


def _sqlite_elements(column: str) -> tuple[str, str]:
    """SQL for the elements of a list, and the condition that it is a list of strings."""
    array = f"CASE WHEN json_valid({column}) THEN {column} ELSE '[]' END"
    others = f"EXISTS (SELECT 1 FROM json_each({array}) WHERE type <> 'text')"  # noqa: S608 - a column
    return f"json_each({array})", f"json_type({array}) = 'array' AND NOT {others}"


@compiles(holds_texts, "sqlite")
def _holds_texts_sqlite(element: holds_texts, compiler: SQLCompiler, **kw: Any) -> str:
    (column,) = (compiler.process(clause, **kw) for clause in element.clauses)
    elements, is_list = _sqlite_elements(column)
    return f"({is_list} AND EXISTS (SELECT 1 FROM {elements}))"  # noqa: S608 - a column


@compiles(has_text, "sqlite")
def _has_text_sqlite(element: has_text, compiler: SQLCompiler, **kw: Any) -> str:
    column, value, *_ = element.clauses
    elements, is_list = _sqlite_elements(compiler.process(column, **kw))
    is_value = f"unicode_lower(value) = unicode_lower({compiler.process(value, **kw)})"
    return f"({is_list} AND EXISTS (SELECT 1 FROM {elements} WHERE {is_value}))"  # noqa: S608 - a column


@compiles(holds_texts, "postgresql")
def _holds_texts_postgresql(element: holds_texts, compiler: SQLCompiler, **kw: Any) -> str:
    (column,) = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"(lower({column}) ~ '^{_SPACE}\\[{_SPACE}{_TEXT}(?:{_NEXT}{_TEXT})*{_SPACE}\\]{_SPACE}$')"


@compiles(has_text, "postgresql")
def _has_text_postgresql(element: has_text, compiler: SQLCompiler, **kw: Any) -> str:
    clauses = list(element.clauses)
    column, *written = (compiler.process(clause, **kw) for clause in (clauses[0], *clauses[2:]))
    # Escape the special characters of regular expressions.
    either = " || '|' || ".join(rf"regexp_replace(lower({text}), '([^[:alnum:]])', '\\\1', 'g')" for text in written)
    before, behind = f"^{_SPACE}\\[{_SPACE}(?:{_TEXT}{_NEXT})*(?:", f")(?:{_NEXT}{_TEXT})*{_SPACE}\\]{_SPACE}$"
    return f"(lower({column}) ~ ('{before}' || {either} || '{behind}'))"
