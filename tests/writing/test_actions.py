"""Acts with rules: applying, changing statuses, answers, references, outreach; over HTTP on both engines."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.conftest import Api, everything
from tests.writing.conftest import World

EVENTS = "statusEvents { fromStatus toStatus occurredAt note }"
APPLICATION = f"application {{ id version status applicationDate responseDate {EVENTS} }}"


def day(number: int) -> str:
    return f"2026-03-{number:02}T12:00:00+00:00"


def event(before: str | None, after: str, at: str, note: str | None = None) -> dict[str, Any]:
    return {"fromStatus": before, "toStatus": after, "occurredAt": at, "note": note}


async def row(api: Api, field: str, selection: str, row_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (
        await api.data(f"query($id: ID!) {{ {field}(by: {{id: $id}}) {{ {selection} }} }}", {"id": row_id})
    )[field]
    return found


async def test_applying(api: Api, world: World) -> None:
    job = await world.job(status="TARGETED")
    claim = {"claimType": "embellishment", "originalExperience": "o", "claimedExperience": "c"}

    payload = await api.mutate(
        "submitApplication",
        f"{APPLICATION} application {{ resumeVersion notes integrityScore experienceClaims {{ claimType }} }}"
        f" job {{ status version statusEvents {{ toStatus note }} }}",
        jobId=job,
        occurredAt=day(1),
        note="By post.",
        resumeVersion="r",
        notes="n",
        experienceClaims=[claim | {"exaggerationMultiplier": 2.0}],
    )

    assert payload["application"].pop("id")
    assert payload == {
        "application": {
            "version": 1,
            "status": "SUBMITTED",
            "applicationDate": day(1),
            "responseDate": None,
            "statusEvents": [event(None, "SUBMITTED", day(1), "By post.")],
            "resumeVersion": "r",
            "notes": "n",
            "integrityScore": 37.5,
            "experienceClaims": [{"claimType": "embellishment"}],
        },
        "job": {
            "status": "APPLIED",
            "version": 2,
            "statusEvents": [
                {"toStatus": "APPLIED", "note": "An application was submitted."},
                {"toStatus": "TARGETED", "note": None},
            ],
        },
    }


async def test_applying_leaves_a_job_alone_that_is_further_on(api: Api, world: World) -> None:
    job = await world.job(status="INTERVIEWING")
    payload = await api.mutate("submitApplication", "job { status version }", jobId=job)
    assert payload == {"job": {"status": "INTERVIEWING", "version": 1}}


async def test_applying_that_is_recorded_late(api: Api, world: World) -> None:
    job = await world.job()
    await api.mutate("changeJobStatus", "", id=job, status="TARGETED", occurredAt=day(9))
    payload = await api.mutate(
        "submitApplication", "application { applicationDate } job { status }", jobId=job, occurredAt=day(5)
    )
    assert payload == {"application": {"applicationDate": day(5)}, "job": {"status": "APPLIED"}}


async def test_a_second_open_application_is_rejected_with_the_first(api: Api, world: World) -> None:
    job = await world.job()
    first = await world.application(jobId=job)
    query = """mutation($input: SubmitApplicationInput!) { submitApplication(input: $input) {
        application { id } userErrors { __typename code path message
        ... on AlreadyAppliedError { application { id status } } } } }"""
    message = (
        "You already have an open application for Job 1 (Application 1)."
        " To apply again, set allowRepeat and give repeatReason."
    )

    assert (await api.data(query, {"input": {"jobId": job}}))["submitApplication"] == {
        "application": None,
        "userErrors": [
            {
                "__typename": "AlreadyAppliedError",
                "code": "ALREADY_APPLIED",
                "path": ["input", "jobId"],
                "message": message,
                "application": {"id": first, "status": "SUBMITTED"},
            }
        ],
    }
    rejection = [("ALREADY_APPLIED", "input.jobId", message)]
    for mutation in ("submitApplication", "createApplication", "upsertApplication"):
        assert await api.rejected(mutation, jobId=job) == rejection
    no_reason = "repeatReason must give the reason for a second open application."
    for given in ({}, {"repeatReason": None}, {"repeatReason": " "}):
        assert await api.rejected("submitApplication", jobId=job, allowRepeat=True, **given) == [
            ("REQUIRED", "input.repeatReason", no_reason)
        ]

    again = await api.mutate(
        "submitApplication", APPLICATION, jobId=job, allowRepeat=True, repeatReason="New team.", note="Online."
    )
    assert again["application"]["statusEvents"][0]["note"] == "Online.\nApplied again: New team."


OPEN = (
    "You already have an open application for Job 1 (Application 2)."
    " To apply again, set allowRepeat and give repeatReason."
)
NO_REASON = [("REQUIRED", "input.repeatReason", "repeatReason must give the reason for a second open application.")]
REPEAT = {"allowRepeat": True, "repeatReason": "They called."}


async def over_and_open(world: World) -> tuple[str, str]:
    """Two applications to one job: one that is over, and one that is open."""
    job = await world.job()
    return await world.application(jobId=job, status="REJECTED"), await world.application(jobId=job)


async def test_an_application_that_is_over_does_not_come_back_beside_an_open_one(api: Api, world: World) -> None:
    over, other = await over_and_open(world)
    query = """mutation($input: ChangeApplicationStatusInput!) { changeApplicationStatus(input: $input) {
        application { id } userErrors { __typename ... on AlreadyAppliedError { application { id } } } } }"""
    change = {"id": over, "status": "PHONE_SCREEN"}

    assert (await api.data(query, {"input": change}))["changeApplicationStatus"] == {
        "application": None,
        "userErrors": [{"__typename": "AlreadyAppliedError", "application": {"id": other}}],
    }
    assert await api.rejected("changeApplicationStatus", **change) == [("ALREADY_APPLIED", "input.status", OPEN)]
    assert await api.rejected("changeApplicationStatus", **change, allowRepeat=True) == NO_REASON
    assert await api.mutate("changeApplicationStatus", "application { status }", id=over, status="GHOSTED") == {
        "application": {"status": "GHOSTED"}
    }
    again = await api.mutate("changeApplicationStatus", "statusEvent { note }", **change, **REPEAT, note="A call.")
    assert again == {"statusEvent": {"note": "A call.\nOpen again beside another: They called."}}
    change["status"] = "TECHNICAL_INTERVIEW"
    further = await api.mutate("changeApplicationStatus", "statusEvent { note }", **change, **REPEAT)
    assert further == {"statusEvent": {"note": None}}


async def test_an_answer_does_not_bring_one_back_beside_an_open_one(api: Api, world: World) -> None:
    over, _ = await over_and_open(world)
    answer = {"applicationId": over, "responseType": "OFFER"}

    assert await api.rejected("recordEmployerResponse", **answer, applyProposedStatus=True) == [
        ("ALREADY_APPLIED", "input.applyProposedStatus", OPEN)
    ]
    rejection = await api.rejected("recordEmployerResponse", **answer, applyProposedStatus=True, allowRepeat=True)
    assert rejection == NO_REASON
    proposed = await api.mutate("recordEmployerResponse", "proposedStatus application { status }", **answer)
    assert proposed == {"proposedStatus": "OFFER_RECEIVED", "application": {"status": "REJECTED"}}
    applied = await api.mutate(
        "recordEmployerResponse", "statusEvent { toStatus note }", **answer, applyProposedStatus=True, **REPEAT
    )
    note = "The employer answered: OFFER.\nOpen again beside another: They called."
    assert applied == {"statusEvent": {"toStatus": "OFFER_RECEIVED", "note": note}}


async def test_an_application_is_not_moved_to_a_job_with_an_open_one(api: Api, world: World) -> None:
    _, other = await over_and_open(world)
    moved = await world.application()
    job = (await row(api, "application", "job { id }", other))["job"]["id"]
    move = {"id": moved, "version": 1, "jobId": job}

    rejection = [("ALREADY_APPLIED", "input.jobId", OPEN)]
    for mutation in ("updateApplication", "upsertApplication"):
        assert await api.rejected(mutation, **move) == rejection
        assert await api.rejected(mutation, **move, allowRepeat=True) == NO_REASON
    payload = await api.mutate("updateApplication", f"application {{ {EVENTS} }}", **move, **REPEAT)
    events = payload["application"]["statusEvents"]
    assert [(one["fromStatus"], one["toStatus"], one["note"]) for one in events] == [
        (None, "SUBMITTED", None),
        (None, "SUBMITTED", "Applied again: They called."),
    ]
    ended = await api.mutate("changeApplicationStatus", "application { status }", id=moved, status="REJECTED")
    assert ended == {"application": {"status": "REJECTED"}}


@pytest.mark.parametrize("status", ["ACCEPTED", "REJECTED", "GHOSTED", "WITHDRAWN"])
async def test_a_job_can_be_applied_to_again_after_the_first_application_is_over(
    api: Api, world: World, status: str
) -> None:
    job = await world.job()
    await world.application(jobId=job, status=status)
    await world.application(jobId=job)
    await world.application(jobId=job, status=status)

    elsewhere = await world.application()
    assert [error[0] for error in await api.rejected("updateApplication", id=elsewhere, version=1, jobId=job)] == [
        "ALREADY_APPLIED"
    ]


async def test_statuses_have_a_history_that_is_never_rewritten(api: Api, world: World) -> None:
    application = await world.application(applicationDate=day(1))

    async def change(**given: Any) -> dict[str, Any]:
        return await api.mutate(
            "changeApplicationStatus", f"{APPLICATION} statusEvent {{ toStatus }}", id=application, **given
        )

    await change(status="PHONE_SCREEN", occurredAt=day(5), note="Mrs. A called.")
    changed = await change(status="REJECTED", occurredAt=day(9), version=2)
    assert changed == {
        "application": {
            "id": application,
            "version": 3,
            "status": "REJECTED",
            "applicationDate": day(1),
            "responseDate": None,
            "statusEvents": [
                event(None, "SUBMITTED", day(1)),
                event("SUBMITTED", "PHONE_SCREEN", day(5), "Mrs. A called."),
                event("PHONE_SCREEN", "REJECTED", day(9)),
            ],
        },
        "statusEvent": {"toStatus": "REJECTED"},
    }

    before = await everything(api.database)
    assert await change(status="REJECTED", occurredAt=day(20), note="again") == changed | {"statusEvent": None}
    assert await everything(api.database) == before


async def test_a_change_of_status_does_not_come_before_what_it_follows(api: Api, world: World) -> None:
    application = await world.application(applicationDate=day(5))
    assert await api.rejected(
        "changeApplicationStatus", id=application, status="REJECTED", occurredAt="2026-03-05T13:59:59+02:00"
    ) == [
        (
            "DATE_ORDER",
            "input.occurredAt",
            "occurredAt must not be before it began (2026-03-05T12:00:00+00:00); got 2026-03-05T11:59:59+00:00.",
        )
    ]
    await api.mutate("changeApplicationStatus", "", id=application, status="PHONE_SCREEN", occurredAt=day(10))
    assert await api.rejected("changeApplicationStatus", id=application, status="REJECTED", occurredAt=day(9)) == [
        (
            "DATE_ORDER",
            "input.occurredAt",
            f"occurredAt must not be before the last change of status ({day(10)}); got {day(9)}.",
        )
    ]
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    for mutation, given in (
        ("changeApplicationStatus", {"id": application, "status": "REJECTED"}),
        ("submitApplication", {"jobId": await world.job()}),
        ("recordEmployerResponse", {"applicationId": application, "responseType": "OTHER"}),
    ):
        ((code, path, _),) = await api.rejected(mutation, **given, occurredAt=tomorrow)
        assert (code, path) == ("IN_FUTURE", "input.occurredAt")


async def test_a_job_s_status_can_be_dated_back_before_the_job_was_added(api: Api, world: World) -> None:
    job = await world.job()
    payload = await api.mutate(
        "changeJobStatus", "job { status version } statusEvent { fromStatus toStatus occurredAt note }",
        id=job, status="ARCHIVED", occurredAt=day(1), note="Gone.",
    )  # fmt: skip
    assert payload == {
        "job": {"status": "ARCHIVED", "version": 2},
        "statusEvent": event("DISCOVERED", "ARCHIVED", day(1), "Gone."),
    }


RESPONSE = "employerResponse { responseType responseDate } proposedStatus statusEvent { toStatus occurredAt note }"


async def test_an_answer_proposes_a_status_and_sets_it_only_if_asked(api: Api, world: World) -> None:
    application = await world.application(applicationDate=day(1))

    first = await api.mutate(
        "recordEmployerResponse",
        f"{RESPONSE} {APPLICATION}",
        applicationId=application,
        responseType="INTERVIEW_REQUEST",
        occurredAt=day(3),
    )
    assert first == {
        "employerResponse": {"responseType": "INTERVIEW_REQUEST", "responseDate": day(3)},
        "proposedStatus": "PHONE_SCREEN",
        "statusEvent": None,
        "application": {
            "id": application,
            "version": 2,
            "status": "SUBMITTED",
            "applicationDate": day(1),
            "responseDate": day(3),
            "statusEvents": [event(None, "SUBMITTED", day(1))],
        },
    }

    second = await api.mutate(
        "recordEmployerResponse",
        f"{RESPONSE} {APPLICATION}",
        applicationId=application,
        responseType="REJECTION",
        occurredAt=day(8),
        applyProposedStatus=True,
        subjectLine="Sorry",
        sentimentScore=-0.5,
    )
    assert second["application"]["responseDate"] == day(3)
    assert (second["proposedStatus"], second["application"]["status"]) == ("REJECTED", "REJECTED")
    assert second["statusEvent"] == {
        "toStatus": "REJECTED",
        "occurredAt": day(8),
        "note": "The employer answered: REJECTION.",
    }


@pytest.mark.parametrize(
    ("status", "response", "proposed"),
    [
        ("SUBMITTED", "ACKNOWLEDGMENT", "ACKNOWLEDGED"),
        ("UNDER_REVIEW", "ACKNOWLEDGMENT", None),
        ("GHOSTED", "ACKNOWLEDGMENT", None),
        ("ACKNOWLEDGED", "INFO_REQUEST", "UNDER_REVIEW"),
        ("GHOSTED", "INFO_REQUEST", "UNDER_REVIEW"),
        ("PHONE_SCREEN", "ASSESSMENT", "TECHNICAL_INTERVIEW"),
        ("PHONE_SCREEN", "INTERVIEW_REQUEST", "TECHNICAL_INTERVIEW"),
        ("TECHNICAL_INTERVIEW", "INTERVIEW_REQUEST", "FINAL_INTERVIEW"),
        ("FINAL_INTERVIEW", "INTERVIEW_REQUEST", None),
        ("REJECTED", "INTERVIEW_REQUEST", "PHONE_SCREEN"),
        ("OFFER_NEGOTIATING", "OFFER", None),
        ("SUBMITTED", "OFFER", "OFFER_RECEIVED"),
        ("GHOSTED", "REJECTION", "REJECTED"),
        ("REJECTED", "REJECTION", None),
        ("ACCEPTED", "REJECTION", None),
        ("WITHDRAWN", "OFFER", None),
        ("SUBMITTED", "OTHER", None),
    ],
)
async def test_what_an_answer_proposes(
    api: Api, world: World, status: str, response: str, proposed: str | None
) -> None:
    application = await world.application(status=status)
    payload = await api.mutate(
        "recordEmployerResponse",
        "proposedStatus application { status }",
        applicationId=application,
        responseType=response,
        applyProposedStatus=True,
    )
    assert payload == {"proposedStatus": proposed, "application": {"status": proposed or status}}


async def test_answers_that_are_rejected(api: Api, world: World) -> None:
    application = await world.application(applicationDate=day(5))
    given = {"applicationId": application, "responseType": "OTHER"}

    assert await api.rejected("recordEmployerResponse", **given, occurredAt=day(4)) == [
        (
            "DATE_ORDER",
            "input.occurredAt",
            f"occurredAt must not be before the application's date ({day(5)}); got {day(4)}.",
        )
    ]
    assert await api.rejected("createEmployerResponse", **given, responseDate=day(4)) == [
        (
            "DATE_ORDER",
            "input.responseDate",
            f"responseDate must not be before the application's date ({day(5)}); got {day(4)}.",
        )
    ]
    assert await api.rejected("recordEmployerResponse", **given, occurredAt=day(6), followUpScheduled=day(5)) == [
        (
            "DATE_ORDER",
            "input.followUpScheduled",
            f"followUpScheduled must not be before the response ({day(6)}); got {day(5)}.",
        )
    ]
    assert await api.rejected("recordEmployerResponse", **given, version=2) == [
        (
            "STALE_VERSION",
            "input.version",
            "The row has changed: its version is 1, not 2. Read it again and repeat the edit.",
        )
    ]
    assert await api.rejected("recordEmployerResponse", applicationId="QXBwbGljYXRpb246OQ", responseType="OTHER") == [
        ("NOT_FOUND", "input.applicationId", "Application 9 not found.")
    ]


async def test_answers_added_as_rows_set_the_date_of_the_earliest(api: Api, world: World) -> None:
    application = await world.application(applicationDate=day(1))
    items = [
        {"applicationId": application, "responseType": "OTHER", "responseDate": day(number)} for number in (7, 4, 9)
    ]
    await api.mutate("createEmployerResponses", "results { employerResponse { id } }", items=items)
    await api.mutate("createEmployerResponse", "", applicationId=application, responseType="OTHER", responseDate=day(2))
    assert await row(api, "application", "responseDate version", application) == {"responseDate": day(2), "version": 3}


USE = "referenceUsage { usedOn context application { id } } reference { usageCount lastContacted version }"


async def test_using_a_reference(api: Api, world: World) -> None:
    reference = await world.reference(consentDate="2026-03-01")
    application = await world.application()

    first = await api.mutate(
        "recordReferenceUse", USE, referenceId=reference, applicationId=application, usedOn="2026-03-10", context="c"
    )
    assert first == {
        "referenceUsage": {"usedOn": "2026-03-10", "context": "c", "application": {"id": application}},
        "reference": {"usageCount": 1, "lastContacted": "2026-03-10", "version": 2},
    }
    second = await api.mutate("recordReferenceUse", USE, referenceId=reference, usedOn="2026-03-02", version=2)
    assert second == {
        "referenceUsage": {"usedOn": "2026-03-02", "context": None, "application": None},
        "reference": {"usageCount": 2, "lastContacted": "2026-03-10", "version": 3},
    }
    third = await api.mutate("recordReferenceUse", USE, referenceId=reference)
    today = datetime.now(UTC).date().isoformat()
    assert third["reference"] == {"usageCount": 3, "lastContacted": today, "version": 4}


async def test_a_reference_is_used_only_with_consent(api: Api, world: World) -> None:
    for number, consent in enumerate((False, None), 1):
        reference = await world.reference(consentGiven=consent)
        assert await api.rejected("recordReferenceUse", referenceId=reference) == [
            (
                "CONSENT_REQUIRED",
                "input.referenceId",
                f"Reference {number} has not consented to being contacted. Set consentGiven first.",
            )
        ]
    reference = await world.reference(consentDate="2026-03-05")
    assert await api.rejected("recordReferenceUse", referenceId=reference, usedOn="2026-03-04") == [
        ("DATE_ORDER", "input.usedOn", "usedOn must not be before the consent (2026-03-05); got 2026-03-04.")
    ]
    ((code, path, _),) = await api.rejected("recordReferenceUse", referenceId=reference, usedOn="2999-01-01")
    assert (code, path) == ("IN_FUTURE", "input.usedOn")
    assert await api.rejected("recordReferenceUse", referenceId=reference, applicationId="QXBwbGljYXRpb246OQ") == [
        ("NOT_FOUND", "input.applicationId", "Application 9 not found.")
    ]


async def test_an_opportunity_moves_on_step_by_step(api: Api, world: World) -> None:
    opportunity = await world.opportunity()
    selection = "opportunity { status proofOfConceptCreated version } statusEvent { fromStatus toStatus note }"

    async def advance(**given: Any) -> dict[str, Any]:
        return await api.mutate("advanceOpportunity", selection, id=opportunity, **given)

    seen = [(await advance(note="n"))["opportunity"] for _ in range(3)]
    assert seen == [
        {"status": "RESEARCHED", "proofOfConceptCreated": False, "version": 2},
        {"status": "POC_CREATED", "proofOfConceptCreated": True, "version": 3},
        {"status": "PITCHED", "proofOfConceptCreated": True, "version": 4},
    ]
    assert await api.rejected("advanceOpportunity", id=opportunity) == [
        ("REQUIRED", "input.status", "status must be given for a pitched opportunity: ACCEPTED or REJECTED.")
    ]
    assert await api.rejected("advanceOpportunity", id=opportunity, status="RESEARCHED") == [
        ("WRONG_STEP", "input.status", "status must not go back from PITCHED to RESEARCHED.")
    ]
    assert (await advance(status="PITCHED"))["statusEvent"] is None
    assert (await advance(status="REJECTED"))["opportunity"]["status"] == "REJECTED"
    for given in ({}, {"status": "ACCEPTED"}):
        assert await api.rejected("advanceOpportunity", id=opportunity, **given) == [
            ("WRONG_STEP", "input.status", "status must not change from REJECTED, which is final.")
        ]
    events = (await row(api, "opportunity", "statusEvents { toStatus }", opportunity))["statusEvents"]
    assert [one["toStatus"] for one in events] == ["IDENTIFIED", "RESEARCHED", "POC_CREATED", "PITCHED", "REJECTED"]


async def test_what_comes_back_on_a_campaign(api: Api, world: World) -> None:
    campaign = await world.campaign(sentDate=day(1))
    selection = f"outreachCampaign {{ responseStatus responseDate followUpScheduled version {EVENTS} }}"

    async def reply(status: str, **given: Any) -> Any:
        given |= {"id": campaign, "responseStatus": status}
        return (await api.mutate("recordOutreachReply", selection, **given))["outreachCampaign"]

    opened = await reply("OPENED", occurredAt=day(2))
    assert (opened["responseStatus"], opened["responseDate"]) == ("OPENED", None)
    await reply("REPLIED", occurredAt=day(3), note="Call me.", followUpScheduled=day(20))
    assert await reply("INTERESTED", occurredAt=day(4)) == {
        "responseStatus": "INTERESTED",
        "responseDate": day(3),
        "followUpScheduled": day(20),
        "version": 4,
        "statusEvents": [
            event(None, "SENT", day(1)),
            event("SENT", "OPENED", day(2)),
            event("OPENED", "REPLIED", day(3), "Call me."),
            event("REPLIED", "INTERESTED", day(4)),
        ],
    }
    given = {"id": campaign, "occurredAt": day(5)}
    assert await api.rejected("recordOutreachReply", **given, responseStatus="OPENED") == [
        ("WRONG_STEP", "input.responseStatus", "responseStatus must not go back from INTERESTED to OPENED.")
    ]
    assert await api.rejected("recordOutreachReply", **given, responseStatus="REJECTED", followUpScheduled=day(4)) == [
        (
            "DATE_ORDER",
            "input.followUpScheduled",
            f"followUpScheduled must not be before the reply ({day(5)}); got {day(4)}.",
        )
    ]
    early = await world.campaign(sentDate=day(5))
    assert await api.rejected("recordOutreachReply", id=early, responseStatus="REPLIED", occurredAt=day(4)) == [
        ("DATE_ORDER", "input.occurredAt", f"occurredAt must not be before it began ({day(5)}); got {day(4)}.")
    ]
