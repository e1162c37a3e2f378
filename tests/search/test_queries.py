"""The language of search queries."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobbot_gql.api.types.errors import BadRequest
from jobbot_gql.db.triggers.search_index import Term
from jobbot_gql.search.queries import parse


@pytest.mark.parametrize(
    ("text", "wanted", "unwanted"),
    [
        ("dev", [Term("dev")], []),
        (" two\twords\n", [Term("two"), Term("words")], []),
        ("dev* -sen* -\"a b\"*", [Term("dev", True)], [Term("sen", True), Term("a b", True)]),
        ('"data engineer"', [Term("data engineer")], []),
        ('"never closed', [Term("never closed")], []),
        ('one"two three"four', [Term("one"), Term("two three"), Term("four")], []),
        ('"phrase"glued', [Term("phrase"), Term("glued")], []),
        ("full-time", [Term("full time")], []),
        ("--double -", [], [Term("double")]),
        ("C++ c# node.js C/C++", [Term("C++"), Term("c#"), Term("node js"), Term("C C++")], []),
        ("NOT a OR b AND (c NEAR d)", [Term(x) for x in ("NOT", "a", "OR", "b", "AND", "c", "NEAR", "d")], []),
        ("title:x ^y {z} w:* 'v'", [Term("title x"), Term("y"), Term("z"), Term("w", True), Term("v")], []),
        ("a** * *b", [Term("a", True), Term("b")], []),
        ("+ # ++ & … 🚀 x", [Term("x")], []),
        ("nai\u0308ve", [Term("nai\u0308ve")], []),
        ("\ud800x\0y", [Term("x y")], []),
    ],
)  # fmt: skip
def test_words_beginnings_phrases_and_exclusions_are_told_apart(
    text: str, wanted: list[Term], unwanted: list[Term]
) -> None:
    if not wanted:
        text += " x"
        wanted = [Term("x")]

    assert parse(text) == (wanted, unwanted)


@given(text=st.text(max_size=500))
def test_terms_hold_words_and_nothing_that_a_database_could_mistake(text: str) -> None:
    try:
        query = parse(text)
    except BadRequest:
        return
    assert query.required
    for term in [*query.required, *query.excluded]:
        assert not set(term.words) & set("\"'\\*-:()&|!<>\0")
        assert any(character.isalnum() for character in term.words)
