"""Looking a company up by its name."""

import pytest

from jobbot_gql.api.types.global_ids import encode
from jobbot_gql.outreach.models import Company
from tests.conftest import Api
from tests.rows import new_company

LITERAL = '{ company(by: {name: "Acme"}) { id location } }'
FALLBACK = '{ company(by: {name: "Acme"}) { ...C @include(if: true) } } fragment C on Company { id location }'
VARIABLE = "query($name: String!) { company(by: {name: $name}) { id location } }"
WHOLE = "query($by: CompanyBy!) { company(by: $by) { id location } }"
FORMS = [(LITERAL, {}), (FALLBACK, {}), (VARIABLE, {"name": "Acme"}), (WHOLE, {"by": {"name": "Acme"}})]


@pytest.mark.parametrize(("query", "variables"), FORMS)
async def test_the_only_company_of_a_name(api: Api, query: str, variables: dict[str, object]) -> None:
    for _ in range(2):  # the second time as a prepared operation
        assert await api.data(query, variables) == {"company": None}
    await api.add(Company(name="acme"), new_company(location="Bonn"))
    for _ in range(2):
        assert await api.data(query, variables) == {"company": {"id": encode("Company", 2), "location": "Bonn"}}
    assert len(api.statements) == 2


@pytest.mark.parametrize(("query", "variables"), FORMS)
async def test_several_companies_of_a_name(api: Api, query: str, variables: dict[str, object]) -> None:
    await api.add(new_company(), Company(name="Other"), new_company())
    ids = [encode("Company", 1), encode("Company", 3)]
    for _ in range(2):
        (error,) = (await api.answer(query, variables))["errors"]
        assert error["extensions"] == {"code": "AMBIGUOUS", "ids": ids}
        assert error["message"] == (f"2 Company rows have the name 'Acme'. Look one up by its id: {ids[0]}, {ids[1]}.")
        assert error["path"] == ["company"]
