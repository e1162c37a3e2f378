"""Docstrings, comments, names and documents use the glossary's terms, not the words that these replaced."""

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = (ROOT / "src" / "jobbot_gql", ROOT / "bench")
DOCUMENTS = sorted(
    [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/*.md"), *ROOT.glob("docs/decisions/*.md")]
)
REPLACED = {
    r"roads?|short way": "fast path, fallback",
    r"doors?": "interface",
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
_FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"`[^`]*`")
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


def paragraphs(document: str) -> list[tuple[int, str]]:
    """Paragraphs of Markdown with their lines, without fenced code blocks."""
    text = _FENCED.sub(lambda found: "\n" * found[0].count("\n"), document)
    return [
        (text.count("\n", 0, found.start()) + 1, " ".join(found[0].split()))
        for found in re.finditer(r"\S.*?(?=\n\s*\n|\Z)", text, re.DOTALL)
    ]


def without_code(texts: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Texts without what is between backticks."""
    return ((line, _CODE.sub("``", text)) for line, text in texts)


def replaced_words(texts: Iterable[tuple[int, str]]) -> list[str]:
    return [
        f"line {line}: {found[0]!r} instead of {replacement!r}"
        for line, text in texts
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
    """Paths and contents of the modules."""
    return _read(path for package in PACKAGES for path in sorted(package.rglob("*.py")))


@cache
def documents() -> list[tuple[str, str]]:
    """Paths and contents of the documents."""
    return _read(DOCUMENTS)


def _read(paths: Iterable[Path]) -> list[tuple[str, str]]:
    return [
        (str(path.relative_to(ROOT)), path.read_text("utf-8")) for path in paths if "node_modules" not in path.parts
    ]


def test_docstrings_and_comments_use_the_glossarys_terms() -> None:
    assert not [f"{path}, {found}" for path, source in modules() for found in replaced_words(prose(source))]


def test_documents_use_the_glossarys_terms() -> None:
    assert not [
        f"{path}, {found}" for path, text in documents() for found in replaced_words(without_code(paragraphs(text)))
    ]


def test_names_use_the_glossarys_terms() -> None:
    assert not [f"{path}, {found}" for path, source in modules() for found in replaced_names(source)]


def test_modules_that_are_named_exist() -> None:
    paths = [
        f"/{path.relative_to(ROOT)}"
        for part in ("src", "tests", "alembic", "bench")
        for path in (ROOT / part).rglob("*.py")
    ]
    texts = [(path, prose(source)) for path, source in modules()]
    texts += [(path, paragraphs(text)) for path, text in documents()]
    assert not [
        f"{path}, line {line}: {name}"
        for path, found in texts
        for line, text in found
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
    assert len(replaced_words(prose(source))) == count


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ("# Title\n\nIt goes the whole\nway.\n", ["line 3: 'the whole way'"]),
        ("One.\n\n```sh\nwalk\n\nwalk\n```\n\n- A `walk` along\n- a road\n", ["line 9: 'road'"]),
        ("| a | b |\n|---|---|\n| refused | rejected |", ["line 1: 'refused'"]),
    ],
)
def test_replaced_words_are_found_in_the_prose_of_documents(document: str, found: list[str]) -> None:
    words = replaced_words(without_code(paragraphs(document)))
    assert [word.partition(" instead")[0] for word in words] == found


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
