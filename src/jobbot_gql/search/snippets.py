"""Snippets: the best matching passage of a text, with highlighted matches."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import islice

from jobbot_gql.db.triggers.search_index import Term

WIDTH = 240
"""Maximum length of a snippet in characters, without marks and ellipses."""
MAX_TEXT = 50_000
"""Number of characters of a text that are searched. No more are indexed."""
MAX_MATCHES = 500
"""Number of matches in a text that are compared."""

_WORD = re.compile(r"[^\W_]+(?:\+\+|#)?")


class _Folding(dict[int, str]):
    """Table for str.translate that folds case and removes accents of Latin letters. Keeps the length of the text."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        base = unicodedata.normalize("NFD", character)[0]
        lower = (base if base.isascii() and base.isalpha() else character).lower()
        self[code] = lower if len(lower) == 1 else character
        return self[code]


_folding = _Folding()


@dataclass(frozen=True)
class _Passage:
    """A range of matches in a text."""

    text: str
    matches: Sequence[tuple[int, int]]
    """Start and end of each match."""
    terms: int
    """Number of different terms that match."""


class Snippets:
    """Makes the snippets of one query."""

    def __init__(self, terms: Iterable[Term]) -> None:
        patterns = [f"({_pattern(term)})" for term in terms]
        self._terms = len(patterns)
        self._pattern = re.compile(rf"(?<![^\W_])(?:{'|'.join(patterns)})")

    def best(self, texts: Iterable[str]) -> str:
        """Best passage of the texts as one line of HTML, with matches in `<mark>` and the rest escaped.

        The earliest of equal passages wins. If nothing matches, returns the start of the first text.
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
        """Passage with the most different terms, then the most matches, then the earliest."""
        text = " ".join(unicodedata.normalize("NFC", text[:MAX_TEXT]).split())
        found = [
            (match.start(), match.end(), match.lastindex)
            for match in islice(self._pattern.finditer(text.translate(_folding)), MAX_MATCHES)
        ]
        best, selection = (0, 0), slice(0, 0)
        last = 0
        for first, (start, _, _) in enumerate(found):
            while last < len(found) and (last <= first or found[last][1] <= start + WIDTH):
                last += 1
            value = len({term for _, _, term in found[first:last]}), last - first
            if value > best:
                best, selection = value, slice(first, last)
        return _Passage(text, [(start, end) for start, end, _ in found[selection]], best[0])


def _pattern(term: Term) -> str:
    """Regular expression that matches a term in folded text, at the start of a word, as the search index does."""
    words = _WORD.findall(unicodedata.normalize("NFC", term.words).translate(_folding))
    # + and # end a word, so that a separator is optional after them.
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
    position = begin
    for first, last in matches:
        parts += [escape(text[position:first]), "<mark>", escape(text[first:last]), "</mark>"]
        position = last
    parts += [escape(text[position:stop]), " …" if stop < len(text) else ""]
    return "".join(parts)


def _begin(text: str, match: int, target: int) -> int:
    """Start of the first word at or after `target`, at most the start of the match."""
    if target == 0:
        return 0
    space = text.find(" ", target - 1, match)
    return space + 1 if space >= 0 else match


def _end(text: str, match: int, target: int) -> int:
    """End of the last word before `target`, at least the end of the match."""
    if target >= len(text):
        return len(text)
    space = text.rfind(" ", match, target + 1)
    return space if space >= 0 else max(match, target)
