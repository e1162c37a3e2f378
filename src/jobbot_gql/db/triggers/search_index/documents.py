"""What is searched, and what for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import QueryableAttribute

from jobbot_gql.db.base import Base

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


@dataclass(frozen=True)
class Term:
    """A word to look for, or several that follow one another; with `prefix` the last one may go on."""

    words: str
    prefix: bool = False


def differs(document: Document, operator: str) -> str:
    """The SQL condition that an update changes what is indexed; `operator` compares two values, NULLs included."""
    names = ["id", *(attribute.key for attribute in document.columns)]
    return " OR ".join(f'OLD."{name}" {operator} NEW."{name}"' for name in names)
