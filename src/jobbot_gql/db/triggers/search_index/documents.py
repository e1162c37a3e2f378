"""Searchable columns and search terms."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Text, func, type_coerce
from sqlalchemy.orm import QueryableAttribute

from jobbot_gql.db.base import Base
from jobbot_gql.db.sql.column_types import StringList, parse_string_list

INDEX = "search_index"
MAX_CHARACTERS = 50_000
"""Number of characters of a column that are indexed, so that a tsvector stays below its limit of 1 MB."""

PARTS = ("heading", "facts", "body")
"""Parts of a document. A match in the heading weighs 10 times as much as in the body, one in the facts 4 times."""

# Letters of Khoisan languages: both engines treat them as words in every locale, and they do not occur in the data.
BREAK, PLUS_PLUS, SHARP = "\u01c0", "\u01c1", "\u01c2"
"""Indexed between two texts, so that no phrase matches across them; instead of `++`; instead of `#`."""


@dataclass(frozen=True)
class SearchDocument:
    """Searchable string columns of a table, in three parts."""

    kind: int
    """Number of the table in the index, 1 to 63. It must never change."""
    model: type[Base]
    heading: Sequence[QueryableAttribute[Any]] = ()
    facts: Sequence[QueryableAttribute[Any]] = ()
    body: Sequence[QueryableAttribute[Any]] = ()

    @property
    def table(self) -> str:
        """Name of the table."""
        return str(self.model.__tablename__)

    @property
    def columns(self) -> list[QueryableAttribute[Any]]:
        """All indexed columns."""
        return [*self.heading, *self.facts, *self.body]

    @property
    def _snippet_columns(self) -> list[QueryableAttribute[Any]]:
        """Columns in the order of preference for snippets: long texts first."""
        return [*self.body, *self.facts, *self.heading]

    def beginnings(self, length: int) -> list[ColumnElement[str | None]]:
        """Expressions for the first `length` stored characters of each column. `texts` converts their values."""
        return [
            func.substr(type_coerce(attribute, Text), 1, length, type_=Text()) for attribute in self._snippet_columns
        ]

    def texts(self, beginnings: Sequence[str | None]) -> list[str]:
        """Texts of a row, given its `beginnings`. Lists are joined by commas."""
        return [
            ", ".join(_complete_strings(beginning)) if isinstance(attribute.type, StringList) else beginning
            for attribute, beginning in zip(self._snippet_columns, beginnings, strict=True)
            if beginning
        ]


@dataclass(frozen=True)
class Term:
    """A word or a phrase to search for. With `prefix`, the last word matches as a prefix."""

    words: str
    prefix: bool = False


_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
"""A string in JSON, from its opening to its closing quote."""


def _complete_strings(text: str) -> list[str]:
    """Strings of a truncated JSON array of strings; empty if the text is anything else."""
    if not text.lstrip().startswith("["):
        return []
    return parse_string_list(text) or parse_string_list(f"[{','.join(_STRING.findall(text))}]") or []


def differs(document: SearchDocument, operator: str) -> str:
    """SQL condition that an update changes indexed columns. `operator` compares two values, including NULLs."""
    names = ["id", *(attribute.key for attribute in document.columns)]
    return " OR ".join(f'OLD."{name}" {operator} NEW."{name}"' for name in names)
