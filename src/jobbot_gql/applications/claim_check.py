"""Comparing a claim with the truth, in the API."""

from typing import Annotated

import strawberry

from jobbot_gql.api.mutations.inputs import text
from jobbot_gql.api.types.enums import graphql_enum
from jobbot_gql.api.types.errors import BadRequest
from jobbot_gql.applications.claims import Difference, DifferenceKind, compare, proposed_multiplier
from jobbot_gql.applications.integrity import suggested_impact, suggested_risk
from jobbot_gql.applications.models import RiskLevel
from jobbot_gql.writing.rules import Refused

MAX_TEXT = 20_000
"""How many characters each text may have."""


@strawberry.type(description="One thing that a claim says otherwise than the truth.")
class ClaimDifference:
    """One entry of `ClaimCheck.differences`."""

    kind: graphql_enum(DifferenceKind) = strawberry.field(description="What they differ in.")  # type: ignore[valid-type] # registered here
    original: str | None = strawberry.field(
        description="The words of the truth; null where it says nothing of the kind."
    )
    claimed: str | None = strawberry.field(description="The words of the claim; null where it leaves the thing out.")
    multiplier: float | None = strawberry.field(
        description="How many times the truth is claimed; null where there is nothing to weigh."
    )
    explanation: str = strawberry.field(description="The difference in a sentence.")

    @classmethod
    def of(cls, found: Difference) -> "ClaimDifference":
        """The difference as clients see it."""
        return cls(
            kind=found.kind,
            original=found.original,
            claimed=found.claimed,
            multiplier=found.multiplier,
            explanation=found.explanation,
        )


@strawberry.type(description="What a claim says beyond the truth, and the figures that a claim like it would have.")
class ClaimCheck:
    """What `checkClaims` gives."""

    differences: list[ClaimDifference] = strawberry.field(description="Every difference that was found.")
    proposed_multiplier: float = strawberry.field(
        description="The greatest of the differences' multipliers, for `exaggerationMultiplier`; 1 where there is none."
    )
    suggested_credibility_impact: float = strawberry.field(description="What a claim with this multiplier costs.")
    suggested_risk_level: graphql_enum(RiskLevel) = strawberry.field(  # type: ignore[valid-type] # registered here
        description="How dangerous a claim with this multiplier is."
    )


def check_claims(
    original: Annotated[str, strawberry.argument(description=f"What is true, {MAX_TEXT:,} characters at most.")],
    claimed: Annotated[str, strawberry.argument(description=f"What is claimed, {MAX_TEXT:,} characters at most.")],
) -> ClaimCheck:
    """The resolver of `checkClaims`. Raises BadRequest for texts that are too long."""
    for name, value in (("original", original), ("claimed", claimed)):
        try:
            text(value, MAX_TEXT)
        except Refused as refusal:
            raise BadRequest(f"{name}: {refusal.message}") from None
    differences = compare(original, claimed)
    multiplier = proposed_multiplier(differences)
    return ClaimCheck(
        differences=[ClaimDifference.of(found) for found in differences],
        proposed_multiplier=multiplier,
        suggested_credibility_impact=suggested_impact(multiplier),
        suggested_risk_level=suggested_risk("", multiplier),
    )
