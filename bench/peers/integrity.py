"""The project's integrity formula, for peers that compute it in Python."""

from base64 import urlsafe_b64decode
from math import prod
from typing import Any, NamedTuple


class Claim(NamedTuple):
    """A claim with its derived columns."""

    claim_type: str
    original_experience: str
    claimed_experience: str
    exaggeration_multiplier: float
    credibility_impact: float
    risk_level: str


class Assessed(NamedTuple):
    """The claims of an application, and its three derived columns."""

    claims: list[Claim]
    credibility_rating: float
    exaggeration_level: float
    integrity_score: float


def assess(claims: list[dict[str, Any]]) -> Assessed:
    """Assess a client's claims, given kind, both texts and multiplier."""
    assessed, inflations = [], []
    for claim in claims:
        inflation = max(0.0, 1 - 1 / claim["exaggerationMultiplier"])
        risk = "low" if inflation < 0.10 else "medium" if inflation < 0.34 else "high"
        assessed.append(
            Claim(
                claim["claimType"],
                claim["originalExperience"],
                claim["claimedExperience"],
                claim["exaggerationMultiplier"],
                inflation / 2,
                "high" if claim["claimType"] == "fabrication" else risk,
            )
        )
        inflations.append(inflation)
    rating = prod(1 - min(1.0, claim.credibility_impact) for claim in assessed)
    level = sum(inflations) / len(inflations) if inflations else 0.0
    return Assessed(assessed, rating, level, 100 * rating * (1 - level))


def job_number(global_id: str) -> int:
    """The database id in a global id of a job."""
    return int(urlsafe_b64decode(global_id + "=" * (-len(global_id) % 4))[len("Job:") :])
