"""Typical mistakes of a frontend developer: the message of each says how to go on."""

from typing import Any

import pytest

from jobbot_gql.api.types.global_ids import encode
from jobbot_gql.applications.models import Application
from tests.conftest import Api
from tests.rows import new_company, new_job

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)

JOB, APPLICATION = encode("Job", 1), encode("Application", 1)
ERRORS = "{ userErrors { message path } }"
BY_ID = "query($id: ID!) { job(by: {id: $id}) { title } }"
CREATE = f"mutation($input: CreateJobInput!) {{ createJob(input: $input) {ERRORS} }}"
UPDATE = f"mutation($input: UpdateJobInput!) {{ updateJob(input: $input) {ERRORS} }}"
LIST = "{ jobs { totalCount } }"

OPERATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "enum in another case": ("{ jobs(filter: {status: {eq: Applied}}) { totalCount } }", {}),
    "enum as a string": ('{ jobs(filter: {status: {eq: "APPLIED"}}) { totalCount } }', {}),
    "enum without an operator": ("{ jobs(filter: {status: APPLIED}) { totalCount } }", {}),
    "enum variable in another case": (
        "query($s: JobStatus!) { jobs(filter: {status: {eq: $s}}) { totalCount } }",
        {"s": "applied"},
    ),
    "enum variable as a string": (
        "query($s: String!) { jobs(filter: {status: {eq: $s}}) { totalCount } }",
        {"s": "APPLIED"},
    ),
    "unknown enum value": ("{ companies(filter: {size: {eq: HUGE}}) { totalCount } }", {}),
    "text without an operator": ('{ jobs(filter: {title: "Developer"}) { totalCount } }', {}),
    "SQL's operator": ('{ jobs(filter: {title: {like: "Dev"}}) { totalCount } }', {}),
    "unknown column in a filter": ("{ jobs(filter: {salary: {gt: 5}}) { totalCount } }", {}),
    "list without its operator": ('{ jobs(filter: {keywords: {contains: "x"}}) { totalCount } }', {}),
    "relation to many without some": (
        "{ jobs(filter: {applications: {status: {eq: SUBMITTED}}}) { totalCount } }",
        {},
    ),
    "relation to one with some": (
        '{ applications(filter: {job: {some: {title: {eq: "a"}}}}) { totalCount } }',
        {},
    ),
    "where": ('{ jobs(where: {title: {eq: "a"}}) { totalCount } }', {}),
    "limit": ("{ jobs(limit: 5) { nodes { id } } }", {}),
    "offset": ("{ jobs(first: 5, offset: 10) { nodes { id } } }", {}),
    "page": ("{ jobs(page: 2) { nodes { id } } }", {}),
    "sort": ('{ jobs(sort: "title") { nodes { id } } }', {}),
    "order as an enum": ("{ jobs(orderBy: TITLE) { nodes { id } } }", {}),
    "order by a field's name": ("{ jobs(orderBy: {field: salaryMax}) { nodes { id } } }", {}),
    "order by id": ("{ jobs(orderBy: {field: ID}) { nodes { id } } }", {}),
    "direction in lower case": ("{ jobs(orderBy: {field: TITLE, direction: desc}) { nodes { id } } }", {}),
    "page size too large": ("{ jobs(first: 1000) { nodes { id } } }", {}),
    "page size negative": ("{ jobs(first: -1) { nodes { id } } }", {}),
    "page size as a string": ("query($n: Int) { jobs(first: $n) { nodes { id } } }", {"n": "5"}),
    "first and last": ("{ jobs(first: 5, last: 5) { nodes { id } } }", {}),
    "not a cursor": ('{ jobs(after: "abc") { nodes { id } } }', {}),
    "cursor of another list": ("query($c: String) { companies(after: $c) { nodes { id } } }", {"c": "CURSOR"}),
    "cursor of another order": (
        "query($c: String) { jobs(after: $c, orderBy: {field: COMPANY}) { nodes { id } } }",
        {"c": "CURSOR"},
    ),
    "cursor of no change": ('{ changes(after: "xyz") { nodes { id } } }', {}),
    "connection without selection": ("{ jobs }", {}),
    "connection as a list": ("{ jobs { title } }", {}),
    "edge as a node": ("{ jobs { edges { title } } }", {}),
    "misspelt field": ("{ jobs { nodes { titel } } }", {}),
    "snake case": ("{ jobs { nodes { salary_min } } }", {}),
    "selection on a scalar": ("{ jobs { nodes { title { text } } } }", {}),
    "field of a type on node": (f'{{ node(id: "{JOB}") {{ title }} }}', {}),
    "id as an argument": ('{ job(id: "5") { title } }', {}),
    "database id as an id": ('{ job(by: {id: "5"}) { title } }', {}),
    "id of another type": (BY_ID, {"id": APPLICATION}),
    "two keys": ("query($by: JobBy!) { job(by: $by) { title } }", {"by": {"id": JOB, "jobUrl": None}}),
    "variable not given": (BY_ID, {}),
    "variable null": (BY_ID, {"id": None}),
    "variable as a list": (BY_ID, {"id": [JOB]}),
    "variable not declared": ("query { job(by: {id: $id}) { title } }", {"id": JOB}),
    "variable of another type": ("query($id: String!) { job(by: {id: $id}) { title } }", {"id": JOB}),
    "variable not used": ("query($id: ID!) { jobs { totalCount } }", {"id": JOB}),
    "variables without input": (CREATE, {"title": "T", "company": "C"}),
    "invented input type": (f"mutation($input: JobInput!) {{ createJob(input: $input) {ERRORS} }}", {}),
    "German date": ('{ applications(filter: {applicationDate: {gte: "01.05.2026"}}) { totalCount } }', {}),
    "date for a time": ('{ applications(filter: {applicationDate: {gte: "2026-05-01"}}) { totalCount } }', {}),
    "time for a date": ('{ jobs(filter: {postingDate: {gte: "2026-05-01T00:00:00Z"}}) { totalCount } }', {}),
    "30 February": ('{ jobs(filter: {postingDate: {gte: "2026-02-30"}}) { totalCount } }', {}),
    "seconds for a time": ("{ applications(filter: {applicationDate: {gte: 1700000000}}) { totalCount } }", {}),
    "mutation without input": (f'mutation {{ createJob(title: "T", company: "C") {ERRORS} }}', {}),
    "row of a payload": ('mutation { createJob(input: {title: "T", company: "C"}) { id } }', {}),
    "required field missing": (CREATE, {"input": {"title": "T"}}),
    "text for a number": (CREATE, {"input": {"title": "T", "company": "C", "salaryMin": "50k"}}),
    "blank title": (CREATE, {"input": {"title": " ", "company": "C"}}),
    "minimum above maximum": (CREATE, {"input": {"title": "T", "company": "C", "salaryMin": 5, "salaryMax": 3}}),
    "address without a scheme": (CREATE, {"input": {"title": "T", "company": "C", "jobUrl": "a.example/1"}}),
    "version missing": (UPDATE, {"input": {"id": JOB, "title": "T"}}),
    "version stale": (UPDATE, {"input": {"id": JOB, "version": 9, "title": "T"}}),
    "row of another type": (UPDATE, {"input": {"id": APPLICATION, "version": 1, "title": "T"}}),
    "row deleted": (UPDATE, {"input": {"id": encode("Job", 99), "version": 1, "title": "T"}}),
    "status by update": (
        f"mutation($input: UpdateApplicationInput!) {{ updateApplication(input: $input) {ERRORS} }}",
        {"input": {"id": APPLICATION, "version": 1, "status": "REJECTED"}},
    ),
    "delete without input": (f'mutation {{ deleteJob(id: "{JOB}") {ERRORS} }}', {}),
    "mutation as a query": (f'{{ createJob(input: {{title: "T", company: "C"}}) {ERRORS} }}', {}),
    "query as a mutation": ("mutation { jobs { totalCount } }", {}),
    "second open application": (f'mutation {{ submitApplication(input: {{job: {{id: "{JOB}"}}}}) {ERRORS} }}', {}),
    "too many rows": (
        "{ jobs(first: 250) { nodes { applications(first: 250) { nodes { job { applications(first: 250) { nodes"
        " { id } } } } } } } }",
        {},
    ),
    "brace missing": ("{ jobs { totalCount }", {}),
    "brace too many": ("{ jobs { totalCount } } }", {}),
    "single quotes": ("{ jobs(filter: {title: {eq: 'a'}}) { totalCount } }", {}),
    "two operations": ("query A { jobs { totalCount } } query B { jobs { totalCount } }", {}),
    "fragment not sent": ("{ jobs { nodes { ...JobCard } } }", {}),
    "two fields of one name": ("{ a: jobs { totalCount } a: companies { totalCount } }", {}),
    "subscription over HTTP": ("subscription { jobs { id } }", {}),
    "empty search": ('{ search(query: "") { score } }', {}),
}
REQUESTS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "another path": ("POST", "/api/graphql", {"json": {"query": LIST}}),
    "PUT": ("PUT", "/graphql", {"json": {"query": LIST}}),
    "mutation by GET": ("GET", "/graphql?query=mutation{x}", {"headers": {"accept": "application/json"}}),
    "no content type": ("POST", "/graphql", {"content": '{"query": "{ jobs { totalCount } }"}'}),
    "a form": ("POST", "/graphql", {"data": {"query": LIST}}),
    "only a document": ("POST", "/graphql", {"content": LIST, "headers": {"content-type": "application/json"}}),
    "nothing": ("POST", "/graphql", {"content": "", "headers": {"content-type": "application/json"}}),
    "a JSON string": ("POST", "/graphql", {"json": LIST}),
    "a batch": ("POST", "/graphql", {"json": [{"query": LIST}]}),
    "no query": ("POST", "/graphql", {"json": {"variables": {}}}),
    "variables as a string": ("POST", "/graphql", {"json": {"query": LIST, "variables": "{}"}}),
    "variables as a list": ("POST", "/graphql", {"json": {"query": LIST, "variables": []}}),
    "another operation name": (
        "POST",
        "/graphql",
        {"json": {"query": "query A { jobs { totalCount } }", "operationName": "B"}},
    ),
    "accepts HTML": ("POST", "/graphql", {"json": {"query": LIST}, "headers": {"accept": "text/html"}}),
    "not a token": ("POST", "/graphql", {"json": {"query": LIST}, "headers": {"authorization": "abc"}}),
    "another origin": ("POST", "/graphql", {"json": {"query": LIST}, "headers": {"origin": "http://localhost:5173"}}),
    "another host": ("POST", "/graphql", {"json": {"query": LIST}, "headers": {"host": "board.example"}}),
    "another export": ("GET", "/export/jobs.xlsx", {}),
}

MESSAGES = {
    "enum in another case": "Unknown JobStatus 'Applied' in filter.status.eq. Did you mean APPLIED?",
    "enum as a string": 'filter.status.eq must be a JobStatus; got "APPLIED". Did you mean APPLIED?',
    "enum without an operator": (
        "filter.status must be an object of type JobStatusFilter; got APPLIED. Write `{eq: …}`."
    ),
    "enum variable in another case": "Unknown JobStatus 'applied'. Did you mean APPLIED?",
    "enum variable as a string": (
        "Variable '$s' of type 'String!' used in position expecting type 'JobStatus'; declare it: `$s: JobStatus`."
    ),
    "unknown enum value": "Unknown CompanySize 'HUGE' in filter.size.eq. Its values: SMALL, MEDIUM, LARGE.",
    "text without an operator": (
        'filter.title must be an object of type StringFilter; got "Developer". Write `{eq: …}`.'
    ),
    "SQL's operator": (
        "Unknown field 'like' in filter.title (StringFilter). Its fields: eq, ne, in, notIn, isNull, "
        "contains, startsWith, endsWith."
    ),
    "unknown column in a filter": "Unknown field 'salary' in filter (JobFilter). Did you mean salaryMax or salaryMin?",
    "list without its operator": (
        "Unknown field 'contains' in filter.keywords (StringListFilter). Its fields: has, isEmpty."
    ),
    "relation to many without some": (
        "Unknown field 'status' in filter.applications (ApplicationListFilter). Write `some: {status: …}`."
    ),
    "relation to one with some": (
        "Unknown field 'some' in filter.job (JobFilter). It relates to one row: give the row's conditions directly."
    ),
    "where": "Unknown argument 'where' on Query.jobs. Use `filter`.",
    "limit": "Unknown argument 'limit' on Query.jobs. Use `first` (at most 250).",
    "offset": ("Unknown argument 'offset' on Query.jobs. Use `after`, with the `endCursor` of the page before."),
    "page": ("Unknown argument 'page' on Query.jobs. Use `after`, with the `endCursor` of the page before."),
    "sort": "Unknown argument 'sort' on Query.jobs. Use `orderBy`.",
    "order as an enum": "orderBy must be an object of type JobOrder; got TITLE. Write `{field: …}`.",
    "order by a field's name": "Unknown JobOrderField 'salaryMax' in orderBy.field. Did you mean SALARY_MAX?",
    "order by id": "Unknown JobOrderField 'ID' in orderBy.field. The schema lists its 20 values.",
    "direction in lower case": "Unknown OrderDirection 'desc' in orderBy.direction. Did you mean DESC?",
    "page size too large": "first must be 0 to 250; got 1000.",
    "page size negative": "first must be 0 to 250; got -1.",
    "page size as a string": "$n must be an integer; got '5'.",
    "first and last": "first and last must not be given together; give one of them.",
    "not a cursor": "after: 'abc' is not a cursor. Use an `endCursor` or a `startCursor` of this list.",
    "cursor of another list": "after: cursor 'CURSOR' belongs to another list or order. Start again without it.",
    "cursor of another order": "after: cursor 'CURSOR' belongs to another list or order. Start again without it.",
    "cursor of no change": (
        "after: 'xyz' is not a cursor of the change log. Use an `endCursor`, a `newestCursor` or a change's `cursor`."
    ),
    "connection without selection": (
        "Field 'jobs' of type 'JobConnection!' must have a selection of subfields. Did you mean 'jobs { ... }'?"
    ),
    "connection as a list": "Cannot query field 'title' on type 'JobConnection'. Write `nodes { title }`.",
    "edge as a node": "Cannot query field 'title' on type 'JobEdge'. Write `node { title }`.",
    "misspelt field": "Cannot query field 'titel' on type 'Job'. Did you mean 'title'?",
    "snake case": (
        "Cannot query field 'salary_min' on type 'Job'. Did you mean 'salaryMin', 'salaryMax', or 'salary'?"
    ),
    "selection on a scalar": "Field 'title' must not have a selection since type 'String!' has no subfields.",
    "field of a type on node": (
        "Cannot query field 'title' on type 'Node'. Did you mean to use an inline fragment on 'Contact', "
        "'Job', 'Posting', or 'Reference'?"
    ),
    "id as an argument": "Unknown argument 'id' on Query.job. Write `by: {id: …}`.",
    "database id as an id": "'5' is not a global id. Use an `id` from an earlier answer, or `by: {databaseId: 5}`.",
    "id of another type": "by.id must be an id of type Job; got one of type Application: 'QXBwbGljYXRpb246MQ'.",
    "two keys": "Give exactly one of id, databaseId, jobUrl and omit the others (null counts as given).",
    "variable not given": "Variable '$id' is required but was not provided.",
    "variable null": "$id must not be null.",
    "variable as a list": "$id must be an ID, which is a string; got ['Sm9iOjE'].",
    "variable not declared": "Variable '$id' is not defined; declare it: `query($id: ID!)`.",
    "variable of another type": (
        "Variable '$id' of type 'String!' used in position expecting type 'ID'; declare it: `$id: ID`."
    ),
    "variable not used": "Variable '$id' is never used. Use it, or remove its declaration.",
    "variables without input": "Variable '$input' is required but was not provided.",
    "invented input type": (
        "Unknown type 'JobInput'. Did you mean CreateJobInput, UpdateJobInput, UpsertJobInput, DeleteJobInput?"
    ),
    "German date": (
        "filter.applicationDate.gte: '01.05.2026' is not a valid time. Write it with its time zone, as "
        "2026-01-31T12:00:00Z."
    ),
    "date for a time": (
        "filter.applicationDate.gte: '2026-05-01' is not a valid time. Write it with its time zone, as "
        "2026-01-31T12:00:00Z."
    ),
    "time for a date": ("filter.postingDate.gte: '2026-05-01T00:00:00Z' is not a valid date. Write it as 2026-01-31."),
    "30 February": (
        "filter.postingDate.gte: '2026-02-30' is not a valid date: February 2026 has 28 days. Write it as 2026-01-31."
    ),
    "seconds for a time": (
        "filter.applicationDate.gte: 1700000000 is not a valid time. Write it with its time zone, as "
        "2026-01-31T12:00:00Z."
    ),
    "mutation without input": "Unknown argument 'title' on Mutation.createJob. Write `input: {title: …}`.",
    "row of a payload": "Cannot query field 'id' on type 'CreateJobPayload'. Write `job { id }`.",
    "required field missing": "input.company is required but was not provided.",
    "text for a number": "input.salaryMin must be an integer; got '50k'.",
    "blank title": "title must not be blank.",
    "minimum above maximum": "salaryMin (5) must not be greater than salaryMax (3).",
    "address without a scheme": "jobUrl must be an http or https URL; got 'a.example/1'.",
    "version missing": "input.version is required but was not provided.",
    "version stale": "The row has changed: its version is 1, not 9. Read it again and repeat the edit.",
    "row of another type": "id must be an id of type Job; got one of type Application: 'QXBwbGljYXRpb246MQ'.",
    "row deleted": "Job 99 not found.",
    "status by update": ("Unknown field 'status' in $input (UpdateApplicationInput). Use `changeApplicationStatus`."),
    "delete without input": "Unknown argument 'id' on Mutation.deleteJob. Write `input: {id: …}`.",
    "mutation as a query": (
        "Cannot query field 'createJob' on type 'Query'. It is a field of Mutation: begin the operation "
        "with `mutation`."
    ),
    "query as a mutation": (
        "Cannot query field 'jobs' on type 'Mutation'. It is a field of Query: begin the operation with `query`."
    ),
    "second open application": (
        "You already have an open application for Job 1 (Application 1). To apply again, set allowRepeat "
        "and give repeatReason."
    ),
    "too many rows": (
        "The operation is too complex: cost is 15,813,002, at most 200,000 is allowed (JOBBOT_MAX_COST). "
        "Request fewer rows with `first`, or fewer nested lists."
    ),
    "brace missing": ("Syntax Error: Expected Name, found <EOF>. The document ends too early: close every brace."),
    "brace too many": "Syntax Error: Unexpected '}'. It closes nothing: remove it, or open a brace before.",
    "single quotes": ("Syntax Error: Unexpected single quote character ('), did you mean to use a double quote (\")?"),
    "two operations": "The document has 2 operations; name one in operationName.",
    "fragment not sent": "Unknown fragment 'JobCard'. Add its definition to the document.",
    "two fields of one name": (
        "Fields 'a' conflict because 'jobs' and 'companies' are different fields. Use different aliases "
        "on the fields to fetch both if this was intentional."
    ),
    "subscription over HTTP": (
        "Subscriptions require a WebSocket with the sub-protocol graphql-transport-ws, or the header"
        " `Accept: text/event-stream`."
    ),
    "empty search": "query must have a word to find; got ''.",
    "another path": "404 /api/graphql not found. The GraphQL endpoint is /graphql.",
    "PUT": "405 Method PUT is not allowed. Use POST, or GET for queries.",
    "mutation by GET": "405 Mutations require POST; GET is for queries.",
    "no content type": "415 Content-Type must be application/json in UTF-8; got ''.",
    "a form": ("415 Content-Type must be application/json in UTF-8; got 'application/x-www-form-urlencoded'."),
    "only a document": (
        "400 The body must be JSON in UTF-8 (unexpected character, expected a string key: line 1 column 3 (char 2))."
    ),
    "nothing": (
        "400 The body must be JSON in UTF-8 (Input is a zero-length, empty document: line 1 column 1 (char 0))."
    ),
    "a JSON string": '400 The body must be a JSON object; got "{ jobs { totalCount } }".',
    "a batch": (
        "400 The body must be one JSON object; batches of operations are not supported. Send a request for each."
    ),
    "no query": "400 query must be a string, the GraphQL document; got null.",
    "variables as a string": (
        '400 variables must be an object or null; got "{}". Send it as JSON, not as a string that contains JSON.'
    ),
    "variables as a list": "400 variables must be an object or null; got [].",
    "another operation name": "200 Operation 'B' is not in the document; check operationName.",
    "accepts HTML": (
        "406 Accept must allow application/graphql-response+json, application/json or text/event-stream; got"
        " 'text/html'."
    ),
    "not a token": "401 Invalid token. Send `Authorization: Bearer <token>`.",
    "another origin": (
        "403 Cross-site request from 'http://localhost:5173' was rejected. Allow the origin with "
        "JOBBOT_ALLOWED_ORIGINS."
    ),
    "another host": "400 Host 'board.example' is not allowed. Add it to JOBBOT_ALLOWED_HOSTS.",
    "another export": (
        "404 The name of an export must be bundle.zip or end with .csv, .jsonl, .json; got 'jobs.xlsx'."
    ),
}
"""By mistake; of requests that are not of GraphQL, after the status."""


async def test_each_mistake_has_a_message_that_says_how_to_go_on(api: Api) -> None:
    await api.add(new_job(applications=[Application()]), new_company())
    cursor = (await api.data("{ jobs(first: 1, orderBy: {field: TITLE}) { pageInfo { endCursor } } }"))["jobs"][
        "pageInfo"
    ]["endCursor"]
    found = {}
    for name, (document, variables) in OPERATIONS.items():
        given = {key: cursor if value == "CURSOR" else value for key, value in variables.items()}
        answer = await api.answer(document, given)
        if "errors" in answer:
            message = answer["errors"][0]["message"]
        else:
            ((payload),) = answer["data"].values()
            message = payload["userErrors"][0]["message"]
        found[name] = message.replace(cursor, "CURSOR")
    for name, (method, path, given) in REQUESTS.items():
        response = await api.http.request(method, path, **given)
        found[name] = f"{response.status_code} {response.json()['errors'][0]['message']}"

    assert found == MESSAGES
