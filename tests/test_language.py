"""Docstrings, comments and names of the source use the glossary's terms, not the words that these replaced."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "jobbot_gql"
UNFINISHED = ("api",)
"""Packages that are not rewritten yet."""

REPLACED = {
    r"short (?:road|way)": "fast path",
    r"the whole way": "fallback",
    r"hand(?:s|ed|ing)? (?:it |them )?over": "deferred to graphql-core",
    r"at hand": "idle, in the connection cache",
    r"refus(?:e|es|ed|ing|al|als)": "reject, rejection, rule violation",
    r"any will do": "optional",
    r"walks?": "read generator",
    r"things?": "row",
    r"(?:hangs?|hanging|hung) on": "refer to, child",
    r"(?:comes?|coming) along|along with": "added with, read with",
    r"(?:stands?|standing) in the way": "conflict",
    r"put(?:s|ting)? back": "restore",
    r"undone whole": "rolled back",
    r"wr(?:ites?|itten|iting) (?:it |them )?down": "record",
    r"tells? of|told": "log, return",
    r"asked for": "requested, given",
    r"left out": "omitted",
    r"whoever|somebody|nobody": "the caller, the client, another transaction",
}
"""What to say instead of words that only this project used, by a regular expression for them."""
REPLACED_NAMES = frozenset({"asked", "handed", "place", "places", "refusal", "refuse", "refused", "told", "wanted"})
_MODULE = re.compile(r"[\w/]+\.py\b")


@cache
def prose(source: str) -> list[tuple[int, str]]:
    """Docstrings, those of attributes included, and comments, with their lines."""
    return [*_docstrings(source), *_comments(source)]


def _docstrings(source: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.lineno, " ".join(node.value.value.split())


def _comments(source: str) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def replaced_words(source: str) -> list[str]:
    return [
        f"line {line}: {found[0]!r} instead of {replacement!r}"
        for line, text in prose(source)
        for pattern, replacement in REPLACED.items()
        for found in re.finditer(rf"\b(?:{pattern})\b", text, re.IGNORECASE)
    ]


def replaced_names(source: str) -> list[str]:
    """Names of classes, functions and parameters that have a replaced word in them."""
    names = [
        (node.lineno, node.arg if isinstance(node, ast.arg) else node.name)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef | ast.arg)
    ]
    words = ((line, name, re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().split("_")) for line, name in names)
    return [f"line {line}: {name}" for line, name, parts in words if not REPLACED_NAMES.isdisjoint(parts)]


@cache
def modules() -> list[tuple[str, str]]:
    """Paths and contents of the finished modules."""
    paths = [path.relative_to(SOURCE) for path in sorted(SOURCE.rglob("*.py"))]
    return [(str(path), (SOURCE / path).read_text()) for path in paths if path.parts[0] not in UNFINISHED]


def test_docstrings_and_comments_use_the_glossarys_terms() -> None:
    assert not [f"{path}, {found}" for path, source in modules() for found in replaced_words(source)]


def test_names_use_the_glossarys_terms() -> None:
    assert not [f"{path}, {found}" for path, source in modules() for found in replaced_names(source)]


def test_modules_that_are_named_exist() -> None:
    paths = [
        f"/{path.relative_to(ROOT)}" for part in ("src", "tests", "alembic") for path in (ROOT / part).rglob("*.py")
    ]
    assert not [
        f"{path}, line {line}: {name}"
        for path, source in modules()
        for line, text in prose(source)
        for name in _MODULE.findall(text)
        if not any(one.endswith(f"/{name}") for one in paths)
    ]


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ('"""It takes\nthe whole way.\n"""\n', 1),
        ('class Field:\n    """It is handed\n    over, and the rest is refused."""\n', 2),
        ('LIMIT = 1\n"""Left out: any will do."""\n', 2),
        ("x = 1  # connections at hand\n", 1),
        ('message = "any will do"\n', 0),
        ('"""Rejected requests are walkable, and nothing is handed on."""\n', 0),
    ],
)
def test_replaced_words_are_found_in_docstrings_and_comments(source: str, count: int) -> None:
    assert len(replaced_words(source)) == count


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("class RefusedWrite: ...\n", 1),
        ("def find(wanted, *, was_told): ...\n", 2),
        ("def replace(found): ...\n", 0),
    ],
)
def test_replaced_words_are_found_in_names(source: str, count: int) -> None:
    assert len(replaced_names(source)) == count
