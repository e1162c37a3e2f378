"""Factories of rows whose required columns do not matter to a test."""

from typing import Any

from jobbot_gql.models import Company, ExperienceClaim, Job, Opportunity, Reference


def new_job(**columns: Any) -> Job:
    return Job(**{"title": "A", "company": "B"} | columns)


def new_claim(**columns: Any) -> ExperienceClaim:
    texts = {"claim_type": "omission", "original_experience": "", "claimed_experience": ""}
    return ExperienceClaim(**texts | columns)


def new_reference(**columns: Any) -> Reference:
    return Reference(**{"name": "Ada"} | columns)


def new_company(**columns: Any) -> Company:
    return Company(**{"name": "Acme"} | columns)


def new_opportunity(**columns: Any) -> Opportunity:
    return Opportunity(**{"problem_description": "slow", "solution_approach": "script"} | columns)
