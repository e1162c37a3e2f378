"""Integrity figures of an application, computed from its claims.

No published formula exists. This one is the project's own. An application without claims has the figures 1, 0 and 100.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import fsum, prod
from operator import mul
from typing import Protocol

from jobbot_gql.applications.models import RiskLevel
from jobbot_gql.db.sql.column_types import Vocabulary

FABRICATION = "fabrication"
"""`claim_type` of a claim without any basis."""
MEDIUM_FROM = 0.10
"""Lowest inflation with medium risk."""
HIGH_FROM = 0.34
"""Lowest inflation with high risk."""
PASS_FROM = 80.0
WARN_FROM = 60.0


class Gate(Vocabulary):
    """Recommendation for an application, by its integrity score."""

    PASS = "pass", "The application can be sent."
    WARN = "warn", "The claims should be reviewed."
    BLOCK = "block", "The application should not be sent as it is."


class RatedClaim(Protocol):
    """Values of a claim that the figures depend on."""

    @property
    def exaggeration_multiplier(self) -> float | None: ...

    @property
    def credibility_impact(self) -> float | None: ...


@dataclass(frozen=True)
class Integrity:
    """Integrity figures of an application."""

    credibility_rating: float
    """From 0 to 1."""
    exaggeration_level: float
    """From 0 to 1."""
    integrity_score: float
    """From 0 to 100."""

    def gate(self, pass_from: float = PASS_FROM, warn_from: float = WARN_FROM) -> Gate:
        """Recommendation, given the lowest scores that pass and that pass with a warning."""
        if self.integrity_score >= pass_from:
            return Gate.PASS
        return Gate.WARN if self.integrity_score >= warn_from else Gate.BLOCK


def inflation(multiplier: float | None) -> float:
    """Share of a claim that the truth does not support, 0 to 1. It is 0 for accurate and understated claims."""
    return 1 - 1 / multiplier if multiplier is not None and multiplier > 1 else 0.0


def suggested_impact(multiplier: float | None) -> float:
    """Default of `credibility_impact`: half the inflation."""
    return inflation(multiplier) / 2


def suggested_risk(claim_type: str, multiplier: float | None) -> RiskLevel:
    """Default of `risk_level`."""
    inflated = inflation(multiplier)
    if claim_type == FABRICATION or inflated >= HIGH_FROM:
        return RiskLevel.HIGH
    return RiskLevel.MEDIUM if inflated >= MEDIUM_FROM else RiskLevel.LOW


def impact(claim: RatedClaim) -> float:
    """`credibility_impact` of a claim, clamped to 0 to 1; 0 if it is null."""
    return min(max(claim.credibility_impact or 0.0, 0.0), 1.0)


def integrity_of(claims: Iterable[RatedClaim]) -> Integrity:
    """Figures of an application with these claims, independent of their order."""
    claims = list(claims)
    numerators, denominators = _credibility_ratios(claims)
    credibility = prod(numerators) / prod(denominators)
    return _figures([inflation(claim.exaggeration_multiplier) for claim in claims], credibility)


def integrity_without_each(claims: Sequence[RatedClaim]) -> list[Integrity]:
    """For each claim, the figures of the application without that claim."""
    inflations = [inflation(claim.exaggeration_multiplier) for claim in claims]
    numerators, denominators = _credibility_ratios(claims)
    before = list(accumulate(numerators, mul, initial=1))
    after = list(accumulate(reversed(numerators), mul, initial=1))[::-1]
    denominator = prod(denominators)
    return [
        _figures(inflations[:n] + inflations[n + 1 :], before[n] * after[n + 1] / (denominator // denominators[n]))
        for n in range(len(claims))
    ]


def _credibility_ratios(claims: Iterable[RatedClaim]) -> tuple[list[int], list[int]]:
    """Numerators and denominators of 1 - impact for each claim.

    Integer products are exact. With floats the result would depend on the order of the claims.
    """
    ratios = [(1 - impact(claim)).as_integer_ratio() for claim in claims]
    return [numerator for numerator, _ in ratios], [denominator for _, denominator in ratios]


def _figures(inflations: Sequence[float], credibility: float) -> Integrity:
    exaggeration = fsum(inflations) / len(inflations) if inflations else 0.0
    return Integrity(credibility, exaggeration, 100 * credibility * (1 - exaggeration))
