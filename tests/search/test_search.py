"""`search` finds the same things on both engines, and says why."""

import re
import unicodedata
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from jobbot_gql.api.types.global_ids import encode
from jobbot_gql.models import Application, Company, EmployerResponse, Job, Opportunity, Reference
from tests.conftest import Api
from tests.rows import new_company

QUERY = """
query Search($query: String!, $types: [SearchType!], $first: Int) {
  search(query: $query, types: $types, first: $first) { node { __typename id } score snippet }
}
"""


async def found(api: Api, query: str, **variables: Any) -> list[str]:
    """The global ids of what a query finds, the best first."""
    hits = (await api.data(QUERY, {"query": query, **variables}))["search"]
    return [hit["node"]["id"] for hit in hits]


def job(number: int) -> str:
    """The global id of a job."""
    return encode("Job", number)


@pytest.fixture
async def filled(api: Api) -> Api:
    """Something of each type that can be found, each with the word kiwi in one of its texts."""
    work = Job(
        title="Data Engineer",
        company="Kiwi Works",
        description="We write Python.",
        applications=[
            Application(
                notes="They grow kiwi.",
                responses=[EmployerResponse(response_type="offer", subject_line="Your kiwi", email_content="Welcome!")],
            )
        ],
    )
    company = Company(name="Fruit", technology_stack=["Kiwi DB", "C#"])
    company.opportunities = [Opportunity(problem_description="Too many kiwi", solution_approach="Sort them")]
    await api.add(work, company, Reference(name="Ada Kiwi", notes="kind"))
    return api


async def test_everything_is_searched_and_says_what_it_is(filled: Api) -> None:
    hits = (await filled.data(QUERY, {"query": "kiwi"}))["search"]

    assert {(hit["node"]["__typename"], hit["snippet"]) for hit in hits} == {
        ("Job", "<mark>Kiwi</mark> Works"),
        ("Application", "They grow <mark>kiwi</mark>."),
        ("EmployerResponse", "Your <mark>kiwi</mark>"),
        ("Reference", "Ada <mark>Kiwi</mark>"),
        ("Company", "<mark>Kiwi</mark> DB, C#"),
        ("Opportunity", "Too many <mark>kiwi</mark>"),
    }
    assert hits[0]["score"] == 1
    assert [hit["score"] for hit in hits] == sorted((hit["score"] for hit in hits), reverse=True)
    assert all(hit["score"] > 0 for hit in hits)


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        (["JOB"], {"Job"}),
        (["APPLICATION", "EMPLOYER_RESPONSE"], {"Application", "EmployerResponse"}),
        (["REFERENCE", "COMPANY", "OPPORTUNITY", "COMPANY"], {"Reference", "Company", "Opportunity"}),
        ([], set()),
    ],
)
async def test_only_the_types_asked_for_are_searched(filled: Api, types: list[str], expected: set[str]) -> None:
    hits = (await filled.data(QUERY, {"query": "kiwi", "types": types}))["search"]

    assert {hit["node"]["__typename"] for hit in hits} == expected


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ("data python", True),  # from different texts of one thing
        ("data java", False),
        ("DATA eNGINEER", True),
        ('"data engineer"', True),
        ('"engineer data"', False),
        ('"engineer kiwi"', False),  # no phrase reaches from one text into the next
        ("engin*", True),
        ("engin", False),
        ("ngineer", False),
        ('"data eng"*', True),
        ("data -java", True),
        ("data -python", False),
        ('data -"kiwi works"', False),
        ('data -"works kiwi"', True),
        ("data -pyt*", False),
        ("-java data", True),
    ],
)
async def test_words_beginnings_phrases_and_exclusions(filled: Api, query: str, hits: bool) -> None:
    assert await found(filled, query, types=["JOB"]) == ([job(1)] if hits else [])


SIGNS = [
    "C++ developer",
    "C# developer",
    "C developer",
    "Modern C++20",
    "C/C++, please",
    "F# and G++",
    "node.js on .NET",
    "# Heading\n## Another\n#hashtag",
    "3+ years, A+ team",
]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("C++", {1, 4, 5}),
        ("c#", {2}),
        ("C", {3, 5}),
        ("c*", {1, 2, 3, 4, 5}),
        ('"C++ developer"', {1}),
        ("developer -C++", {2, 3}),
        ("developer -C", {1, 2}),
        ("C++20", {4}),
        ("C/C++", {5}),
        ("F#", {6}),
        ("g++", {6}),
        ("node.js", {7}),
        ("node", {7}),
        (".net", {7}),
        ("#hashtag", {8}),
        ("hashtag", {8}),
        ("another", {8}),
        ("3+ years", {9}),
        ("A+", {9}),
    ],
)
async def test_programming_languages_keep_their_signs(api: Api, query: str, numbers: set[int]) -> None:
    await api.add(*(Job(title=title, company="Acme") for title in SIGNS))

    assert set(await found(api, query)) == {job(number) for number in numbers}


async def test_signs_are_marked_with_their_word(api: Api) -> None:
    await api.add(Job(title="Developer", company="Acme", description="C, C++ (C++20) and C#."))

    async def snippet(query: str) -> str:
        (hit,) = (await api.data(QUERY, {"query": query}))["search"]
        text: str = hit["snippet"]
        return text

    assert await snippet("c++") == "C, <mark>C++</mark> (<mark>C++</mark>20) and C#."
    assert await snippet("c#") == "C, C++ (C++20) and <mark>C#</mark>."
    assert await snippet("c") == "<mark>C</mark>, C++ (C++20) and C#."


async def test_better_places_come_first(api: Api) -> None:
    text = "We build things with many words of no importance. " * 10
    await api.add(
        Job(title="Clerk", company="Acme", description=f"{text} No rust here."),
        Job(title="Rust Developer", company="Acme", description=text),
        Job(title="Clerk", company="Rust Works", description=text),
        Job(title="Clerk", company="Acme", description=text),
    )

    assert await found(api, "rust") == [job(2), job(3), job(1)]
    assert await found(api, "rust -cobol") == [job(2), job(3), job(1)]
    assert await found(api, "rust", first=2) == [job(2), job(3)]
    assert await found(api, "rust", first=0) == []


async def test_lists_are_searched_as_the_strings_that_they_hold(api: Api) -> None:
    await api.add(new_company(technology_stack=['say "hi"', "naïve data"], pain_points=[]), Company(name="B"))
    await api.add(Job(title="x", company="y", keywords=["machine learning", "design"]))

    assert await found(api, '"naive data"') == [encode("Company", 1)]
    assert await found(api, '"hi naive"') == []
    assert await found(api, '"learning design"') == []
    assert await found(api, "learning design") == [job(1)]


async def test_only_what_is_selected_is_read_in_as_many_statements_for_many_hits_as_for_few(filled: Api) -> None:
    query = 'query Few($first: Int) { search(query: "kiwi", first: $first) { node { ... on Job { title } } score } }'
    await filled.data(query, {"first": 250})
    for_six = list(filled.statements)
    await filled.add(*(Job(title="Kiwi", company=f"{number}") for number in range(100)))
    await filled.add(*(Company(name=f"Kiwi {number}") for number in range(100)))
    hits = (await filled.data(query, {"first": 250}))["search"]

    assert len(hits) == 206
    assert len(filled.statements) == len(for_six) == 7
    (jobs,) = [statement for statement in filled.statements if "FROM jobs" in statement]
    assert "jobs.title" in jobs
    assert "jobs.description" not in jobs
    assert "jobs.company" not in jobs


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "query must have a word to find; got ''."),
        ("  ", "query must have a word to find; got '  '."),
        ('"" * - #', "query must have a word to find; got '\"\" * - #'."),
        ("-java", "query must have a word to find beside its exclusions; got '-java'."),
        ("x" * 501, "query must have at most 500 characters; got 501."),
        ("x " * 15 + "-y " * 6, "query must have at most 20 words, phrases and exclusions; got 21."),
    ],
)
async def test_a_query_that_names_nothing_or_too_much_is_rejected(api: Api, query: str, message: str) -> None:
    answer = await api.answer(QUERY, {"query": query})

    assert [(error["extensions"]["code"], error["message"]) for error in answer["errors"]] == [("BAD_REQUEST", message)]


async def test_sizes_out_of_range_are_rejected(api: Api) -> None:
    assert await api.error('{ search(query: "x", first: 251) { score } }') == (
        "BAD_REQUEST",
        "first must be 0 to 250; got 251.",
    )


SPECIAL = st.text(max_size=60) | st.text("\"*-+#()^:{}|&!<>~'\\@ aAß\u0301NEAR ORNOT", max_size=60)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=SPECIAL.filter(lambda text: "\0" not in text))
async def test_no_text_makes_a_syntax_error(filled: Api, text: str) -> None:
    answer = await filled.answer(QUERY, {"query": text})

    for error in answer.get("errors", []):
        assert error["extensions"]["code"] == "BAD_REQUEST"
        assert error["message"].startswith("query must ")


# The contract once more, as plain Python over the same texts.

WORDS = [
    *("python", "Python,", "PYTHONIC", "C++", "c", "C#", "node.js", "na\u00efve", "Naive", "nai\u0308ve", "Straße"),
    *("STRASSE", "привет", "ПРИВЕТ", "мир", "東京", "a-b", "b", "don\u2019t", "—", "42", "4.2", "🦀", "🦀rust", "x_y"),
    *("\ufb01n", "İ", "é", "\u0435", "\u0451"),
]  # fmt: skip


def make_texts() -> list[tuple[str, str]]:
    """Titles and descriptions of forty jobs."""
    rng = Random(11)  # noqa: S311 - test data
    return [(" ".join(rng.choices(WORDS, k=3)), " ".join(rng.choices(WORDS, k=8))) for _ in range(40)]


TEXTS = make_texts()


def words_of(text: str) -> list[str]:
    """The words of a text as they are compared."""
    latin = re.sub("([A-Za-z])[\u0300-\u036f]+", r"\1", unicodedata.normalize("NFD", text))
    return re.findall(r"[^\W_]+(?:\+\+|#)?", unicodedata.normalize("NFC", latin).lower())


def holds(texts: tuple[str, ...], phrase: str, prefix: bool) -> bool:
    """Whether one of the texts has the words one after the other."""
    wanted = words_of(phrase)
    for words in map(words_of, texts):
        for start in range(len(words) - len(wanted) + 1):
            stretch = words[start : start + len(wanted)]
            if stretch == wanted or (prefix and stretch[:-1] == wanted[:-1] and stretch[-1].startswith(wanted[-1])):
                return True
    return False


PHRASES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=2).map(" ".join).filter(words_of)
TERMS = st.lists(st.tuples(PHRASES, st.booleans(), st.booleans()), min_size=1, max_size=3)


@pytest.fixture
async def jobs(api: Api) -> Api:
    """Jobs with TEXTS."""
    await api.add(*(Job(title=title, company="-", description=description) for title, description in TEXTS))
    return api


@settings(
    max_examples=150,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(terms=TERMS, first=PHRASES)
async def test_a_search_finds_what_plain_python_finds(
    jobs: Api, terms: list[tuple[str, bool, bool]], first: str
) -> None:
    terms = [(first, False, False), *terms]
    query = " ".join(f'{"-" * minus}"{phrase}"{"*" * prefix}' for phrase, prefix, minus in terms)

    expected = {
        job(number)
        for number, texts in enumerate(TEXTS, start=1)
        if all(holds(texts, phrase, prefix) != minus for phrase, prefix, minus in terms)
    }
    assert set(await found(jobs, query, first=250)) == expected
