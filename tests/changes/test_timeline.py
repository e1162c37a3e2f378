"""What happened to a thing, over HTTP on both engines."""

from datetime import UTC, date, datetime
from typing import Any

from jobbot_gql.models import (
    Application,
    Company,
    EmployerResponse,
    ExperienceClaim,
    Job,
    JobSource,
    Opportunity,
    OutreachCampaign,
    ReferenceUsage,
    StatusEvent,
)
from tests.conftest import Api
from tests.rows import new_reference

TIMELINE = "timeline { at kind node { __typename id } }"


def day(number: int) -> datetime:
    return datetime(2026, 1, number, 12, tzinfo=UTC)


def shown(timeline: list[dict[str, Any]]) -> list[tuple[str | None, str, str]]:
    """The day, the kind and the node's type of each entry."""
    return [(one["at"] and one["at"][:10], one["kind"], one["node"]["__typename"]) for one in timeline]


def applied(to: str) -> Application:
    return Application(
        application_date=day(4),
        responses=[EmployerResponse(response_type="other", response_date=day(5))],
        status_events=[StatusEvent(to_status="submitted", occurred_at=day(4), note=to)],
        experience_claims=[ExperienceClaim(claim_type="omission", original_experience="o", claimed_experience="c")],
    )


async def test_of_jobs_in_as_many_statements_however_many(api: Api) -> None:
    def job(title: str) -> Job:
        return Job(
            title=title,
            company="Firm",
            sources=[
                JobSource(first_seen=day(3), last_seen=day(3), raw={}),
                JobSource(first_seen=day(1), last_seen=day(2), raw={}),
            ],
            status_events=[
                StatusEvent(to_status="applied", occurred_at=day(4)),
                StatusEvent(to_status="discovered", occurred_at=day(1)),
            ],
            applications=[applied(title), Application(application_date=day(2), status="rejected")],
        )

    await api.add(job("A"), job("B"), Job(title="C", company="Firm"))

    data = await api.data(f"{{ jobs(orderBy: {{field: TITLE}}) {{ nodes {{ {TIMELINE} }} }} }}")

    assert len(api.statements) == (1 if api.database.dialect == "postgresql" else 6)
    first, second, third = [node["timeline"] for node in data["jobs"]["nodes"]]
    assert (
        shown(first)
        == shown(second)
        == [
            ("2026-01-01", "SEEN", "JobSource"),
            ("2026-01-01", "STATUS", "StatusEvent"),
            ("2026-01-02", "APPLICATION", "Application"),
            ("2026-01-03", "SEEN", "JobSource"),
            ("2026-01-04", "STATUS", "StatusEvent"),
            ("2026-01-04", "APPLICATION", "Application"),
        ]
    )
    assert {one["node"]["id"] for one in first}.isdisjoint(one["node"]["id"] for one in second)
    assert third == []


async def test_of_an_application(api: Api) -> None:
    await api.add(Job(title="A", company="Firm", applications=[applied("A")]))

    data = await api.data(f"{{ applications {{ nodes {{ {TIMELINE} }} }} }}")

    assert shown(data["applications"]["nodes"][0]["timeline"]) == [
        ("2026-01-04", "CLAIM", "ExperienceClaim"),
        ("2026-01-04", "STATUS", "StatusEvent"),
        ("2026-01-05", "RESPONSE", "EmployerResponse"),
    ]


async def test_of_outreach(api: Api) -> None:
    company = Company(name="Firm")
    replied = StatusEvent(to_status="replied", occurred_at=day(9))
    campaigns = [
        OutreachCampaign(company=company, sent_date=day(8), status_events=[replied]),
        OutreachCampaign(company=company, sent_date=None),
    ]
    opportunity = Opportunity(
        company=company,
        problem_description="p",
        solution_approach="s",
        status_events=[StatusEvent(to_status="pitched", occurred_at=day(9))],
        campaigns=campaigns,
    )
    await api.add(opportunity)

    data = await api.data(
        f"""{{ companies {{ nodes {{ {TIMELINE} }} }} opportunities {{ nodes {{ {TIMELINE} }} }}
               outreachCampaigns {{ nodes {{ {TIMELINE} }} }} }}"""
    )

    ((of_company,), (of_opportunity,), of_campaigns) = (
        [shown(node["timeline"]) for node in data[name]["nodes"]]
        for name in ("companies", "opportunities", "outreachCampaigns")
    )
    sent = [("2026-01-08", "CAMPAIGN", "OutreachCampaign"), (None, "CAMPAIGN", "OutreachCampaign")]
    assert [entry for entry in of_company if entry[1] != "CHANGE"] == sent
    assert [entry[1:] for entry in of_company if entry not in sent] == [("CHANGE", "Change")]
    assert of_opportunity == [sent[0], ("2026-01-09", "STATUS", "StatusEvent"), sent[1]]
    assert sorted(of_campaigns) == [[], [("2026-01-09", "STATUS", "StatusEvent")]]


async def test_of_things_without_a_status_that_of_their_changes(api: Api) -> None:
    await api.add(
        new_reference(usages=[ReferenceUsage(used_on=date(2026, 1, 7))]),
        Job(title="A", company="Firm", applications=[applied("A")]),
    )
    kinds = ("references", "employerResponses", "experienceClaims")

    data = await api.data(
        "{ " + " ".join(f"{kind} {{ nodes {{ {TIMELINE} history {{ id }} }} }}" for kind in kinds) + " }"
    )

    for kind in kinds:
        (node,) = data[kind]["nodes"]
        entries = [one for one in node["timeline"] if one["kind"] == "CHANGE"]
        (change,) = node["history"]
        assert [one["node"] for one in entries] == [{"__typename": "Change", **change}]
        rest = shown([one for one in node["timeline"] if one not in entries])
        assert rest == ([("2026-01-07", "REFERENCE_USE", "ReferenceUsage")] if kind == "references" else [])
