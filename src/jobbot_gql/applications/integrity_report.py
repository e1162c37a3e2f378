"""`Application.integrityReport`: the effect of each claim on the integrity figures."""

from typing import Any

import strawberry
from sqlalchemy import select

from jobbot_gql.api.engine.context import Info
from jobbot_gql.api.engine.loaders import instance
from jobbot_gql.api.engine.selection import field_identity, selected_columns
from jobbot_gql.api.types.entity import entity_of
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
from jobbot_gql.db.sql.array_params import is_among, key_list

SCORED_COLUMNS = ("claim_type", "exaggeration_multiplier", "credibility_impact")


@strawberry.type(description="Effect of one claim on the integrity of an application.")
class ClaimContribution:
    """One entry of `IntegrityReport.claims`."""

    claim: Any = strawberry.field(graphql_type=Later(row_type, ExperienceClaim), description="The claim.")
    inflation: float = strawberry.field(
        description="Share of the claim that is not supported by the truth, 0 to 1: 1 - 1 / multiplier."
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


async def integrity_report(application: Any, info: Info, pass_from: float, warn_from: float) -> IntegrityReport:
    """Report on an application. Raises BadRequest unless 0 <= warn_from <= pass_from <= 100."""
    if not 0 <= warn_from <= pass_from <= 100:
        raise BadRequest(
            f"passFrom and warnFrom must be 0 to 100, warnFrom at most passFrom; got {pass_from} and {warn_from}."
        )
    claims = await _claims(application, info)
    figures = integrity_of(claims)
    return IntegrityReport(
        credibility_rating=figures.credibility_rating,
        exaggeration_level=figures.exaggeration_level,
        integrity_score=figures.integrity_score,
        gate=figures.gate(pass_from, warn_from),
        claims=[
            _contribution(claim, others) for claim, others in zip(claims, integrity_without_each(claims), strict=True)
        ],
    )


def _contribution(claim: Any, others: Integrity) -> ClaimContribution:
    return ClaimContribution(
        claim=claim,
        inflation=inflation(claim.exaggeration_multiplier),
        credibility_impact=impact(claim),
        suggested_credibility_impact=suggested_impact(claim.exaggeration_multiplier),
        suggested_risk_level=suggested_risk(claim.claim_type, claim.exaggeration_multiplier),
        score_without=others.integrity_score,
    )


async def _claims(application: Any, info: Info) -> list[Any]:
    entity = entity_of(ExperienceClaim)
    columns = selected_columns(info, entity, ("claims", "claim"), also=SCORED_COLUMNS)
    statement = (
        select(ExperienceClaim.application_id, *(entity.columns[name] for name in columns))
        .where(is_among(ExperienceClaim.application_id, key_list("keys", ExperienceClaim.application_id.type)))
        .order_by(ExperienceClaim.id)
    )

    async def load(applications: list[int]) -> list[list[Any]]:
        claims: dict[int, list[Any]] = {key: [] for key in applications}
        for key, *values in await info.context.loaders.rows(statement, {"keys": applications}):
            claims[key].append(instance(entity.type, columns, values))
        return [claims[key] for key in applications]

    loader_key = ("integrity report", *field_identity(info))
    found: list[Any] = await info.context.loaders.batched(loader_key, load).load(application.id)
    return found
