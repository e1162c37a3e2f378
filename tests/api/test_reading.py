"""Reading over HTTP: the first slice of every domain, on both engines."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jobbot_gql.models import (
    Application,
    Company,
    EmployerResponse,
    ExperienceClaim,
    Job,
    Opportunity,
    OutreachCampaign,
)
from tests.conftest import Api

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

HEADLINE = """
query Headline($first: Int!) {
  applications(first: $first) {
    nodes {
      id status applicationDate
      job { title company }
      responses { responseType responseDate }
      experienceClaims { claimType riskLevel }
    }
  }
}
"""


def application(job: Job, number: int) -> Application:
    return Application(
        job=job,
        application_date=NOON + timedelta(minutes=number),
        responses=[
            EmployerResponse(response_type="acknowledgment", response_date=NOON + timedelta(days=2)),
            EmployerResponse(response_type="rejection", response_date=NOON + timedelta(days=1)),
        ],
        experience_claims=[
            ExperienceClaim(claim_type="omission", original_experience="one year", claimed_experience="two years")
        ],
    )


async def test_headline_query_takes_as_many_statements_for_all_rows_as_for_one(api: Api, engine: str) -> None:
    await api.add(*(application(Job(title=f"Job {n}", company="Firm"), n) for n in range(250)))

    one = await api.data(HEADLINE, {"first": 1})
    for_one = api.statements
    all_of_them = await api.data(HEADLINE, {"first": 250})
    for_all = api.statements

    assert [len(one["applications"]["nodes"]), len(all_of_them["applications"]["nodes"])] == [1, 250]
    assert len(for_one) == len(for_all) == (1 if engine == "postgresql" else 4)
    newest = all_of_them["applications"]["nodes"][0]
    assert newest == {
        "id": newest["id"],
        "status": "SUBMITTED",
        "applicationDate": "2026-03-01T16:09:00+00:00",
        "job": {"title": "Job 249", "company": "Firm"},
        "responses": [
            {"responseType": "REJECTION", "responseDate": "2026-03-02T12:00:00+00:00"},
            {"responseType": "ACKNOWLEDGMENT", "responseDate": "2026-03-03T12:00:00+00:00"},
        ],
        "experienceClaims": [{"claimType": "omission", "riskLevel": "LOW"}],
    }
    assert one["applications"]["nodes"] == [newest]


async def test_first_request_on_a_cold_engine_has_several_root_fields(api: Api) -> None:
    roots = "".join(f"a{n}: jobs {{ totalCount nodes {{ id }} }} " for n in range(5))

    data = await api.data("{" + roots + "companies { totalCount } }")

    assert data == {f"a{n}": {"totalCount": 0, "nodes": []} for n in range(5)} | {"companies": {"totalCount": 0}}


async def test_only_selected_columns_are_read(api: Api) -> None:
    await api.add(application(Job(title="Job", company="Firm", description="long"), 0))

    await api.data("{ applications { nodes { status job { title } responses { responseType } } } }")

    job = next(statement for statement in api.statements if "FROM jobs" in statement)
    assert "jobs.title" in job
    assert "description" not in job
    assert "company" not in job
    responses = next(statement for statement in api.statements if "employer_responses" in statement)
    assert "response_type" in responses
    assert "email_content" not in responses


async def test_jobs_are_filtered_counted_and_paged_newest_first(api: Api) -> None:
    await api.add(
        *(
            Job(
                title=f"Job {n}",
                company="Ünder_score GmbH" if n % 2 else "Other",
                remote_option=n % 4 == 1,
                scraped_date=NOON + timedelta(hours=n),
            )
            for n in range(12)
        )
    )
    query = """
    query Jobs($after: String, $filter: JobFilter) {
      jobs(first: 2, after: $after, filter: $filter) {
        totalCount nodes { title } pageInfo { hasNextPage hasPreviousPage endCursor }
      }
    }
    """
    wanted = {"company": {"contains": "üNDER_"}, "remoteOption": {"eq": True}, "status": {"eq": "DISCOVERED"}}

    first = (await api.data(query, {"filter": wanted}))["jobs"]
    second = (await api.data(query, {"filter": wanted, "after": first["pageInfo"]["endCursor"]}))["jobs"]

    assert first["totalCount"] == second["totalCount"] == 3
    assert [node["title"] for node in first["nodes"] + second["nodes"]] == ["Job 9", "Job 5", "Job 1"]
    assert [first["pageInfo"]["hasNextPage"], first["pageInfo"]["hasPreviousPage"]] == [True, False]
    assert [second["pageInfo"]["hasNextPage"], second["pageInfo"]["hasPreviousPage"]] == [False, True]


async def test_companies_opportunities_and_campaigns_in_one_request(api: Api, engine: str) -> None:
    await api.add(
        *(
            Company(
                name=f"Firm {n}",
                technology_stack=["Python", "C++"],
                opportunities=[
                    Opportunity(
                        problem_description=f"Problem {k}",
                        solution_approach="A script",
                        campaigns=[OutreachCampaign(contact_method="email")],
                    )
                    for k in range(n)
                ],
            )
            for n in range(3)
        )
    )

    data = await api.data(
        """{ companies { nodes { name technologyStack opportunities(first: 1) {
             totalCount nodes { problemDescription campaigns { nodes { contactMethod responseStatus } } } } } } }"""
    )

    campaign = {"nodes": [{"contactMethod": "EMAIL", "responseStatus": "SENT"}]}
    assert data["companies"]["nodes"] == [
        {
            "name": f"Firm {n}",
            "technologyStack": ["Python", "C++"],
            "opportunities": {
                "totalCount": n,
                "nodes": [{"problemDescription": f"Problem {n - 1}", "campaigns": campaign}][: min(n, 1)],
            },
        }
        for n in range(3)
    ]
    assert len(api.statements) == (2 if engine == "postgresql" else 4)


async def test_a_nested_page_gives_each_parent_its_own_first_rows(api: Api) -> None:
    await api.add(
        *(
            Job(title=f"Job {n}", company="Firm", applications=[Application(notes=f"{n}.{k}") for k in range(n)])
            for n in range(4)
        )
    )
    query = """
    query Nested($after: String) {
      jobs(orderBy: {field: TITLE}) { nodes {
        applications(first: 2, after: $after, orderBy: {field: NOTES, direction: DESC}) {
          nodes { notes } pageInfo { hasNextPage endCursor }
        }
      } }
    }
    """

    data = await api.data(query)

    pages = [node["applications"] for node in data["jobs"]["nodes"]]
    assert [[row["notes"] for row in page["nodes"]] for page in pages] == [[], ["1.0"], ["2.1", "2.0"], ["3.2", "3.1"]]
    assert [page["pageInfo"]["hasNextPage"] for page in pages] == [False, False, False, True]
    assert len(api.statements) == 2

    rest = await api.data(query, {"after": pages[3]["pageInfo"]["endCursor"]})
    assert [row["notes"] for row in rest["jobs"]["nodes"][3]["applications"]["nodes"]] == ["3.0"]


async def test_look_ups_by_each_unique_key(api: Api) -> None:
    await api.add(Job(title="Job", company="Firm", job_url="https://jobs.example/1"))
    found = (await api.data('{ job(by: {jobUrl: "https://jobs.example/1"}) { id databaseId title } }'))["job"]

    data = await api.data(
        """query Same($id: ID!, $number: Int!) {
             byId: job(by: {id: $id}) { id } byNumber: job(by: {databaseId: $number}) { id }
             node(id: $id) { __typename id ... on Job { title } ... on Company { name } }
             nodes(ids: [$id, "Sm9iOjk5OQ"]) { id }
             nothing: job(by: {jobUrl: "https://jobs.example/2"}) { id } unknown: node(id: "Sm9iOjk5OQ") { id }
           }""",
        {"id": found["id"], "number": found["databaseId"]},
    )

    assert data == {
        "byId": {"id": found["id"]},
        "byNumber": {"id": found["id"]},
        "node": {"__typename": "Job", "id": found["id"], "title": "Job"},
        "nodes": [{"id": found["id"]}, None],
        "nothing": None,
        "unknown": None,
    }


async def test_the_seeds_two_sample_queries(api: Api) -> None:
    remote = Job(title="Remote", company="ACME Corp", remote_option=True)
    await api.add(application(remote, 0), Job(title="Office", company="Acme"), Job(title="Else", company="Other"))
    (number,) = [
        node["databaseId"]
        for node in (await api.data("{ applications { nodes { databaseId } } }"))["applications"]["nodes"]
    ]

    data = await api.data(
        """query Seed($id: ID!) {
             all: jobsWithFilters(company: "acme") { title }
             remote: jobsWithFilters(company: "acme", remoteOnly: true) { title }
             office: jobsWithFilters(remoteOnly: false, limit: 1) { title }
             applicationDetails(id: $id) { job { title } responses { id } experienceClaims { claimType } }
             nobody: applicationDetails(id: 12345) { id }
           }""",
        {"id": str(number)},
    )

    assert sorted(job["title"] for job in data["all"]) == ["Office", "Remote"]
    assert data["remote"] == [{"title": "Remote"}]
    assert data["office"] == [{"title": "Else"}]
    assert data["applicationDetails"]["job"] == {"title": "Remote"}
    assert len(data["applicationDetails"]["responses"]) == 2
    assert data["nobody"] is None


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (
            '{ node(id: "zzz") { id } }',
            "'zzz' is not a global id. Use an `id` from an earlier answer, or `by: {databaseId: 5}`.",
        ),
        (
            '{ node(id: "") { id } }',
            "'' is not a global id. Use an `id` from an earlier answer, or `by: {databaseId: 5}`.",
        ),
        (
            '{ node(id: "Tm90aGluZzox") { id } }',
            "id: 'Tm90aGluZzox' is not a global id. Use an `id` from an earlier answer.",
        ),
        (
            '{ application(by: {id: "Sm9iOjM"}) { id } }',
            "by.id must be an id of type Application; got one of type Job: 'Sm9iOjM'.",
        ),
        (
            '{ node(id: "Sm9iOjk5OTk5OTk5OTk5OQ") { id } }',
            "The number in an id must be 1 to 2147483647; got '999999999999'.",
        ),
        ("{ jobs(first: 251) { totalCount } }", "first must be 0 to 250; got 251."),
        ("{ jobs(last: -1) { totalCount } }", "last must be 0 to 250; got -1."),
        ("{ jobs(first: 1, last: 1) { totalCount } }", "first and last must not be given together; give one of them."),
        (
            '{ jobs(after: "x") { totalCount } }',
            "after: 'x' is not a cursor. Use an `endCursor` or a `startCursor` of this list.",
        ),
        (
            '{ jobs(filter: {scrapedDate: {lt: "2026-01-01T00:00:00"}}) { totalCount } }',
            "filter.scrapedDate.lt: '2026-01-01T00:00:00' is not a valid time. Write it with its time zone,"
            " as 2026-01-31T12:00:00Z.",
        ),
        *(
            (
                f'{{ jobs(filter: {{{field}: {{eq: "{value}"}}}}) {{ totalCount }} }}',
                f"filter.{field}.eq: '{value}' is out of range: a {kind} must be from 0001-01-02 to 9999-12-30{zone}.",
            )
            for field, kind, zone, values in (
                ("postingDate", "date", "", ["0001-01-01", "9999-12-31"]),
                (
                    "scrapedDate",
                    "time",
                    " in UTC",
                    ["0001-01-01T23:59:59Z", "9999-12-31T00:00:00Z", "0001-01-01T00:00:00+14:00"],
                ),
            )
            for value in values
        ),
        (
            '{ jobs(filter: {title: {contains: "a\\u0000"}}) { totalCount } }',
            "A string must not contain the character U+0000.",
        ),
        (
            "{ jobs { nothing } }",
            "Cannot query field 'nothing' on type 'JobConnection'. Its fields: edges, nodes, pageInfo, "
            "totalCount, aggregate, groupBy.",
        ),
        ("{ jobs(", "Syntax Error: Expected Name, found <EOF>. The document ends too early: close every brace."),
    ],
)
async def test_bad_input_names_the_argument_the_rule_and_the_value(api: Api, query: str, message: str) -> None:
    code, found = await api.error(query)

    assert code == "BAD_REQUEST"
    assert found == message


@pytest.mark.parametrize("given", [{}, {"id": None}, {"id": "Sm9iOjM", "databaseId": 3}])
async def test_variables_are_rejected_alike_each_time(api: Api, given: dict[str, Any]) -> None:
    query = "query Q($by: JobBy!) { job(by: $by) { id } }"
    await api.data(query, {"by": {"databaseId": 1}})

    first = await api.error(query, {"by": given})

    assert first[0] == "BAD_REQUEST"
    assert await api.error(query, {"by": given}) == first


async def test_a_cursor_of_another_order_is_rejected(api: Api) -> None:
    await api.add(Job(title="Job", company="Firm"))
    cursor = (await api.data("{ jobs { pageInfo { endCursor } } }"))["jobs"]["pageInfo"]["endCursor"]

    code, message = await api.error(f'{{ jobs(after: "{cursor}", orderBy: {{field: TITLE}}) {{ totalCount }} }}')

    assert code == "BAD_REQUEST"
    assert message.startswith("after: cursor ")
