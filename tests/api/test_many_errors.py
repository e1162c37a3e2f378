"""Answers with many errors, and with long ones, stay small."""

from jobbot_gql.api.types.errors import MAX_ERRORS, MAX_MESSAGE
from jobbot_gql.jobs.models import Job
from jobbot_gql.outreach.models import Company
from tests.conftest import Api

SHORT = "Cannot query field '' on type 'Query'."


async def test_the_same_error_below_many_rows(api: Api) -> None:
    async with api.database.transaction() as session:
        session.add(Company(name="Feldweg"))
        session.add_all([Job(title=f"Developer {number}", company="Feldweg") for number in range(60)])
    answer = await api.answer('{ jobs(first: 60) { nodes { companyRecord { jobs(after: "bad") { totalCount } } } } }')

    assert answer["data"] == {"jobs": {"nodes": [{"companyRecord": None}] * 60}}
    assert len(answer["errors"]) == MAX_ERRORS
    assert (
        answer["errors"][0]["message"]
        == "after: 'bad' is not a cursor. Use an `endCursor` or a `startCursor` of this list."
    )
    assert answer["errors"][-1] == {
        "message": f"{60 - MAX_ERRORS + 1} more errors are not shown.",
        "extensions": {"code": "BAD_REQUEST"},
    }


async def test_a_long_message_is_cut(api: Api) -> None:
    (error,) = (await api.answer(f"{{ {'a' * 40_000} }}"))["errors"]

    assert error["message"].startswith("Cannot query field 'aaaa")
    assert error["message"].endswith(f"… ({40_000 + len(SHORT)} characters)")
    assert len(error["message"]) == MAX_MESSAGE
