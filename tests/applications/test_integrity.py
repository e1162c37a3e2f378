"""The figures of an application's honesty, as functions of its claims."""

from dataclasses import dataclass
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobbot_gql.applications.integrity import (
    Gate,
    Integrity,
    inflation,
    integrity_of,
    integrity_without_each,
    suggested_impact,
    suggested_risk,
)


@dataclass(frozen=True)
class Claim:
    exaggeration_multiplier: float | None
    credibility_impact: float | None


multipliers = st.floats(min_value=0, max_value=1e300, exclude_min=True)
impacts = st.floats(min_value=0, max_value=1)
claims = st.lists(st.builds(Claim, multipliers, impacts), max_size=12)


def derived(multiplier: float) -> Claim:
    return Claim(multiplier, suggested_impact(multiplier))


def test_an_application_without_claims_has_the_columns_defaults() -> None:
    assert integrity_of([]) == Integrity(1.0, 0.0, 100.0)


def test_the_formula() -> None:
    found = integrity_of([derived(2.0), Claim(1.25, 0.1), Claim(0.5, 0.0)])

    assert found.exaggeration_level == pytest.approx((0.5 + 0.2 + 0) / 3)
    assert found.credibility_rating == pytest.approx(0.75 * 0.9)
    assert found.integrity_score == pytest.approx(100 * 0.675 * (1 - 0.7 / 3))


@given(claims)
def test_bounds_are_kept(found: list[Claim]) -> None:
    figures = integrity_of(found)
    assert 0 <= figures.credibility_rating <= 1
    assert 0 <= figures.exaggeration_level <= 1
    assert 0 <= figures.integrity_score <= 100


@given(st.lists(multipliers, min_size=1, max_size=12), st.data())
def test_a_greater_multiplier_never_makes_it_better(values: list[float], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(values) - 1))
    greater = [*values]
    greater[index] = data.draw(st.floats(min_value=values[index], max_value=1e300))

    before = integrity_of(map(derived, values))
    after = integrity_of(map(derived, greater))

    assert after.integrity_score <= before.integrity_score
    assert after.credibility_rating <= before.credibility_rating
    assert after.exaggeration_level >= before.exaggeration_level


@given(claims, st.randoms(use_true_random=False))
def test_the_order_does_not_matter(found: list[Claim], random: object) -> None:
    shuffled = [*found]
    random.shuffle(shuffled)  # type: ignore[attr-defined] # hypothesis's Random
    assert integrity_of(shuffled) == integrity_of(found)


def test_the_order_does_not_matter_where_it_would_in_floating_point() -> None:
    found = [Claim(1.1, 0.1), Claim(1.3, 0.3), Claim(1.7, 0.7), Claim(3.0, 0.9)]
    assert len({integrity_of(order) for order in permutations(found)}) == 1


@given(claims)
def test_without_each_claim(found: list[Claim]) -> None:
    assert integrity_without_each(found) == [
        integrity_of(found[:index] + found[index + 1 :]) for index in range(len(found))
    ]


@given(multipliers)
def test_understatement_is_no_inflation(multiplier: float) -> None:
    assert inflation(multiplier) == (1 - 1 / multiplier if multiplier > 1 else 0)


@pytest.mark.parametrize("multiplier", [None, 0.0, -1.0, float("nan")])
def test_what_older_data_may_hold_is_no_inflation(multiplier: float | None) -> None:
    assert inflation(multiplier) == 0
    assert integrity_of([Claim(multiplier, None), Claim(multiplier, 7.0)]) == Integrity(0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("claim_type", "multiplier", "risk"),
    [
        ("embellishment", 1.0, "low"),
        ("embellishment", 1.11, "low"),
        ("embellishment", 1.12, "medium"),
        ("omission", 1.5, "medium"),
        ("omission", 1.52, "high"),
        ("fabrication", 1.0, "high"),
        ("fabrication", 0.5, "high"),
    ],
)
def test_the_suggested_risk(claim_type: str, multiplier: float, risk: str) -> None:
    assert suggested_risk(claim_type, multiplier) == risk


def test_the_gate() -> None:
    def gate(score: float, *limits: float) -> Gate:
        return Integrity(1.0, 0.0, score).gate(*limits)

    assert [gate(score) for score in (100, 80, 79.9, 60, 59.9, 0)] == [
        Gate.PASS, Gate.PASS, Gate.WARN, Gate.WARN, Gate.BLOCK, Gate.BLOCK,
    ]  # fmt: skip
    assert [gate(50, 50, 50), gate(49, 50, 50), gate(49, 50, 40)] == [Gate.PASS, Gate.BLOCK, Gate.WARN]
