"""Claims and what they do to their application, over HTTP on both engines."""

from typing import Any

from tests.conftest import Api
from tests.writing.conftest import World

TEXTS = {"originalExperience": "o", "claimedExperience": "c"}
CLAIM = {"claimType": "embellishment", **TEXTS}
FIGURES = "version credibilityRating exaggerationLevel integrityScore"
SHOWN = f"experienceClaim {{ id version credibilityImpact riskLevel application {{ {FIGURES} }} }}"
HONEST = {"credibilityRating": 1.0, "exaggerationLevel": 0.0, "integrityScore": 100.0}


async def figures(api: Api, application: str) -> dict[str, Any]:
    query = f"query($id: ID!) {{ application(by: {{id: $id}}) {{ {FIGURES} }} }}"
    found: dict[str, Any] = (await api.data(query, {"id": application}))["application"]
    return found


async def test_adding_changing_and_deleting_a_claim_recomputes_its_application(api: Api, world: World) -> None:
    application = await world.application()
    assert await figures(api, application) == HONEST | {"version": 1}

    added = await api.mutate(
        "createExperienceClaim", SHOWN, applicationId=application, exaggerationMultiplier=2.0, **CLAIM
    )
    claim = added["experienceClaim"]
    assert claim == {
        "id": claim["id"],
        "version": 1,
        "credibilityImpact": 0.25,
        "riskLevel": "HIGH",
        "application": {"version": 2, "credibilityRating": 0.75, "exaggerationLevel": 0.5, "integrityScore": 37.5},
    }

    changed = await api.mutate("updateExperienceClaim", SHOWN, id=claim["id"], version=1, exaggerationMultiplier=1.25)
    assert changed["experienceClaim"]["riskLevel"] == "MEDIUM"
    assert changed["experienceClaim"]["credibilityImpact"] == 0.1
    assert changed["experienceClaim"]["application"] == {
        "version": 3,
        "credibilityRating": 0.9,
        "exaggerationLevel": 0.2,
        "integrityScore": 72.0,
    }

    await api.mutate("deleteExperienceClaim", "", id=claim["id"])
    assert await figures(api, application) == HONEST | {"version": 4}


async def test_a_claim_that_moves_recomputes_both_applications(api: Api, world: World) -> None:
    claim = CLAIM | {"exaggerationMultiplier": 2.0}
    one = await world.application(experienceClaims=[claim, CLAIM | {"credibilityImpact": 0.5}])
    two = await world.application()
    assert await figures(api, one) == {
        "version": 1, "credibilityRating": 0.375, "exaggerationLevel": 0.25, "integrityScore": 28.125,
    }  # fmt: skip

    moved = await api.mutate("updateExperienceClaim", SHOWN, id="RXhwZXJpZW5jZUNsYWltOjE", version=1, applicationId=two)

    inflated = {"version": 2, "credibilityRating": 0.75, "exaggerationLevel": 0.5, "integrityScore": 37.5}
    assert moved["experienceClaim"]["application"] == inflated
    assert await figures(api, two) == inflated
    assert await figures(api, one) == {
        "version": 2, "credibilityRating": 0.5, "exaggerationLevel": 0.0, "integrityScore": 50.0,
    }  # fmt: skip


async def test_many_claims_of_several_applications(api: Api, world: World) -> None:
    applications = [await world.application() for _ in range(3)]
    claims = [
        CLAIM | {"applicationId": application, "exaggerationMultiplier": 1.0 + number}
        for number, application in enumerate(applications)
        for _ in range(2)
    ]
    await api.mutate("createExperienceClaims", "results { experienceClaim { id } }", items=claims)
    scores = [(await figures(api, application))["integrityScore"] for application in applications]
    assert scores == [100, 28.125, 14.8148]


async def test_what_a_client_says_stays(api: Api, world: World) -> None:
    application = await world.application()
    given = {"exaggerationMultiplier": 3.0, "credibilityImpact": 0.0, "riskLevel": "LOW"}
    claim = (await api.mutate("createExperienceClaim", SHOWN, applicationId=application, **given, **CLAIM))[
        "experienceClaim"
    ]
    assert (claim["credibilityImpact"], claim["riskLevel"]) == (0.0, "LOW")

    changed = await api.mutate("updateExperienceClaim", SHOWN, id=claim["id"], version=1, exaggerationMultiplier=9.0)
    assert (changed["experienceClaim"]["credibilityImpact"], changed["experienceClaim"]["riskLevel"]) == (0.0, "LOW")

    left = await api.mutate(
        "updateExperienceClaim", SHOWN, id=claim["id"], version=2,
        exaggerationMultiplier=2.0, credibilityImpact=None, riskLevel=None,
    )  # fmt: skip
    assert (left["experienceClaim"]["credibilityImpact"], left["experienceClaim"]["riskLevel"]) == (0.25, "HIGH")


async def test_claims_that_are_rejected(api: Api, world: World) -> None:
    application = await world.application()
    for multiplier in (0.0, -1.5):
        assert await api.rejected(
            "createExperienceClaim", applicationId=application, exaggerationMultiplier=multiplier, **CLAIM
        ) == [
            (
                "OUT_OF_RANGE",
                "input.exaggerationMultiplier",
                f"exaggerationMultiplier must be greater than 0 and at most 1,000,000; got {multiplier}.",
            )
        ]
    job = await world.job()
    claims = [CLAIM, CLAIM | {"claimType": "", "credibilityImpact": 1.5}]
    assert await api.rejected("submitApplication", jobId=job, experienceClaims=claims) == [
        (
            "REQUIRED",
            "input.experienceClaims.1.claimType",
            "claimType must not be blank.",
        ),
        (
            "OUT_OF_RANGE",
            "input.experienceClaims.1.credibilityImpact",
            "credibilityImpact must be 0 to 1; got 1.5.",
        ),
    ]
    assert await api.rejected("createApplication", jobId=job, experienceClaims=[CLAIM] * 251) == [
        ("TOO_MANY", "input.experienceClaims", "experienceClaims must have at most 250 items; got 251.")
    ]


REPORT = """query($pass: Float! = 80, $warn: Float! = 60) { applications(orderBy: {field: DATABASE_ID}) { nodes {
  integrityReport(passFrom: $pass, warnFrom: $warn) {
    credibilityRating exaggerationLevel integrityScore gate
    claims { claim { claimType } inflation credibilityImpact scoreWithout
             suggestedCredibilityImpact suggestedRiskLevel }
  } } } }"""


async def test_the_report(api: Api, world: World) -> None:
    await world.application()
    await world.application(
        experienceClaims=[
            CLAIM | {"exaggerationMultiplier": 2.0},
            {"claimType": "fabrication", "credibilityImpact": 0.5, **TEXTS},
        ]
    )

    nodes = (await api.data(REPORT))["applications"]["nodes"]

    assert [node["integrityReport"] for node in nodes] == [
        HONEST | {"gate": "PASS", "claims": []},
        {
            "credibilityRating": 0.375,
            "exaggerationLevel": 0.25,
            "integrityScore": 28.125,
            "gate": "BLOCK",
            "claims": [
                {
                    "claim": {"claimType": "embellishment"},
                    "inflation": 0.5,
                    "credibilityImpact": 0.25,
                    "suggestedCredibilityImpact": 0.25,
                    "suggestedRiskLevel": "HIGH",
                    "scoreWithout": 50.0,
                },
                {
                    "claim": {"claimType": "fabrication"},
                    "inflation": 0.0,
                    "credibilityImpact": 0.5,
                    "suggestedCredibilityImpact": 0.0,
                    "suggestedRiskLevel": "HIGH",
                    "scoreWithout": 37.5,
                },
            ],
        },
    ]
    assert len(api.statements) == (1 if api.database.dialect == "postgresql" else 2)
    lenient = (await api.data(REPORT, {"pass": 28.125, "warn": 0}))["applications"]["nodes"]
    assert [node["integrityReport"]["gate"] for node in lenient] == ["PASS", "PASS"]
    assert await api.error(REPORT, {"pass": 28, "warn": 29}) == (
        "BAD_REQUEST",
        "passFrom and warnFrom must be 0 to 100, warnFrom at most passFrom; got 28.0 and 29.0.",
    )


async def test_checking_a_claim(api: Api) -> None:
    query = """query($original: String!, $claimed: String!) { checkClaims(original: $original, claimed: $claimed) {
      proposedMultiplier suggestedCredibilityImpact suggestedRiskLevel
      differences { kind original claimed multiplier explanation } } }"""

    data = await api.data(query, {"original": "Helped with the API, 2 years", "claimed": "Led the API, 3 years"})

    assert data["checkClaims"] == {
        "proposedMultiplier": 3.0,
        "suggestedCredibilityImpact": 0.3333,
        "suggestedRiskLevel": "HIGH",
        "differences": [
            {
                "kind": "DURATION",
                "original": "2 years",
                "claimed": "3 years",
                "multiplier": 1.5,
                "explanation": "“3 years” instead of “2 years”, 1.5 times as much.",
            },
            {
                "kind": "SCOPE",
                "original": "Helped",
                "claimed": "Led",
                "multiplier": 3.0,
                "explanation": "“Led” is step 3 of 4, “Helped” step 1 of 4.",
            },
        ],
    }
    assert await api.error(query, {"original": "x" * 20_001, "claimed": ""}) == (
        "BAD_REQUEST",
        "original must have at most 20,000 characters; got 20,001.",
    )
