"""`Application.integrityReport`: the effect of each claim on the integrity figures."""

from collections.abc import Sequence
from typing import Any

import strawberry
from sqlalchemy import Select

from jobbot_gql.api.fields.computed import ParentBatch
from jobbot_gql.api.types.enums import graphql_enum
from jobbot_gql.api.types.errors import BadRequest
from jobbot_gql.api.types.lazy_types import Later, row_type
from jobbot_gql.applications.integrity import (
    Gate,
    Integrity,
    impact,
    inflation,
    integrity_of,
    integrity_without_each,
    suggested_impact,
    suggested_risk,
)
from jobbot_gql.applications.models import ExperienceClaim, RiskLevel
from jobbot_gql.db.sql.column_types import RATIO_DECIMALS
from jobbot_gql.db.sql.selects import Columns, by_key


@strawberry.type(description="Effect of one claim on the integrity of an application.")
class ClaimContribution:
    """One entry of `IntegrityReport.claims`."""

    claim: Any = strawberry.field(graphql_type=Later(row_type, ExperienceClaim), description="The claim.")
    inflation: float = strawberry.field(
        description="Share of the claim that the original experience does not support, 0 to 1: 1 - 1 / multiplier."
    )
    credibility_impact: float = strawberry.field(description="Credibility lost, 0 to 1.")
    suggested_credibility_impact: float = strawberry.field(
        description="Default of `credibilityImpact` for this claim: half the inflation, 0 to 1."
    )
    suggested_risk_level: graphql_enum(RiskLevel) = strawberry.field(  # type: ignore[valid-type] # registered here
        description="Default of `riskLevel` for this claim: LOW below an inflation of 0.10, MEDIUM below"
        " 0.34, else HIGH; always HIGH for a fabrication."
    )
    score_without: float = strawberry.field(
        description="Integrity score of the application without this claim, 0 to 100."
    )


@strawberry.type(description="Integrity of an application, and the effect of each claim.")
class IntegrityReport:
    """Value of `Application.integrityReport`."""

    credibility_rating: float = strawberry.field(
        description="Product of 1 - credibilityImpact over the claims, 0 to 1."
    )
    exaggeration_level: float = strawberry.field(description="Mean inflation of the claims, 0 to 1.")
    integrity_score: float = strawberry.field(
        description="100 x credibilityRating x (1 - exaggerationLevel), 0 to 100."
    )
    gate: graphql_enum(Gate) = strawberry.field(description="Recommendation for the application.")  # type: ignore[valid-type] # registered here
    claims: list[ClaimContribution] = strawberry.field(description="Effect of each claim, oldest first.")


def integrity_report(claims: Sequence[Any], pass_from: float, warn_from: float) -> IntegrityReport:
    """Report on an application with these claims. Raises BadRequest unless 0 <= warn_from <= pass_from <= 100."""
    if not 0 <= warn_from <= pass_from <= 100:
        raise BadRequest(
            f"passFrom and warnFrom must be 0 to 100, warnFrom at most passFrom; got {pass_from} and {warn_from}."
        )
    figures = integrity_of(claims)
    return IntegrityReport(
        credibility_rating=round(figures.credibility_rating, RATIO_DECIMALS),
        exaggeration_level=round(figures.exaggeration_level, RATIO_DECIMALS),
        integrity_score=round(figures.integrity_score, RATIO_DECIMALS),
        gate=figures.gate(pass_from, warn_from),
        claims=[
            _contribution(claim, others) for claim, others in zip(claims, integrity_without_each(claims), strict=True)
        ],
    )


def _contribution(claim: Any, others: Integrity) -> ClaimContribution:
    return ClaimContribution(
        claim=claim,
        inflation=round(inflation(claim.exaggeration_multiplier), RATIO_DECIMALS),
        credibility_impact=round(impact(claim), RATIO_DECIMALS),
        suggested_credibility_impact=round(suggested_impact(claim.exaggeration_multiplier), RATIO_DECIMALS),
        suggested_risk_level=suggested_risk(claim.claim_type, claim.exaggeration_multiplier),
        score_without=round(others.integrity_score, RATIO_DECIMALS),
    )


def _claims(dialect: str, columns: Columns, *, single: bool = False) -> Select[Any]:
    return by_key(ExperienceClaim, "application_id", columns, single=single)


CLAIMS = ParentBatch(
    _claims,
    shows=ExperienceClaim,
    path=("claims", "claim"),
    also=("claim_type", "exaggeration_multiplier", "credibility_impact"),
)
"""The claims of each application, oldest first."""
