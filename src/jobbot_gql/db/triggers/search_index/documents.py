"""What is searched, and what for."""

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
"""How much of one text is indexed: a tsvector takes 1 MB at most, and no write may fail for that."""

PARTS = ("heading", "facts", "body")
"""The parts of a document: a word counts ten times as much in the heading as in the body, in the facts four times."""

# Letters of the Khoisan languages: both engines take them for words, in every locale, and nobody writes them here.
BREAK, PLUS_PLUS, SHARP = "\u01c0", "\u01c1", "\u01c2"
"""What is indexed between two texts, so that no phrase reaches across, for `++` and for `#`."""


@dataclass(frozen=True)
class Document:
    """What can be found of the rows of a table: string columns, in three parts."""

    kind: int
    """The table's number in the index, from 1 to 7; it must never change."""
    model: type[Base]
    heading: Sequence[QueryableAttribute[Any]] = ()
    facts: Sequence[QueryableAttribute[Any]] = ()
    body: Sequence[QueryableAttribute[Any]] = ()

    @property
    def table(self) -> str:
        """The table's name."""
        return str(self.model.__tablename__)

    @property
    def columns(self) -> list[QueryableAttribute[Any]]:
        """All that is indexed."""
        return [*self.heading, *self.facts, *self.body]

    @property
    def _shown(self) -> list[QueryableAttribute[Any]]:
        """The long texts first: the others are short enough to be shown beside a snippet."""
        return [*self.body, *self.facts, *self.heading]

    def beginnings(self, length: int) -> list[ColumnElement[str | None]]:
        """The first `length` characters of each column, as they are stored; `texts` makes texts of the values."""
        return [func.substr(type_coerce(attribute, Text), 1, length, type_=Text()) for attribute in self._shown]

    def texts(self, beginnings: Sequence[str | None]) -> list[str]:
        """The texts of a row whose `beginnings` these are; lists are joined by commas."""
        return [
            ", ".join(_whole_strings(beginning)) if isinstance(attribute.type, StringList) else beginning
            for attribute, beginning in zip(self._shown, beginnings, strict=True)
            if beginning
        ]


@dataclass(frozen=True)
class Term:
    """A word to look for, or several that follow one another; with `prefix` the last one may go on."""

    words: str
    prefix: bool = False


_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
"""A string in JSON, from its opening to its closing quote."""


def _whole_strings(text: str) -> list[str]:
    """The strings of a JSON array of strings, as far as it goes; none where the text is anything else."""
    if not text.lstrip().startswith("["):
        return []
    return parse_string_list(text) or parse_string_list(f"[{','.join(_STRING.findall(text))}]") or []


def differs(document: Document, operator: str) -> str:
    """The SQL condition that an update changes what is indexed; `operator` compares two values, NULLs included."""
    names = ["id", *(attribute.key for attribute in document.columns)]
    return " OR ".join(f'OLD."{name}" {operator} NEW."{name}"' for name in names)
