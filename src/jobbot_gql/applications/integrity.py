"""How honest an application is: figures from its claims.

No published formula exists for this; it is the project's own. Without claims an application has 1, 0 and 100.
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
"""The type of a claim that nothing supports."""
MEDIUM_FROM = 0.10
"""The inflation from which the risk is medium."""
HIGH_FROM = 0.34
"""The inflation from which the risk is high."""
PASS_FROM = 80.0
WARN_FROM = 60.0


class Gate(Vocabulary):
    """Recommendation for an application, by its integrity score."""

    PASS = "pass", "The application can be sent."
    WARN = "warn", "The claims should be reviewed."
    BLOCK = "block", "The application should not be sent as it is."


class Claim(Protocol):
    """What counts of a claim."""

    @property
    def exaggeration_multiplier(self) -> float | None: ...

    @property
    def credibility_impact(self) -> float | None: ...


@dataclass(frozen=True)
class Integrity:
    """The figures of an application."""

    credibility_rating: float
    """From 0 to 1."""
    exaggeration_level: float
    """From 0 to 1."""
    integrity_score: float
    """From 0 to 100."""

    def gate(self, pass_from: float = PASS_FROM, warn_from: float = WARN_FROM) -> Gate:
        """What to do, given the scores from which an application passes, or passes with a warning."""
        if self.integrity_score >= pass_from:
            return Gate.PASS
        return Gate.WARN if self.integrity_score >= warn_from else Gate.BLOCK


def inflation(multiplier: float | None) -> float:
    """The share of a claim that the truth does not support, from 0 to 1; 0 for the truth and for understatement."""
    return 1 - 1 / multiplier if multiplier is not None and multiplier > 1 else 0.0


def suggested_impact(multiplier: float | None) -> float:
    """The credibility that a claim costs where nobody says how much: half its inflation."""
    return inflation(multiplier) / 2


def suggested_risk(claim_type: str, multiplier: float | None) -> RiskLevel:
    """How dangerous a claim is where nobody says."""
    inflated = inflation(multiplier)
    if claim_type == FABRICATION or inflated >= HIGH_FROM:
        return RiskLevel.HIGH
    return RiskLevel.MEDIUM if inflated >= MEDIUM_FROM else RiskLevel.LOW


def impact(claim: Claim) -> float:
    """The credibility that a claim costs, from 0 to 1."""
    return min(max(claim.credibility_impact or 0.0, 0.0), 1.0)


def integrity_of(claims: Iterable[Claim]) -> Integrity:
    """The figures of an application with these claims, whatever their order."""
    claims = list(claims)
    kept, whole = _kept(claims)
    return _figures([inflation(claim.exaggeration_multiplier) for claim in claims], prod(kept) / prod(whole))


def integrity_without_each(claims: Sequence[Claim]) -> list[Integrity]:
    """The figures of an application with all of these claims but one, for each of them."""
    inflations = [inflation(claim.exaggeration_multiplier) for claim in claims]
    kept, whole = _kept(claims)
    before = list(accumulate(kept, mul, initial=1))
    behind = list(accumulate(reversed(kept), mul, initial=1))[::-1]
    return [
        _figures(inflations[:n] + inflations[n + 1 :], before[n] * behind[n + 1] / (prod(whole) // whole[n]))
        for n in range(len(claims))
    ]


def _kept(claims: Iterable[Claim]) -> tuple[list[int], list[int]]:
    """The share of its credibility that each claim leaves, as numerators and denominators.

    Their products are exact until they are divided: in floating point the order of the factors would show.
    """
    ratios = [(1 - impact(claim)).as_integer_ratio() for claim in claims]
    return [kept for kept, _ in ratios], [whole for _, whole in ratios]


def _figures(inflations: Sequence[float], credibility: float) -> Integrity:
    exaggeration = fsum(inflations) / len(inflations) if inflations else 0.0
    return Integrity(credibility, exaggeration, 100 * credibility * (1 - exaggeration))
