"""The passage of a text that shows best why it was found, with the words that were looked for marked."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import islice

from jobbot_gql.db.triggers.search_index import Term

WIDTH = 240
"""Characters that a snippet shows, marks and ellipses aside."""
MAX_TEXT = 50_000
"""Characters of a text that are looked through; no more are indexed."""
MAX_MATCHES = 500
"""Matches in a text that are weighed against one another."""

_WORD = re.compile(r"[^\W_]+(?:\+\+|#)?")


class _Folding(dict[int, str]):
    """For str.translate: lower case, and Latin letters without accents; every character stays one character."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        base = unicodedata.normalize("NFD", character)[0]
        lower = (base if base.isascii() and base.isalpha() else character).lower()
        self[code] = lower if len(lower) == 1 else character
        return self[code]


_folding = _Folding()


@dataclass(frozen=True)
class _Passage:
    """The best stretch of a text."""

    text: str
    matches: Sequence[tuple[int, int]]
    """Start and end of each match in the stretch."""
    terms: int
    """How many different terms they are of."""


class Snippets:
    """Makes the snippets of one query."""

    def __init__(self, terms: Iterable[Term]) -> None:
        patterns = [f"({_pattern(term)})" for term in terms]
        self._terms = len(patterns)
        self._pattern = re.compile(rf"(?<![^\W_])(?:{'|'.join(patterns)})")

    def best(self, texts: Iterable[str]) -> str:
        """The best passage of the texts, as HTML: in one line, the matches in `<mark>`, everything else escaped.

        The earliest text wins among equals; where nothing matches, it is the beginning of the first.
        """
        best: _Passage | None = None
        for text in texts:
            passage = self._passage(text)
            if best is None or passage.terms > best.terms:
                best = passage
            if best.terms == self._terms:  # none can be better
                break
        return _html(best or _Passage("", (), 0))

    def _passage(self, text: str) -> _Passage:
        """The stretch with the most different terms, then the most matches, then the earliest."""
        text = " ".join(unicodedata.normalize("NFC", text[:MAX_TEXT]).split())
        found = [
            (match.start(), match.end(), match.lastindex)
            for match in islice(self._pattern.finditer(text.translate(_folding)), MAX_MATCHES)
        ]
        best, stretch = (0, 0), slice(0, 0)
        last = 0
        for first, (start, _, _) in enumerate(found):
            while last < len(found) and (last <= first or found[last][1] <= start + WIDTH):
                last += 1
            value = len({term for _, _, term in found[first:last]}), last - first
            if value > best:
                best, stretch = value, slice(first, last)
        return _Passage(text, [(start, end) for start, end, _ in found[stretch]], best[0])


def _pattern(term: Term) -> str:
    """A regular expression that finds the term in folded text as the search index does, at the beginning of a word."""
    words = _WORD.findall(unicodedata.normalize("NFC", term.words).translate(_folding))
    # A sign ends a word, whatever follows.
    phrase = "".join(re.escape(word) + (r"[\W_]*+" if word[-1] in "+#" else r"[\W_]++") for word in words[:-1])
    last = re.escape(words[-1])
    if words[-1][-1] not in "+#":
        last += r"[^\W_]*(?:\+\+|#)?" if term.prefix else r"(?![^\W_]|\+\+|#)"
    return f"{phrase}{last}"


def _html(passage: _Passage) -> str:
    text, matches = passage.text, passage.matches
    start, end = (matches[0][0], matches[-1][1]) if matches else (0, 0)
    begin = _begin(text, start, max(0, start - max(0, WIDTH - (end - start)) // 2))
    stop = _end(text, end, begin + WIDTH)
    parts = ["… " if begin > 0 else ""]
    place = begin
    for first, last in matches:
        parts += [escape(text[place:first]), "<mark>", escape(text[first:last]), "</mark>"]
        place = last
    parts += [escape(text[place:stop]), " …" if stop < len(text) else ""]
    return "".join(parts)


def _begin(text: str, match: int, wanted: int) -> int:
    """Where the first whole word from `wanted` on starts, not behind the match."""
    if wanted == 0:
        return 0
    space = text.find(" ", wanted - 1, match)
    return space + 1 if space >= 0 else match


def _end(text: str, match: int, wanted: int) -> int:
    """Where the last whole word before `wanted` ends, not before the match's end."""
    if wanted >= len(text):
        return len(text)
    space = text.rfind(" ", match, wanted + 1)
    return space if space >= 0 else max(match, wanted)
