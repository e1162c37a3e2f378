"""The language of search queries: words, beginnings of words, "phrases" and -exclusions. Everything else is text."""

import re
import unicodedata
from typing import NamedTuple

from jobbot_gql.api.types.errors import BadRequest, shown
from jobbot_gql.db.triggers.search_index import Term

MAX_LENGTH = 500
"""Characters of a query."""
MAX_TERMS = 20
"""Words, phrases and exclusions of a query."""

_TERM = re.compile(r'(?P<minus>-?)(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+?))(?P<star>\*?)(?=[\s"]|$)')


class SearchQuery(NamedTuple):
    """What a client looks for."""

    wanted: list[Term]
    """All of these must be there; never empty."""
    unwanted: list[Term]
    """None of these may be there."""


def parse(text: str) -> SearchQuery:
    """Read a query. Raises BadRequest where it is too long, or names nothing to look for."""
    if len(text) > MAX_LENGTH:
        raise BadRequest(f"query must have at most {MAX_LENGTH} characters; got {len(text)}.")
    query = SearchQuery([], [])
    for match in _TERM.finditer(text):
        term = Term(_words(match["phrase"] or match["word"] or ""), prefix=bool(match["star"]))
        if any(character.isalnum() for character in term.words):
            (query.unwanted if match["minus"] else query.wanted).append(term)
    if not query.wanted and query.unwanted:
        raise BadRequest(f"query must have a word to find beside its exclusions; got {shown(text)}.")
    if not query.wanted:
        raise BadRequest(f"query must have a word to find; got {shown(text)}.")
    if (terms := len(query.wanted) + len(query.unwanted)) > MAX_TERMS:
        raise BadRequest(f"query must have at most {MAX_TERMS} words, phrases and exclusions; got {terms}.")
    return query


def _words(text: str) -> str:
    """The words of a term, with the signs that can belong to a word, and spaces between them."""
    return " ".join(
        "".join(
            character if unicodedata.category(character)[0] in "LMN" or character in "+#" else " " for character in text
        ).split()
    )
