"""Snippets show the passage that was found, as safe HTML."""

import json
import re
import unicodedata
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobbot_gql.db.triggers.search_index import Term
from jobbot_gql.search.snippets import MAX_TEXT, WIDTH, Snippets
from tests.conftest import Api


def best(*texts: str, terms: str | list[Term]) -> str:
    wanted = [Term(word) for word in terms.split()] if isinstance(terms, str) else terms
    return Snippets(wanted).best(texts)


@pytest.mark.parametrize(
    ("text", "terms", "snippet"),
    [
        ("We use Python.", "python", "We use <mark>Python</mark>."),
        ("Pythonic python's", "python", "Pythonic <mark>python</mark>&#x27;s"),
        ("<b>R&D</b> \"rust\"", "rust", "&lt;b&gt;R&amp;D&lt;/b&gt; &quot;<mark>rust</mark>&quot;"),
        ("two\n  lines\tof text", "lines", "two <mark>lines</mark> of text"),
        ("Naïve nai\u0308ve NAIVE", "naive", "<mark>Naïve</mark> <mark>naïve</mark> <mark>NAIVE</mark>"),
        ("naive", "nai\u0308ve", "<mark>naive</mark>"),
        ("İstanbul", "istanbul", "<mark>İstanbul</mark>"),
        ("Привет, МИР", "мир привет", "<mark>Привет</mark>, <mark>МИР</mark>"),
        ("nothing here", "python", "nothing here"),
        ("", "python", ""),
    ],
)  # fmt: skip
def test_words_are_marked_and_all_else_is_escaped(text: str, terms: str, snippet: str) -> None:
    assert best(text, terms=terms) == snippet


@pytest.mark.parametrize(
    ("terms", "snippet"),
    [
        ([Term("dev", True)], "<mark>Dev</mark>, <mark>developer</mark> and <mark>DEVOPS</mark>: a-dev-team, udev"),
        ([Term("developer and")], "Dev, <mark>developer and</mark> DEVOPS: a-dev-team, udev"),
        ([Term("a dev te", True)], "Dev, developer and DEVOPS: <mark>a-dev-team</mark>, udev"),
    ],
)
def test_beginnings_and_phrases_are_marked_whole(terms: list[Term], snippet: str) -> None:
    text = "Dev, developer and DEVOPS: a-dev-team, udev"
    if terms[0].words == "dev":
        snippet = snippet.replace("a-dev-team", "a-<mark>dev</mark>-team")

    assert best(text, terms=terms) == snippet


def test_the_text_with_most_of_the_terms_is_shown_the_earlier_one_among_equals() -> None:
    assert best("rust", "rust and go", "go and rust", terms="go rust") == "<mark>rust</mark> and <mark>go</mark>"
    assert best("no", "go", terms="go") == "<mark>go</mark>"
    assert best(terms="go") == ""


def test_a_long_text_is_cut_between_words_around_the_best_stretch() -> None:
    filler = "word " * 200
    text = f"{filler}rust {filler}rust and also go {filler}go"
    snippet = best(text, terms="go rust")

    assert snippet.startswith("… word ")
    assert snippet.endswith(" word …")
    assert "<mark>rust</mark> and also <mark>go</mark>" in snippet
    plain = unescape(re.sub("</?mark>", "", snippet)).strip("… ")
    assert WIDTH - 20 <= len(plain) <= WIDTH
    assert set(plain.split()) == {"word", "rust", "and", "also", "go"}
    assert best(f"go {filler}", terms="go").startswith("<mark>go</mark> word ")
    assert best(f"{filler} go", terms="go").endswith(" word <mark>go</mark>")


def test_a_match_longer_than_a_snippet_is_shown_whole() -> None:
    long = "x" * 2 * WIDTH

    assert best(f"a {long} b", terms=long) == f"… <mark>{long}</mark> …"
    assert best(f"{'y' * 2 * WIDTH}", terms="go") == "y" * WIDTH + " …"


TEXTS = st.lists(st.sampled_from(["rust", "go", "C++", "<i>", "&", "naïve", "x" * 50, "\n", "…", "İ", "ß"])).map(
    " ".join
)


@given(text=TEXTS | st.text(), terms=st.lists(st.sampled_from(["rust", "go", "C++", "naive", "i"]), min_size=1))
def test_without_its_marks_a_snippet_is_a_passage_of_the_text(text: str, terms: list[str]) -> None:
    snippet = best(text, terms=[Term(word) for word in terms])

    assert re.sub("</?mark>", "", snippet).count("<") == 0
    assert snippet.count("<mark>") == snippet.count("</mark>")
    plain = unescape(re.sub("</?mark>", "", snippet))
    whole = " ".join(unicodedata.normalize("NFC", text).split())
    assert plain.removeprefix("… ").removesuffix(" …") in whole


async def test_lists_that_are_cut_are_shown_as_far_as_they_go(api: Api) -> None:
    stack = [f"tool {number} {'of many words ' * 4}" for number in range(1_500)]
    assert len(json.dumps(stack)) > MAX_TEXT
    await api.mutate("createCompany", "company { id }", name="Acme", technologyStack=["Rust", *stack])

    (hit,) = (await api.data('{ search(query: "rust", types: [COMPANY]) { snippet } }'))["search"]

    assert hit["snippet"].startswith("<mark>Rust</mark>, tool 0 of many words")
