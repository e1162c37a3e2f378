from collections import Counter, defaultdict
from datetime import timedelta
from statistics import fmean, median

import pytest

from jobbot_gql.importing.rows import parse_row
from jobbot_gql.models import (
    Application,
    Company,
    EmployerResponse,
    ExperienceClaim,
    Job,
    JobSource,
    Reference,
    ReferenceUsage,
)
from tests.demo.conftest import DAY, NOW, Data

OVER = {"accepted", "rejected", "ghosted", "withdrawn"}
JOB_STATUS = {
    "submitted": "applied",
    "acknowledged": "applied",
    "under_review": "applied",
    "phone_screen": "interviewing",
    "technical_interview": "interviewing",
    "final_interview": "interviewing",
    "offer_received": "offer",
    "offer_negotiating": "offer",
    "accepted": "offer",
    "rejected": "rejected",
    "ghosted": "archived",
    "withdrawn": "archived",
}
ANSWER = {
    "acknowledgment": {"acknowledged"},
    "info_request": {"under_review"},
    "assessment": {"technical_interview"},
    "interview_request": {"phone_screen", "technical_interview", "final_interview"},
    "offer": {"offer_received"},
    "rejection": {"rejected"},
    "other": {"under_review", "offer_negotiating"},
}


def test_a_job_is_what_an_import_of_its_first_source_makes(data: Data) -> None:
    sources = data.by(JobSource, "job_id")
    for job in data[Job]:
        if job["id"] not in sources:
            assert (job["source_site"], job["job_url"], job["posting_date"]) == (None, None, None)
            continue
        seen = [parse_row(source["raw"]) for source in sources[job["id"]]]
        assert [scraped.warnings for scraped in seen] == [()] * len(seen)
        for column in (
            "title",
            "company",
            "location",
            "salary_min",
            "salary_max",
            "description",
            "job_url",
            "source_site",
            "posting_date",
            "remote_option",
            "job_type",
            "experience_level",
            "industry",
        ):
            assert job[column] == getattr(seen[0], column), column
        if seen[0].keywords:
            assert job["keywords"] == list(seen[0].keywords)
        for source, scraped in zip(sources[job["id"]], seen, strict=True):
            for column in (
                "source_site",
                "external_id",
                "url",
                "url_key",
                "direct_url_key",
                "raw",
                "pay_interval",
                "pay_min",
                "pay_max",
                "pay_currency",
                "pay_source",
            ):
                assert source[column] == getattr(scraped, column), column
            assert source["first_seen"] == job["scraped_date"]
            assert source["last_seen"] == source["first_seen"] + (source["seen_count"] - 1) * DAY


def test_some_jobs_were_seen_on_two_boards(data: Data) -> None:
    twice = [sources for sources in data.by(JobSource, "job_id").values() if len(sources) == 2]
    assert 20 <= len(twice) <= 60
    for first, second in twice:
        assert {first["source_site"], second["source_site"]} == {"indeed", "linkedin"}
        assert first["direct_url_key"] == second["direct_url_key"] is not None
        assert first["raw"]["job_url_direct"] != second["raw"]["job_url_direct"]
    keys = [source["direct_url_key"] for source in data[JobSource] if source["direct_url_key"]]
    assert len(keys) == len(set(keys)) + len(twice)


def test_jobs_are_believable(data: Data) -> None:
    jobs = data[Job]
    assert len({(job["title"], job["company"], job["location"]) for job in jobs}) == len(jobs)
    absent = {
        column: sum(job[column] in (None, []) for job in jobs) / len(jobs)
        for column in ("salary_min", "location", "description", "job_url", "keywords", "benefits")
    }
    assert 0.25 < absent["salary_min"] < 0.4
    assert 0.04 < absent["location"] < 0.2
    assert 0.03 < absent["description"] < 0.2
    assert 0 < absent["job_url"] < 0.04
    assert 0.05 < absent["keywords"] < 0.3
    assert 0.4 < absent["benefits"] < 0.8
    for job in jobs:
        posted = job["posting_date"] or job["scraped_date"].date()
        assert NOW.date() - timedelta(days=91) <= posted <= job["scraped_date"].date()
        assert job["application_deadline"] is None or job["application_deadline"] > posted
        assert (job["salary_min"] is None) == (job["salary_max"] is None)
        assert job["salary_min"] is None or 0 < job["salary_min"] <= job["salary_max"] < 2 * job["salary_min"]
        assert job["description"] is None or len(job["description"].split("\n\n")) == 4
        assert (job["description"] is None) == (job["requirements"] is None)
        assert ("Intern" in job["title"]) <= (job["job_type"] in {"internship", None})
    assert {job["job_type"] for job in jobs} == {
        "fulltime", "contract", "fulltime, contract", "parttime", "temporary", "internship", None
    }  # fmt: skip
    assert {job["source_site"] for job in jobs} == {
        "indeed", "linkedin", "glassdoor", "zip_recruiter", "naukri", "bayt", None
    }  # fmt: skip


def test_pay_rises_with_the_level_and_is_in_the_currency_of_the_place(data: Data) -> None:
    currencies = {", US": "USD", "UK": "GBP", "Germany": "EUR", "India": "INR", "Canada": "CAD", "Switzerland": "CHF"}
    jobs = data.by_id(Job)
    by_level: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    checked = 0
    for source in data[JobSource]:
        job = jobs[source["job_id"]]
        if source["pay_min"] is None:
            continue
        for ending, currency in currencies.items():
            if job["location"] and job["location"].endswith(ending):
                assert source["pay_currency"] == currency
                checked += 1
        level = job["title"].split()[0]
        by_level[source["pay_currency"], level if level in {"Junior", "Senior", "Lead"} else ""].append(
            job["salary_min"]
        )
    assert checked > 100
    for currency in ("USD", "EUR", "GBP"):
        pay = [median(by_level[currency, level]) for level in ("Junior", "", "Senior", "Lead")]
        assert pay == sorted(set(pay))


def test_most_companies_of_jobs_are_researched_but_not_all(data: Data) -> None:
    names = Counter(company["name"] for company in data[Company])
    known = sum(job["company"] in names for job in data[Job])
    assert set(names.values()) == {1}
    assert 0.7 * len(data[Job]) < known < len(data[Job])
    assert names.keys() - {job["company"] for job in data[Job]}


def test_a_job_has_one_open_application_at_most_and_follows_the_latest(data: Data) -> None:
    jobs, applications = data.by_id(Job), data.by(Application, "job_id")
    for number, found in applications.items():
        assert sum(application["status"] not in OVER for application in found) <= 1
        assert jobs[number]["status"] == JOB_STATUS[found[-1]["status"]]
        assert all(application["application_date"] > jobs[number]["scraped_date"] for application in found)
    for job in data[Job]:
        if job["id"] not in applications:
            assert job["status"] in {"discovered", "targeted", "rejected", "archived"}
    again = [found for found in applications.values() if len(found) > 1]
    assert [[application["status"] for application in found] for found in again] == [["withdrawn", "acknowledged"]] * 2
    ends = data.courses("application_id")
    for first, second in again:
        assert ends[first["id"]][-1]["occurred_at"] < second["application_date"]


def test_answers_tell_the_story_of_their_application(data: Data) -> None:
    responses, events = data.by(EmployerResponse, "application_id"), data.courses("application_id")
    jobs = data.by_id(Job)
    for application in data[Application]:
        found = responses[application["id"]]
        times = [response["response_date"] for response in found]
        assert times == sorted(times)
        answers = [r["response_date"] for r in found if r["response_type"] != "acknowledgment"]
        assert application["response_date"] == (answers[0] if answers else None)
        turns = {event["occurred_at"]: event["to_status"] for event in events[application["id"]]}
        invitations = [r["response_date"] for r in found if r["response_type"] == "interview_request"]
        for response in found:
            assert response["response_date"] > application["application_date"]
            assert turns[response["response_date"]] in ANSWER[response["response_type"]]
            assert jobs[application["job_id"]]["company"] in response["subject_line"] + response["email_content"]
            assert -1 <= response["sentiment_score"] <= 1
            assert response["requires_action"] or response["action_taken"] is None
            assert (
                response["follow_up_scheduled"] is None or response["follow_up_scheduled"] > response["response_date"]
            )
        if invitations:
            assert application["interview_date"] > invitations[-1]
            after = [t for t, status in turns.items() if t > invitations[-1] and status not in {"withdrawn"}]
            assert all(application["interview_date"] < t for t in after)
        else:
            assert application["interview_date"] is None
        if application["status"] == "ghosted":
            assert {response["response_type"] for response in found} <= {"acknowledgment"}
            assert max(turns) - (times[-1] if times else application["application_date"]) > 30 * DAY
    pending = [r for r in data[EmployerResponse] if r["requires_action"] and r["action_taken"] is None]
    assert 3 <= len(pending) <= 12


def test_applications_wait_at_every_stage(data: Data) -> None:
    events = data.courses("application_id")
    waits = [
        (NOW - events[application["id"]][-1]["occurred_at"]) / DAY
        for application in data[Application]
        if application["status"] not in OVER
    ]
    stages = Counter(sum(wait >= limit for limit in (7, 14, 21, 30)) for wait in waits)
    assert set(stages) == {0, 1, 2, 3, 4}
    assert min(stages.values()) >= 3
    unanswered = [a for a in data[Application] if a["response_date"] is None and a["status"] == "submitted"]
    silent = [application for application in unanswered if NOW - application["application_date"] > 30 * DAY]
    assert 0 < len(silent) < len(unanswered)


def test_integrity_follows_from_the_claims(data: Data) -> None:
    claims = data.by(ExperienceClaim, "application_id")
    gates: Counter[str] = Counter()
    for application in data[Application]:
        found = claims[application["id"]]
        rating, inflation = 1.0, [max(0.0, 1 - 1 / claim["exaggeration_multiplier"]) for claim in found]
        for claim in found:
            rating *= 1 - claim["credibility_impact"]
        level = fmean(inflation) if found else 0.0
        score = application["integrity_score"]
        assert application["credibility_rating"] == pytest.approx(rating, abs=1e-12)
        assert application["exaggeration_level"] == pytest.approx(level, abs=1e-12)
        assert score == pytest.approx(100 * rating * (1 - level), abs=1e-9)
        if found:
            gates["PASS" if score >= 80 else "WARN" if score >= 60 else "BLOCK"] += 1
    assert set(gates) == {"PASS", "WARN", "BLOCK"}
    assert min(gates.values()) >= 5
    assert gates.total() == 46
    with_claims = {application["status"] for application in data[Application] if claims[application["id"]]}
    assert with_claims == JOB_STATUS.keys()


def test_claims_have_the_risk_of_their_inflation(data: Data) -> None:
    assert {claim["claim_type"] for claim in data[ExperienceClaim]} == {"fabrication", "embellishment", "omission"}
    assert any(claim["exaggeration_multiplier"] < 1 for claim in data[ExperienceClaim])
    own_risk, own_impact = set(), set()
    for claim in data[ExperienceClaim]:
        x = max(0.0, 1 - 1 / claim["exaggeration_multiplier"])
        risk = "low" if x < 0.10 else "medium" if x < 0.34 else "high"
        if claim["risk_level"] != ("high" if claim["claim_type"] == "fabrication" else risk):
            own_risk.add(claim["original_experience"])
        if claim["credibility_impact"] != pytest.approx(x / 2):
            own_impact.add(claim["original_experience"])
        assert 0 <= claim["credibility_impact"] <= 1
    # The applicant's own judgement instead of the suggestion.
    assert own_risk <= {"Eight months without work between two positions."}
    assert 1 <= len(own_impact) <= 4


def test_references_are_used_with_their_consent(data: Data) -> None:
    usages, applications = data.by(ReferenceUsage, "reference_id"), data.by_id(Application)
    for reference in data[Reference]:
        found = usages[reference["id"]]
        assert reference["usage_count"] == len(found)
        assert reference["consent_given"] == (reference["consent_date"] is not None)
        if not found:
            assert reference["last_contacted"] == reference["consent_date"]
            continue
        assert reference["last_contacted"] == max(usage["used_on"] for usage in found)
        assert reference["consent_date"] <= min(usage["used_on"] for usage in found)
        for usage in found:
            if usage["application_id"]:
                assert usage["used_on"] > applications[usage["application_id"]]["application_date"].date()
    assert Counter(reference["consent_given"] for reference in data[Reference]) == {True: 6, False: 2}
    assert {usage["application_id"] is None for usage in data[ReferenceUsage]} == {True, False}
