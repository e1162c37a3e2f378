"""The `checkClaims` query."""

from typing import Annotated

import strawberry

from jobbot_gql.api.engine.cpu_thread import in_cpu_thread
from jobbot_gql.api.engine.root_node import Reader
from jobbot_gql.api.mutations.inputs import text
from jobbot_gql.api.types.enums import graphql_enum
from jobbot_gql.api.types.errors import BadRequest
from jobbot_gql.applications.claims import Difference, DifferenceKind, compare, proposed_multiplier
from jobbot_gql.applications.integrity import suggested_impact, suggested_risk
from jobbot_gql.applications.models import MAX_MULTIPLIER, RiskLevel
from jobbot_gql.db.sql.column_types import RATIO_DECIMALS
from jobbot_gql.writing.rules import RuleViolation

MAX_TEXT = 20_000
"""Maximum length of each text, in characters."""


@strawberry.type(description="One difference between the claim and the original experience.")
class ClaimDifference:
    """One entry of `ClaimCheck.differences`."""

    kind: graphql_enum(DifferenceKind) = strawberry.field(description="Kind of difference.")  # type: ignore[valid-type] # registered here
    original: str | None = strawberry.field(description="Text in the original experience; null if it has none.")
    claimed: str | None = strawberry.field(description="Text in the claim; null if it has none.")
    multiplier: float | None = strawberry.field(
        description="Ratio of claimed to original; null if it cannot be measured."
    )
    explanation: str = strawberry.field(description="The difference, in one sentence.")

    @classmethod
    def of(cls, found: Difference) -> "ClaimDifference":
        """Convert a difference to its GraphQL type."""
        return cls(
            kind=found.kind,
            original=found.original,
            claimed=found.claimed,
            multiplier=found.multiplier,
            explanation=found.explanation,
        )


@strawberry.type(
    description="Differences between a claim and the original experience, and suggested values for such a claim."
)
class ClaimCheck:
    """Result of `checkClaims`."""

    differences: list[ClaimDifference] = strawberry.field(description="Differences that were found.")
    proposed_multiplier: float = strawberry.field(
        description="Largest multiplier of the differences, for `exaggerationMultiplier`; at most"
        f" {MAX_MULTIPLIER:,}, 1 if there are none."
    )
    suggested_credibility_impact: float = strawberry.field(
        description="Suggested `credibilityImpact` for this multiplier, 0 to 1."
    )
    suggested_risk_level: graphql_enum(RiskLevel) = strawberry.field(  # type: ignore[valid-type] # registered here
        description="Suggested `riskLevel` for this multiplier."
    )


async def check_claims(
    reader: Reader,
    *,
    original: Annotated[str, strawberry.argument(description=f"What is true; at most {MAX_TEXT:,} characters.")],
    claimed: Annotated[str, strawberry.argument(description=f"What is claimed; at most {MAX_TEXT:,} characters.")],
) -> ClaimCheck:
    """The value of `checkClaims`. Raises BadRequest if a text is too long."""
    for name, value in (("original", original), ("claimed", claimed)):
        try:
            text(value, MAX_TEXT)
        except RuleViolation as violation:
            raise BadRequest(f"{name} {violation.message}") from None
    differences = await in_cpu_thread(compare, original, claimed)
    multiplier = proposed_multiplier(differences)
    return ClaimCheck(
        differences=[ClaimDifference.of(found) for found in differences],
        proposed_multiplier=multiplier,
        suggested_credibility_impact=round(suggested_impact(multiplier), RATIO_DECIMALS),
        suggested_risk_level=suggested_risk("", multiplier),
    )
