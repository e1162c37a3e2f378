"""Contacts and their links, over HTTP on both engines."""

from typing import Any

import pytest

from tests.conftest import Api, everything
from tests.writing.conftest import World


@pytest.fixture
def world(api: Api) -> World:
    return World(api)


async def link(api: Api, contact: str, role: str = "RECRUITER", **subject: str) -> str:
    payload = await api.mutate("createContactLink", "contactLink { id }", contactId=contact, role=role, **subject)
    row_id: str = payload["contactLink"]["id"]
    return row_id


async def test_a_contact_is_linked_tagged_filtered_and_found(api: Api, world: World) -> None:
    contact, other = await world.contact(name="Ada Lovelace", notes="Knows engines."), await world.contact()
    job, company = await world.job(), await world.company()
    application = await world.application(jobId=job)
    await link(api, contact, "REFERRER", applicationId=application)
    await link(api, contact, jobId=job)
    await link(api, contact, "EMPLOYEE", companyId=company)
    await link(api, other, jobId=job)
    assert await api.mutate("addTags", "count", ids=[contact, company], names=["helpful"]) == {"count": 2}

    links = "contactLinks { role contact { name } }"
    data = await api.data(
        f"""query($contact: ID!, $application: ID!, $contacts: ContactFilter, $applications: ApplicationFilter) {{
            contacts(filter: $contacts) {{ nodes {{ name }} }}
            applications(filter: $applications) {{ totalCount }}
            contact(by: {{id: $contact}}) {{ tags {{ name }}
                links {{ role company {{ id }} job {{ id }} application {{ id }} }} }}
            jobs {{ nodes {{ {links} }} }} companies {{ nodes {{ {links} }} }}
            application(by: {{id: $application}}) {{ {links} }}
            search(query: "engines", types: [CONTACT]) {{ node {{ id }} snippet }}
            }}""",
        {
            "contact": contact,
            "application": application,
            "contacts": {
                "tags": {"some": {"name": {"eq": "helpful"}}},
                "links": {"some": {"role": {"eq": "EMPLOYEE"}}},
            },
            "applications": {"contactLinks": {"some": {"contact": {"name": {"contains": "ada"}}}}},
        },
    )
    blank = {"company": None, "job": None, "application": None}
    assert data["contact"] == {
        "tags": [{"name": "helpful"}],
        "links": [
            {**blank, "role": "REFERRER", "application": {"id": application}},
            {**blank, "role": "RECRUITER", "job": {"id": job}},
            {**blank, "role": "EMPLOYEE", "company": {"id": company}},
        ],
    }
    ada, anybody = {"contact": {"name": "Ada Lovelace"}}, {"contact": {"name": "Ada"}}
    assert data["jobs"]["nodes"] == [{"contactLinks": [{"role": "RECRUITER", **ada}, {"role": "RECRUITER", **anybody}]}]
    assert data["companies"]["nodes"] == [{"contactLinks": [{"role": "EMPLOYEE", **ada}]}]
    assert data["application"] == {"contactLinks": [{"role": "REFERRER", **ada}]}
    assert data["contacts"]["nodes"] == [{"name": "Ada Lovelace"}]
    assert data["applications"] == {"totalCount": 1}
    assert data["search"] == [{"node": {"id": contact}, "snippet": "Knows <mark>engines</mark>."}]


async def test_a_contact_has_a_role_there_once(api: Api, world: World) -> None:
    contact, job = await world.contact(), await world.job()
    first = await link(api, contact, jobId=job)
    second = await link(api, contact, "INTERVIEWER", jobId=job)  # another role
    await link(api, await world.contact(), jobId=job)  # another contact
    await link(api, contact, jobId=await world.job())  # another job
    taken = ("ALREADY_LINKED", "Contact 1 is already linked there as RECRUITER (ContactLink 1).")
    again = {"contactId": contact, "jobId": job, "role": "RECRUITER"}

    (code, path, message) = (await api.rejected("createContactLink", **again))[0]
    assert (code, message, path) == (*taken, "input.contactId")
    assert await api.rejected("updateContactLink", id=second, version=1, role="RECRUITER") == [(code, path, message)]
    query = """mutation($input: CreateContactLinkInput!) { createContactLink(input: $input) {
        userErrors { ... on AlreadyLinkedError { contactLink { id } } } } }"""
    data = await api.data(query, {"input": again})
    assert data["createContactLink"]["userErrors"] == [{"contactLink": {"id": first}}]

    items = [{**again, "role": role} for role in ("REFERRER", "REFERRER", "RECRUITER", "EMPLOYEE")]
    payload = await api.mutate(
        "createContactLinks", "results { contactLink { role } userErrors { code } }", items=items, atomic=False
    )
    assert payload["results"] == [
        {"contactLink": {"role": "REFERRER"}, "userErrors": []},
        {"contactLink": None, "userErrors": [{"code": "ALREADY_LINKED"}]},
        {"contactLink": None, "userErrors": [{"code": "ALREADY_LINKED"}]},
        {"contactLink": {"role": "EMPLOYEE"}, "userErrors": []},
    ]


async def test_a_link_can_be_moved(api: Api, world: World) -> None:
    contact, company = await world.contact(), await world.company()
    row_id = await link(api, contact, jobId=await world.job())
    selection = "contactLink { role job { id } company { id } history { operation } }"
    moved = await api.mutate("updateContactLink", selection, id=row_id, version=1, jobId=None, companyId=company)

    history = [{"operation": "UPDATE"}, {"operation": "CREATE"}]
    assert moved["contactLink"] == {"role": "RECRUITER", "job": None, "company": {"id": company}, "history": history}


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({}, [("REQUIRED", "input", "Give exactly one of companyId, jobId, applicationId; got 0.")]),
        (
            {"jobId": "Sm9iOjE", "companyId": "Q29tcGFueTox"},
            [("REQUIRED", "input", "Give exactly one of companyId, jobId, applicationId; got 2.")],
        ),
        ({"jobId": "Sm9iOjk5"}, [("NOT_FOUND", "input.jobId", "Job 99 not found.")]),
        (
            {"jobId": "Sm9iOjE", "contactId": "Q29udGFjdDo5OQ"},
            [("NOT_FOUND", "input.contactId", "Contact 99 not found.")],
        ),
        (
            {"jobId": "Q29udGFjdDox"},
            [
                (
                    "WRONG_TYPE",
                    "input.jobId",
                    "jobId must be an id of type Job; got one of type Contact: 'Q29udGFjdDox'.",
                )
            ],
        ),
    ],
)
async def test_what_is_rejected(
    api: Api, world: World, given: dict[str, Any], errors: list[tuple[str, str, str]]
) -> None:
    contact = await world.contact()
    await world.job()
    await world.company()

    assert await api.rejected("createContactLink", **{"contactId": contact, **given}) == errors


async def test_a_profile_is_a_url(api: Api) -> None:
    (error,) = await api.rejected("createContact", name="Ada", profileUrl="ada")
    assert error == ("INVALID_URL", "input.profileUrl", "profileUrl must be an http or https URL; got 'ada'.")


@pytest.mark.parametrize("end", ["Contact", "Job", "Company", "Application"])
async def test_links_go_with_either_end_and_come_back(api: Api, world: World, end: str) -> None:
    job = await world.job()
    ids = {
        "Contact": await world.contact(),
        "Job": job,
        "Company": await world.company(),
        "Application": await world.application(jobId=job),
    }
    for subject in ("Job", "Company", "Application"):
        await link(api, ids["Contact"], **{f"{subject.lower()}Id": ids[subject]})
    before = await everything(api.database)

    deleted = await api.mutate(f"delete{end}", "change { id }", id=ids[end])
    left = (await everything(api.database))["contact_links"]
    assert len(left) == {"Contact": 0, "Job": 1, "Company": 2, "Application": 2}[end]
    await api.mutate("undoChange", "changes { id }", id=deleted["change"]["id"])
    after = await everything(api.database)
    for table in ("contacts", "contact_links", "jobs", "companies", "applications"):
        assert after[table] == before[table]


async def test_purging_a_company_keeps_the_history_of_its_contacts(api: Api, world: World) -> None:
    contact, company = await world.contact(name="Ada"), await world.company(name="Secret")
    row_id = await link(api, contact, companyId=company)
    await api.mutate("updateContact", "contact { id }", id=contact, version=1, notes="called")
    selection = """query($id: ID!) { contact(by: {id: $id}) { name notes links { id }
        history { operation columns { field after } } timeline { kind } } }"""
    before = (await api.data(selection, {"id": contact}))["contact"]

    purged = await api.mutate("purge", "purgedIds", id=company)
    assert set(purged["purgedIds"]) == {company, row_id}
    after = (await api.data(selection, {"id": contact}))["contact"]
    assert after == {**before, "links": [], "timeline": [{"kind": "CHANGE"}] * 2}
    assert all(change["columns"] for change in after["history"])
    log = (await everything(api.database))["change_log"]
    assert {entry.entity for entry in log if entry.before or entry.after} == {"Contact"}

    await api.mutate("purge", "purgedIds", id=contact)
    assert (await api.data('{ search(query: "ada") { score } }')) == {"search": []}
    log = (await everything(api.database))["change_log"]
    assert not [entry for entry in log if entry.before or entry.after]


async def test_contacts_are_in_timelines(api: Api, world: World) -> None:
    contact, company, job = await world.contact(), await world.company(), await world.job()
    application = await world.application(jobId=job)
    for subject in ({"companyId": company}, {"jobId": job}, {"applicationId": application}):
        await link(api, contact, **subject)
    timeline = "timeline { kind node { ... on ContactLink { role } } }"
    data = await api.data(
        f"""query($job: ID!, $application: ID!, $company: ID!, $contact: ID!) {{
            job(by: {{id: $job}}) {{ {timeline} }} application(by: {{id: $application}}) {{ {timeline} }}
            company(by: {{id: $company}}) {{ {timeline} }} contact(by: {{id: $contact}}) {{ {timeline} }} }}""",
        {"job": job, "application": application, "company": company, "contact": contact},
    )
    assert [row["timeline"][-1] for row in data.values()] == [{"kind": "CONTACT", "node": {"role": "RECRUITER"}}] * 4


async def test_statements_do_not_grow_with_rows(api: Api, world: World) -> None:
    job = await world.job()
    counts: dict[str, list[int]] = {"create": [], "link": [], "update": [], "read": [], "delete": []}
    for count in (2, 100):
        items: list[dict[str, Any]] = [{"name": f"Ada {number}"} for number in range(count)]
        found = (await api.mutate("createContacts", "results { contact { id } }", items=items))["results"]
        counts["create"].append(len(api.statements))
        ids = [one["contact"]["id"] for one in found]
        items = [{"contactId": one, "jobId": job} for one in ids]
        found = (await api.mutate("createContactLinks", "results { contactLink { id } }", items=items))["results"]
        counts["link"].append(len(api.statements))
        items = [{"id": one["contactLink"]["id"], "version": 1, "role": "REFERRER"} for one in found]
        await api.mutate("updateContactLinks", "results { contactLink { role } }", items=items)
        counts["update"].append(len(api.statements))
        await api.data("{ contacts(first: 250) { nodes { links { job { title } } tags { name } timeline { kind } } } }")
        counts["read"].append(len(api.statements))
        await api.mutate("deleteContacts", "results { change { id } }", items=[{"id": one} for one in ids])
        counts["delete"].append(len(api.statements))
    assert all(few == many <= 9 for few, many in counts.values()), counts
