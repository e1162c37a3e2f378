"""Parser of search queries: words, prefix* matches, "phrases" and -exclusions."""

import re
import unicodedata
from typing import NamedTuple

from jobbot_gql.api.types.errors import BadRequest, shown
from jobbot_gql.db.triggers.search_index import Term

MAX_LENGTH = 500
"""Maximum length of a query, in characters."""
MAX_TERMS = 20
"""Maximum number of words, phrases and exclusions of a query."""

_TERM = re.compile(r'(?P<minus>-?)(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+?))(?P<star>\*?)(?=[\s"]|$)')


class SearchQuery(NamedTuple):
    """A parsed search query."""

    required: list[Term]
    """Terms that a row must contain. Never empty."""
    excluded: list[Term]
    """Terms that a row must not contain."""


def parse(text: str) -> SearchQuery:
    """Parse a query. Raises BadRequest if it is too long or has no required term."""
    if len(text) > MAX_LENGTH:
        raise BadRequest(f"query must have at most {MAX_LENGTH} characters; got {len(text)}.")
    query = SearchQuery([], [])
    for match in _TERM.finditer(text):
        term = Term(_words(match["phrase"] or match["word"] or ""), prefix=bool(match["star"]))
        if any(character.isalnum() for character in term.words):
            (query.excluded if match["minus"] else query.required).append(term)
    if not query.required and query.excluded:
        raise BadRequest(f"query must have a word to find beside its exclusions; got {shown(text)}.")
    if not query.required:
        raise BadRequest(f"query must have a word to find; got {shown(text)}.")
    if (terms := len(query.required) + len(query.excluded)) > MAX_TERMS:
        raise BadRequest(f"query must have at most {MAX_TERMS} words, phrases and exclusions; got {terms}.")
    return query


def _words(text: str) -> str:
    """Words of a term, joined by spaces. Removes characters that cannot be part of a word."""
    return " ".join(
        "".join(
            character if unicodedata.category(character)[0] in "LMN" or character in "+#" else " " for character in text
        ).split()
    )
