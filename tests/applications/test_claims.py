"""What is found when a claim is compared with the truth."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobbot_gql.applications.claims import compare, proposed_multiplier


@pytest.mark.parametrize(
    ("original", "claimed", "found"),
    [
        ("Built an API with 3 people", "Built an API with 3 colleagues", []),
        ("worked in a team of 3", "worked in a team of 9 engineers", [("NUMBER", "3", "9", 3.0)]),
        ("3 testers", "six good testers", [("NUMBER", "3 testers", "six good testers", 2.0)]),
        ("served 1,000 users", "served 2.5k users", [("NUMBER", "1,000 users", "2.5k users", 2.5)]),
        ("a budget of $10k", "a budget of $1 million", [("NUMBER", "$10k", "$1 million", 100.0)]),
        ("20% faster", "40 percent faster", [("NUMBER", "20%", "40 percent", 2.0)]),
        ("2 services", "3 databases", [("NUMBER", "2 services", None, None), ("NUMBER", None, "3 databases", None)]),
        ("0 incidents", "4 incidents", [("NUMBER", "0 incidents", "4 incidents", None)]),
        ("6 months of Go", "1 year and 6 months of Go", [("DURATION", "6 months", "1 year and 6 months", 3.0)]),
        ("a year of Go", "two years of Go", [("DURATION", "a year", "two years", 2.0)]),
        ("3 to 5 years", "five years", []),
        ("four years of Go", "two years of Go", [("DURATION", "four years", "two years", 0.5)]),
        ("52 weeks", "12 months", []),
        ("since 2020", "since 2018", [("DATE", "since 2020", "since 2018", None)]),
        ("2019-2021", "2017 – 2021", [("DATE", "2019-2021", "2017 – 2021", 2.0)]),  # noqa: RUF001 - dashes
        ("Jan 2020 - Mar 2020", "Jan 2020 - July 2020", [("DATE", "Jan 2020 - Mar 2020", "Jan 2020 - July 2020", 3.0)]),
        ("2019 to present", "2019 until now", []),
        ("graduated in 2019", "graduated in 2017", [("DATE", "2019", "2017", None)]),
        ("2000 users", "4000 users", [("NUMBER", "2000 users", "4000 users", 2.0)]),
        ("Junior Developer", "Senior Web Developer", [("TITLE", "Junior Developer", "Senior Web Developer", 2.0)]),
        ("Developer", "Lead Developer", [("TITLE", "Developer", "Lead Developer", 5 / 3)]),
        ("Intern", "CTO", [("TITLE", "Intern", "CTO", 9.0)]),
        ("Tester", "Head of Quality", [("TITLE", "Tester", "Head", 7 / 3)]),
        ("helped with it", "led it", [("SCOPE", "helped", "led", 3.0)]),
        ("helped to build it", "built it", [("SCOPE", "helped", "built", 2.0)]),
        ("maintained it", "owned it", [("SCOPE", "maintained", "owned", 2.0)]),
        ("led it", "Leading it", []),
        ("it was there", "spearheaded it", [("SCOPE", None, "spearheaded", None)]),
        ("led it", "it was there", []),
        ("basic Spanish", "fluent Spanish", [("SKILL", "basic", "fluent", 3.0)]),
        ("", "", []),
        ("C++17 and Python 3", "C++20 and Python 4", []),
    ],
)  # fmt: skip
def test_differences(
    original: str, claimed: str, found: list[tuple[str, str | None, str | None, float | None]]
) -> None:
    differences = compare(original, claimed)

    assert [(one.kind.name, one.original, one.claimed, one.multiplier) for one in differences] == found
    for one in differences:
        for words in (one.original, one.claimed):
            assert words is None or f"“{words}”" in one.explanation


def test_the_proposal_is_the_greatest_multiplier() -> None:
    assert proposed_multiplier(compare("helped for 2 years", "led for 3 years in 2019")) == 3.0
    assert proposed_multiplier(compare("4 years", "2 years")) == 0.5
    assert proposed_multiplier(compare("the truth", "the truth")) == 1.0


WORDS = (
    "a an and of to the 2 3.5 1,000 k % $ years month weeks team people engineers 2019 2021 - since present Jan led"
    " helped built senior junior developer head basic expert zero dozen million"
)
texts = st.one_of(st.text(max_size=80), st.lists(st.sampled_from(WORDS.split()), max_size=15).map(" ".join))


@given(texts)
def test_a_text_does_not_differ_from_itself(text: str) -> None:
    assert compare(text, text) == []


@given(texts, texts)
def test_any_two_texts_can_be_compared(original: str, claimed: str) -> None:
    for one in compare(original, claimed):
        assert one.original is None or one.original in original
        assert one.claimed is None or one.claimed in claimed
        assert one.multiplier is None or one.multiplier >= 0
