"""Comparison of a claim with the original experience.

Compares numbers, durations, dates, titles, scope ("helped" or "led") and skill levels in English texts. If both sides
have a value, the difference has a ratio of claimed to original. The result is deterministic. Words that are not in the
tables of `claim_words.py` are ignored.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from math import isclose, isfinite
from typing import NamedTuple

from jobbot_gql.applications.claim_words import (
    ALONE,
    JOINING,
    MONTHS,
    MONTHS_IN,
    NUMBERS,
    PEOPLE,
    PLAIN_POSITION,
    POSITIONS,
    SCALES,
    SCOPE,
    SENIORITY,
    SKILL,
)
from jobbot_gql.applications.models import MAX_MULTIPLIER
from jobbot_gql.db.sql.column_types import Vocabulary


class DifferenceKind(Vocabulary):
    """Kind of difference between a claim and the original experience."""

    NUMBER = "number", "Number, such as the size of a team."
    DURATION = "duration", "Length of time."
    DATE = "date", "Date."
    TITLE = "title", "Seniority of a position."
    SCOPE = "scope", "Degree of responsibility, from assisting to owning the work."
    SKILL = "skill", "Level of a skill."


@dataclass(frozen=True)
class Difference:
    """One difference between the claim and the original experience."""

    kind: DifferenceKind
    original: str | None
    """Words of the original; None if it has no counterpart."""
    claimed: str | None
    """Words of the claim; None if it has no counterpart."""
    multiplier: float | None
    """Ratio of claimed to original; None if it cannot be computed."""
    explanation: str


class Found(NamedTuple):
    """An amount or a rank found in a text."""

    amount: float
    unit: str
    """Empty for a rank."""
    words: str


class Span(NamedTuple):
    """A date or a range of dates, in months since year 0. `last` is None if the range has not ended."""

    first: int
    last: int | None
    words: str


HELPING = 1
"""Rank in `SCOPE` of words such as "helped"."""
LADDERS: Mapping[DifferenceKind, Mapping[str, int]] = {
    DifferenceKind.TITLE: SENIORITY,
    DifferenceKind.SCOPE: SCOPE,
    DifferenceKind.SKILL: SKILL,
}

_MONTH_AND_YEAR = rf"(?:({'|'.join(MONTHS)})[a-z]*\.?,?\s+)?((?:19|20)\d\d)"
_DATES = re.compile(
    rf"(?<![\w.,$€£])(since\s+)?{_MONTH_AND_YEAR}"
    rf"(?:\s*(?:[-–—]|to|until|till|through)\s*(?:{_MONTH_AND_YEAR}|(present|now|today|current)))?\b(?!\s+\w+s\b)",  # noqa: RUF001 - dashes
    re.IGNORECASE,
)
_TOKENS = re.compile(
    r"(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?P<scale>(?:k|m|bn)(?!\w))?"
    r"|(?P<word>[^\W\d_]+(?:-[^\W\d_]+)*)|(?P<sign>[%$€£])",
    re.IGNORECASE,
)


class _Token(NamedTuple):
    word: str
    """In lower case; empty for a number."""
    number: float | None
    start: int
    end: int


def compare(original: str, claimed: str) -> list[Difference]:
    """Differences between a claim and the original, by kind."""
    differences = list(_date_differences(_spans(original), _spans(claimed)))
    truth, claim = _tokens(original), _tokens(claimed)
    for kind in (DifferenceKind.NUMBER, DifferenceKind.DURATION):
        is_duration = kind is DifferenceKind.DURATION
        differences += _amount_differences(
            kind,
            [one for one in _amounts(original, truth) if (one.unit == "month") is is_duration],
            [one for one in _amounts(claimed, claim) if (one.unit == "month") is is_duration],
        )
    for kind, steps in (
        (DifferenceKind.TITLE, _titles),
        (DifferenceKind.SCOPE, _scope),
        (DifferenceKind.SKILL, _skill),
    ):
        differences += _step_difference(kind, list(steps(original, truth)), list(steps(claimed, claim)))
    return differences


def proposed_multiplier(differences: Iterable[Difference]) -> float:
    """Largest multiplier of the differences, at most `MAX_MULTIPLIER`; 1 if there is none."""
    greatest = max((one.multiplier for one in differences if one.multiplier is not None), default=1.0)
    return min(greatest, MAX_MULTIPLIER)


def _tokens(text: str) -> list[_Token]:
    """Words, numbers and currency or percent signs of a text, without its dates."""
    without_dates = _DATES.sub(lambda match: " " * len(match[0]), text)
    tokens: list[_Token] = []
    for match in _TOKENS.finditer(without_dates):
        word = (match["word"] or match["sign"] or "").lower()
        number: float | None = NUMBERS.get(word)
        if match["number"]:
            number = float(match["number"].replace(",", "")) * SCALES.get((match["scale"] or "").lower(), 1)
        if word in SCALES and tokens and tokens[-1].number is not None:
            last = tokens.pop()
            tokens.append(_Token("", (last.number or 0) * SCALES[word], last.start, match.end()))
        else:
            tokens.append(_Token("" if number is not None else word, number, match.start(), match.end()))
    return tokens


def _word(tokens: Sequence[_Token], index: int) -> str:
    return tokens[index].word if 0 <= index < len(tokens) else ""


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


# Numbers and durations


def _amounts(text: str, tokens: Sequence[_Token]) -> list[Found]:
    """Numbers with a unit. Durations are in months; adjacent ones, as in "1 year and 6 months", are added."""
    found: list[tuple[float, str, int, int]] = []
    for index, token in enumerate(tokens):
        number = token.number
        if number is None and token.word in {"a", "an"} and _singular(_word(tokens, index + 1)) in MONTHS_IN:
            number = 1.0
        if number is None:
            continue
        unit, last = _unit(tokens, index)
        if not unit:
            continue
        if unit in MONTHS_IN:
            number, unit = number * MONTHS_IN[unit], "month"
        start, end = tokens[index - (unit == "money")].start, tokens[last].end
        if found and unit == "month" == found[-1][1] and text[found[-1][3] : start].strip(" ,") in {"", "and"}:
            before, _, start, _ = found.pop()
            number += before
        found.append((number, unit, start, end))
    return [Found(number, unit, text[start:end]) for number, unit, start, end in found]


def _unit(tokens: Sequence[_Token], index: int) -> tuple[str, int]:
    """Unit of the number at the index, empty if it has none, and the index of the unit's last token."""
    if _word(tokens, index - 1) in {"$", "€", "£"}:
        return "money", index
    if _word(tokens, index + 1) in {"%", "percent"}:
        return "percent", index + 1
    if _word(tokens, index - 1) == "of" and _word(tokens, index - 2) in {"team", "group", "staff"}:
        return "people", index
    following: list[tuple[str, int]] = []
    for later in range(index + 1, min(index + 4, len(tokens))):
        if tokens[later].number is not None:
            if later == index + 1 or _word(tokens, index + 1) in {"to", "or"}:
                return "", index  # the first of "3 to 5 years"
            break
        following.append((_singular(tokens[later].word), later))
    # The unit of "3 junior developers" is "developer": a known word or a plural wins over the next word.
    for word, later in following:
        if word in PEOPLE or word in MONTHS_IN or tokens[later].word != word:
            return "people" if word in PEOPLE else word, later
    return following[0] if following and following[0][0] not in JOINING else ("", index)


def _amount_differences(kind: DifferenceKind, truth: Sequence[Found], claim: Sequence[Found]) -> Iterator[Difference]:
    by_unit: dict[str, tuple[list[Found], list[Found]]] = {}
    for side, found in ((0, truth), (1, claim)):
        for one in found:
            by_unit.setdefault(one.unit, ([], []))[side].append(one)
    for of_truth, of_claim in by_unit.values():
        for was, now in zip_longest(of_truth, of_claim):
            if was is None:
                yield _unsupported(kind, now.words)
            elif now is None:
                yield _left_out(kind, was.words)
            elif not isclose(was.amount, now.amount):
                ratio = now.amount / was.amount if was.amount else None
                if ratio is not None and not isfinite(ratio):  # numbers with hundreds of digits
                    ratio = None
                times = f", {ratio:.3g} times as much" if ratio is not None else ""
                yield Difference(kind, was.words, now.words, ratio, f"“{now.words}” instead of “{was.words}”{times}.")


def _unsupported(kind: DifferenceKind, words: str) -> Difference:
    return Difference(kind, None, words, None, f"The original experience has nothing like “{words}”.")


def _left_out(kind: DifferenceKind, words: str) -> Difference:
    return Difference(kind, words, None, None, f"The claim omits “{words}”.")


# Dates


def _spans(text: str) -> list[Span]:
    spans = []
    for match in _DATES.finditer(text):
        since, month, year, last_month, last_year, present = match.groups()
        first = _month(month, year)
        end = _month(last_month, last_year) if last_year else first
        last = None if since or present else end
        spans.append(Span(first, last, match[0]))
    return spans


def _month(name: str | None, year: str) -> int:
    return int(year) * 12 + (MONTHS.index(name.lower()) if name else 0)


def _date_differences(truth: Sequence[Span], claim: Sequence[Span]) -> Iterator[Difference]:
    kind = DifferenceKind.DATE
    for was, now in zip_longest(truth, claim):
        if was is None:
            yield _unsupported(kind, now.words)
        elif now is None:
            yield _left_out(kind, was.words)
        elif (was.first, was.last) != (now.first, now.last):
            instead = f"“{now.words}” instead of “{was.words}”"
            if was.last is None or now.last is None or was.last == was.first or now.last == now.first:
                yield Difference(kind, was.words, now.words, None, f"{instead}.")
            else:
                ratio = (now.last - now.first) / (was.last - was.first)
                yield Difference(kind, was.words, now.words, ratio, f"{instead}, {ratio:.3g} times as long.")


# Titles, scope and skill


def _titles(text: str, tokens: Sequence[_Token]) -> Iterator[Found]:
    for index, token in enumerate(tokens):
        if not (token.word in POSITIONS or token.word in ALONE or _is_head(tokens, index)):
            continue
        ranks = [SENIORITY[token.word]] if token.word in SENIORITY else []
        first = index
        for before in range(index - 1, max(index - 4, -1), -1):
            if tokens[before].word in SENIORITY:
                ranks.append(SENIORITY[tokens[before].word])
                first = before
        yield Found(max(ranks, default=PLAIN_POSITION), "", text[tokens[first].start : token.end])


def _scope(text: str, tokens: Sequence[_Token]) -> Iterator[Found]:
    helping_until = -1
    for index, token in enumerate(tokens):
        rank = SCOPE.get(token.word)
        if rank is None or index <= helping_until or _is_title(tokens, index):
            continue
        if rank == HELPING:
            helping_until = index + 3  # the "build" of "helped to build" does not count
        yield Found(rank, "", text[token.start : token.end])


def _is_title(tokens: Sequence[_Token], index: int) -> bool:
    """Whether the word belongs to a title, such as "lead" in "lead engineer"."""
    following = {_word(tokens, later) for later in range(index + 1, index + 3)}
    is_seniority = tokens[index].word in SENIORITY
    return _is_head(tokens, index) or (is_seniority and not following.isdisjoint(POSITIONS))


def _is_head(tokens: Sequence[_Token], index: int) -> bool:
    return _word(tokens, index) == "head" and _word(tokens, index + 1) == "of"


def _skill(text: str, tokens: Sequence[_Token]) -> Iterator[Found]:
    for token in tokens:
        if token.word in SKILL:
            yield Found(SKILL[token.word], "", text[token.start : token.end])


def _step_difference(kind: DifferenceKind, truth: Sequence[Found], claim: Sequence[Found]) -> Iterator[Difference]:
    """Difference between the highest ranks of the claim and of the original."""
    if not claim:
        return
    now = max(claim, key=lambda one: one.amount)
    if not truth:
        yield _unsupported(kind, now.words)
        return
    was = max(truth, key=lambda one: one.amount)
    if now.amount != was.amount:
        steps = max(LADDERS[kind].values())
        explanation = f"“{now.words}” is step {now.amount:g} of {steps}, “{was.words}” step {was.amount:g} of {steps}."
        yield Difference(kind, was.words, now.words, now.amount / was.amount, explanation)
