"""The four questions of a job seeker, asked as the README asks them, and the fields that save clients work."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from jobbot_gql.models import (
    Application,
    Company,
    EmployerResponse,
    ExperienceClaim,
    Job,
    JobSource,
    Opportunity,
    OutreachCampaign,
    Reference,
    StatusEvent,
)
from tests.conftest import Api
from tests.rows import new_company

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
QUESTIONS = dict(re.findall(r"\n(\w[^\n]*\?|One application whole[^\n]*)\n\n```graphql\n(.*?)```", README, re.DOTALL))
OPEN = QUESTIONS["What is open and newest that I have not applied to?"]
QUIET = QUESTIONS["What has gone quiet?"]
COMPANY = QUESTIONS["What do I have at this company, everything?"]
WHOLE = QUESTIONS["One application whole, with its timeline:"]


def days_ago(days: float) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)


async def test_what_is_open_and_newest_that_i_have_not_applied_to(api: Api) -> None:
    await api.add(
        Job(title="applied", company="Firm", applications=[Application()]),
        Job(title="older", company="Firm", scraped_date=days_ago(2)),
        Job(title="newer", company="Firm", scraped_date=days_ago(1), status="targeted"),
        Job(title="archived", company="Firm", status="archived"),
    )

    data = await api.data(OPEN)

    assert [node["title"] for node in data["jobs"]["nodes"]] == ["newer", "older"]


async def test_what_has_gone_quiet(api: Api) -> None:
    def application(title: str, sent: float, status: str = "submitted", answered: float | None = None) -> Application:
        responses = [EmployerResponse(response_type="other", response_date=days_ago(answered))] if answered else []
        return Application(
            job=Job(title=title, company="Firm"),
            application_date=days_ago(sent),
            status=status,
            responses=responses,
        )

    moved = application("moved", 40)
    moved.status_events = [StatusEvent(to_status="under_review", occurred_at=days_ago(3))]
    await api.add(
        application("quiet", 20),
        application("quieter", 50, answered=30),
        application("young", 10),
        application("answered", 40, answered=5),
        application("over", 40, status="rejected"),
        moved,
    )

    data = await api.data(QUIET)

    assert [(node["job"]["title"], node["daysSinceActivity"]) for node in data["applications"]["nodes"]] == [
        ("quieter", 30),
        ("quiet", 20),
    ]


async def test_what_do_i_have_at_this_company(api: Api) -> None:
    campaign = OutreachCampaign(contact_method="phone", response_status="replied")
    await api.add(
        Company(
            name="Acme Tools",
            pain_points=["paper"],
            campaigns=[campaign],
            opportunities=[
                Opportunity(problem_description="Typing", solution_approach="A script", campaigns=[campaign])
            ],
        ),
        Company(name="Other"),
        Job(
            title="Engineer",
            company="ACME Tools GmbH",
            applications=[Application(responses=[EmployerResponse(response_type="offer")])],
        ),
        Job(title="Elsewhere", company="Other"),
        Reference(name="Former manager", company="Acme Tools", consent_given=True),
    )

    data = await api.data(COMPANY, {"name": "acme"})

    (company,) = data["companies"]["nodes"]
    assert company["painPoints"] == ["paper"]
    (opportunity,) = company["opportunities"]["nodes"]
    assert opportunity["campaigns"]["nodes"][0]["responseStatus"] == "REPLIED"
    (job,) = data["jobs"]["nodes"]
    assert job["applications"]["nodes"][0]["responses"][0]["responseType"] == "OFFER"
    assert data["references"]["nodes"] == [{"name": "Former manager", "title": None, "consentGiven": True}]


async def test_one_application_whole_with_its_timeline(api: Api) -> None:
    await api.add(
        Application(
            job=Job(title="Engineer", company="Firm"),
            application_date=days_ago(20),
            experience_claims=[
                ExperienceClaim(claim_type="omission", original_experience="one", claimed_experience="two")
            ],
            status_events=[
                StatusEvent(to_status="submitted", occurred_at=days_ago(19)),
                StatusEvent(from_status="submitted", to_status="rejected", occurred_at=days_ago(2), note="by mail"),
            ],
            responses=[
                EmployerResponse(response_type="rejection", response_date=days_ago(3), subject_line="Sorry"),
                EmployerResponse(response_type="acknowledgment", response_date=days_ago(18)),
            ],
        )
    )
    (found,) = (await api.data("{ applications { nodes { id lastActivity statusEvents { note } } } }"))["applications"][
        "nodes"
    ]

    data = await api.data(WHOLE, {"id": found["id"]})

    timeline = data["application"]["timeline"]
    assert [entry["kind"] for entry in timeline] == ["CLAIM", "STATUS", "RESPONSE", "RESPONSE", "STATUS"]
    assert [entry["at"] for entry in timeline] == sorted(entry["at"] for entry in timeline)
    assert timeline[0]["node"] == {
        "claimType": "omission",
        "originalExperience": "one",
        "claimedExperience": "two",
    }
    assert timeline[-2]["node"] == {"responseType": "REJECTION", "subjectLine": "Sorry", "emailContent": None}
    assert timeline[-1]["node"] == {"fromStatus": "SUBMITTED", "toStatus": "REJECTED", "note": "by mail"}
    assert found["lastActivity"] == timeline[-1]["at"]
    assert [event["note"] for event in found["statusEvents"]] == [None, "by mail"]


async def test_pay_is_per_year_and_as_advertised_by_whoever_told_it_last(api: Api) -> None:
    def source(number: int, **pay: object) -> JobSource:
        return JobSource(source_site=f"board-{number}", external_id="1", last_seen=days_ago(10 - number), raw={}, **pay)

    await api.add(
        Job(
            title="told",
            company="Firm",
            salary_min=62_400,
            sources=[
                source(1, pay_min=28.0, pay_interval="hourly", pay_currency="USD"),
                source(2, pay_min=30.0, pay_max=31.5, pay_interval="hourly", pay_currency="EUR"),
                source(3),
            ],
        ),
        Job(title="own", company="Firm", salary_max=70_000),
        Job(title="unknown", company="Firm", sources=[source(4)]),
    )

    data = await api.data(
        """{ jobs(orderBy: {field: DATABASE_ID}) { nodes { title salary {
               annualMin annualMax min max interval currency source } } } }"""
    )

    nothing = dict.fromkeys(("annualMin", "annualMax", "min", "max", "interval", "currency", "source"))
    assert {node["title"]: node["salary"] for node in data["jobs"]["nodes"]} == {
        "told": nothing | {"annualMin": 62_400, "min": 30.0, "max": 31.5, "interval": "hourly", "currency": "EUR"},
        "own": nothing | {"annualMax": 70_000},
        "unknown": None,
    }


async def test_a_job_knows_the_company_of_its_name_and_the_company_its_jobs(api: Api) -> None:
    await api.add(
        new_company(website="https://acme.example"),
        new_company(website="https://younger.example"),
        Job(title="A", company="Acme", posting_date=date(2026, 1, 1)),
        Job(title="B", company="Acme"),
        Job(title="C", company="Acme Ltd"),
    )

    data = await api.data(
        """{ jobs(orderBy: {field: TITLE}) { nodes { companyRecord { website } } }
             companies { nodes { website jobs(orderBy: {field: TITLE}) { totalCount nodes { title } } } }
             known: jobs(filter: {companyRecord: {website: {endsWith: "acme.example"}}}) { totalCount } }"""
    )

    assert [node["companyRecord"] for node in data["jobs"]["nodes"]] == [{"website": "https://acme.example"}] * 2 + [
        None
    ]
    assert [node["jobs"] for node in data["companies"]["nodes"]] == [
        {"totalCount": 2, "nodes": [{"title": "A"}, {"title": "B"}]}
    ] * 2
    assert data["known"]["totalCount"] == 2
