"""Rows to write about."""

from typing import Any

import pytest

from tests.conftest import Api


class World:
    """Adds rows through the API and gives their ids."""

    def __init__(self, api: Api) -> None:
        self.api = api

    async def _add(self, mutation: str, field: str, given: dict[str, Any]) -> str:
        row_id: str = (await self.api.mutate(mutation, f"{field} {{ id }}", **given))[field]["id"]
        return row_id

    async def job(self, **given: Any) -> str:
        return await self._add("createJob", "job", {"title": "Engineer", "company": "Firm"} | given)

    async def application(self, **given: Any) -> str:
        job = given.pop("jobId", None) or await self.job()
        return await self._add("createApplication", "application", {"jobId": job} | given)

    async def reference(self, **given: Any) -> str:
        return await self._add("createReference", "reference", {"name": "Ada", "consentGiven": True} | given)

    async def contact(self, **given: Any) -> str:
        return await self._add("createContact", "contact", {"name": "Ada"} | given)

    async def company(self, **given: Any) -> str:
        return await self._add("createCompany", "company", {"name": "Firm"} | given)

    async def opportunity(self, **given: Any) -> str:
        texts = {"problemDescription": "Typing", "solutionApproach": "Not typing"}
        return await self._add("createOpportunity", "opportunity", texts | given)

    async def campaign(self, **given: Any) -> str:
        return await self._add("createOutreachCampaign", "outreachCampaign", given)


@pytest.fixture
def world(api: Api) -> World:
    """Rows to write about."""
    return World(api)
