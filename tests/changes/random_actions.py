"""Random actions over every entity through the API: what a person and their bot do in a few months."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from jobbot_gql.api.types.global_ids import encode
from tests.conftest import Api, everything

URLS = ("https://firm.example/1", "http://www.firm.example/1/?utm_source=a", "https://firm.example/2", None)
JOB_STATUSES = ("DISCOVERED", "TARGETED", "APPLIED", "ARCHIVED")
STATUSES = ("SUBMITTED", "UNDER_REVIEW", "PHONE_SCREEN", "REJECTED", "WITHDRAWN")
RESPONSES = ("ACKNOWLEDGMENT", "INFO_REQUEST", "INTERVIEW_REQUEST", "REJECTION", "OTHER")
INTERVIEW_STATUSES = ("SCHEDULED", "COMPLETED", "CANCELLED")
TAGS = ("remote", "priority", "later")

State = dict[str, dict[int, dict[str, Any]]]
"""Tables' rows by their ids."""


async def state_of(api: Api) -> State:
    """Every row that undo is about: but for the change log itself, and for versions, which rise with every write."""
    found: State = {}
    for name, rows in (await everything(api.database)).items():
        if name not in ("change_log", "idempotency_keys"):
            found[name] = {
                row.id: {key: value for key, value in row._mapping.items() if key != "version"} for row in rows
            }
    return found


@dataclass
class Actor:
    """Acts at random on what is there."""

    api: Api
    dice: Random
    state: State = field(default_factory=dict)
    versions: dict[tuple[str, int], int] = field(default_factory=dict)

    async def act(self) -> str:
        """Do one thing, which may be rejected; what it was."""
        rows = await everything(self.api.database)
        self.state = {name: {row[0]: dict(row._mapping) for row in found} for name, found in rows.items()}
        name, given = self.dice.choice(self._actions())()
        query = f"mutation($input: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $input) {{ __typename }} }}"
        if self.dice.random() < 0.1:  # two fields of one operation share its request
            query = query.replace("{ " + name, "{ first: " + name, 1)
            query = f"{query[:-1]} second: {name}(input: $input) {{ __typename }} }}"
        await self.api.data(query, {"input": given})
        return name

    def _actions(self) -> list[Callable[[], tuple[str, dict[str, Any]]]]:
        found = [self.create_job, self.create_jobs, self.upsert_jobs, self.create_reference, self.create_company]
        if self.state["jobs"]:
            found += [self.update_job, self.change_job_status, self.submit_application, self.create_application]
            found += [self.submit_application, self.delete_job, self.change_job_statuses, self.add_tags]
        if self.state["applications"]:
            found += [self.update_application, self.change_application_status, self.delete_application]
            found += [self.record_response, self.create_responses, self.create_claims, self.record_response]
            found += [self.create_interview, self.set_interview_date, self.change_application_statuses]
            found += [self.sweep_ghosted] if self.dice.random() < 0.3 else []
        if self.state["employer_responses"]:
            found += [self.update_response, self.update_response, self.delete_response]
        if self.state["interviews"]:
            found += [self.update_interview, self.update_interview, self.delete_interview]
        if self.state["tags"]:
            found += [self.remove_tags]
        if self.state["experience_claims"]:
            found += [self.update_claim, self.delete_claim]
        if self.state["references"]:
            found += [self.use_reference, self.use_reference, self.update_reference]
            found += [self.delete_reference] if self.dice.random() < 0.3 else []
        if self.state["companies"]:
            found += [self.create_opportunity, self.create_campaign, self.update_company]
            found += [self.delete_company] if self.dice.random() < 0.3 else []
        if self.state["opportunities"]:
            found += [self.advance_opportunity, self.delete_opportunity]
        if self.state["outreach_campaigns"]:
            found += [self.record_reply, self.update_campaign, self.delete_campaign]
        return found

    def some(self, table: str, kind: str) -> str:
        """The id of some row."""
        return encode(kind, self.dice.choice(list(self.state[table])))

    def edit(self, table: str, kind: str) -> dict[str, Any]:
        """Some row's id and version."""
        row_id = self.dice.choice(list(self.state[table]))
        return {"id": encode(kind, row_id), "version": self.state[table][row_id]["version"]}

    def day(self) -> str:
        return f"2031-03-{self.dice.randint(1, 28):02}T00:00:00Z"

    def job(self) -> dict[str, Any]:
        given = {"title": f"T{self.dice.randint(1, 9)}", "company": "Firm", "jobUrl": self.dice.choice(URLS)}
        return given | ({"salaryMin": 1000} if self.dice.random() < 0.3 else {})

    def create_job(self) -> tuple[str, dict[str, Any]]:
        return "createJob", {**self.job(), "status": self.dice.choice(JOB_STATUSES)}

    def create_jobs(self) -> tuple[str, dict[str, Any]]:
        return "createJobs", {"items": [self.job() for _ in range(3)], "atomic": False}

    def upsert_jobs(self) -> tuple[str, dict[str, Any]]:
        return "upsertJobs", {"items": [self.job() for _ in range(3)], "atomic": False}

    def update_job(self) -> tuple[str, dict[str, Any]]:
        return "updateJob", {**self.edit("jobs", "Job"), **self.job()}

    def delete_job(self) -> tuple[str, dict[str, Any]]:
        if self.dice.random() < 0.5:
            ids = self.dice.sample(list(self.state["jobs"]), min(2, len(self.state["jobs"])))
            return "deleteJobs", {"items": [{"id": encode("Job", row_id)} for row_id in ids]}
        return "deleteJob", {"id": self.some("jobs", "Job")}

    def change_job_status(self) -> tuple[str, dict[str, Any]]:
        return "changeJobStatus", {"id": self.some("jobs", "Job"), "status": self.dice.choice(JOB_STATUSES)}

    def application(self) -> dict[str, Any]:
        claims = [self.claim() for _ in range(self.dice.choice((0, 0, 1, 2)))]
        repeat = {"allowRepeat": True, "repeatReason": "r"} if self.dice.random() < 0.7 else {}
        return {"jobId": self.some("jobs", "Job"), "experienceClaims": claims, **repeat}

    def claim(self) -> dict[str, Any]:
        multiplier = self.dice.choice((0.5, 1, 2, 3))
        texts = {"claimType": "x", "originalExperience": "o", "claimedExperience": "c"}
        return {**texts, "exaggerationMultiplier": multiplier}

    def change_job_statuses(self) -> tuple[str, dict[str, Any]]:
        ids = [encode("Job", row_id) for row_id in self.state["jobs"]]
        return "changeJobStatuses", {"ids": ids[:5], "status": self.dice.choice(JOB_STATUSES)}

    def subjects(self) -> list[str]:
        """Ids of some rows that may have tags."""
        kinds = {"jobs": "Job", "applications": "Application", "companies": "Company"}
        return [self.some(table, kind) for table, kind in kinds.items() if self.state[table]]

    def add_tags(self) -> tuple[str, dict[str, Any]]:
        return "addTags", {"ids": self.subjects(), "names": self.dice.sample(TAGS, 2)}

    def remove_tags(self) -> tuple[str, dict[str, Any]]:
        return "removeTags", {"ids": self.subjects(), "names": self.dice.sample(TAGS, 2)}

    def submit_application(self) -> tuple[str, dict[str, Any]]:
        given = self.application()
        if self.dice.random() < 0.3:
            return "submitApplication", {**given, "job": {"create": self.job()}, "jobId": None}
        return "submitApplication", given

    def create_application(self) -> tuple[str, dict[str, Any]]:
        return "createApplication", {**self.application(), "status": self.dice.choice(STATUSES)}

    def update_application(self) -> tuple[str, dict[str, Any]]:
        moved = {"jobId": self.some("jobs", "Job"), "allowRepeat": True, "repeatReason": "r"}
        given = moved if self.dice.random() < 0.6 else {"notes": str(self.dice.random())}
        return "updateApplication", {**self.edit("applications", "Application"), **given}

    def change_application_status(self) -> tuple[str, dict[str, Any]]:
        repeat = {"allowRepeat": True, "repeatReason": "r"}
        row_id = self.some("applications", "Application")
        return "changeApplicationStatus", {"id": row_id, "status": self.dice.choice(STATUSES), **repeat}

    def change_application_statuses(self) -> tuple[str, dict[str, Any]]:
        ids = [encode("Application", row_id) for row_id in self.state["applications"]]
        repeat = {"allowRepeat": True, "repeatReason": "r"}
        return "changeApplicationStatuses", {"ids": ids[:5], "status": self.dice.choice(STATUSES), **repeat}

    def sweep_ghosted(self) -> tuple[str, dict[str, Any]]:
        return "sweepGhosted", {"silentForDays": 30, "dryRun": False, "expectedCount": self.dice.randint(1, 2)}

    def set_interview_date(self) -> tuple[str, dict[str, Any]]:
        edit = self.edit("applications", "Application")
        return "updateApplication", {**edit, "interviewDate": self.dice.choice((self.day(), self.day(), None))}

    def create_interview(self) -> tuple[str, dict[str, Any]]:
        given = {"startsAt": self.day(), "status": self.dice.choice(INTERVIEW_STATUSES), "people": ["Ada"]}
        return "createInterview", {"applicationId": self.some("applications", "Application"), **given}

    def update_interview(self) -> tuple[str, dict[str, Any]]:
        given: dict[str, Any] = self.dice.choice(
            (
                {"startsAt": self.day()},
                {"status": self.dice.choice(INTERVIEW_STATUSES)},
                {"applicationId": self.some("applications", "Application")},
                {"debrief": str(self.dice.random())},
            )
        )
        return "updateInterview", {**self.edit("interviews", "Interview"), **given}

    def delete_interview(self) -> tuple[str, dict[str, Any]]:
        return "deleteInterview", {"id": self.some("interviews", "Interview")}

    def delete_application(self) -> tuple[str, dict[str, Any]]:
        return "deleteApplication", {"id": self.some("applications", "Application")}

    def record_response(self) -> tuple[str, dict[str, Any]]:
        return "recordEmployerResponse", {
            "applicationId": self.some("applications", "Application"),
            "responseType": self.dice.choice(RESPONSES),
            "applyProposedStatus": self.dice.random() < 0.5,
            "allowRepeat": True,
            "repeatReason": "r",
        }

    def create_responses(self) -> tuple[str, dict[str, Any]]:
        of = [self.some("applications", "Application") for _ in range(2)]
        items = [
            {"applicationId": one, "responseType": self.dice.choice(RESPONSES), "responseDate": self.day()}
            for one in (of[0], of[0], of[1])
        ]
        return "createEmployerResponses", {"items": items}

    def update_response(self) -> tuple[str, dict[str, Any]]:
        given: dict[str, Any] = self.dice.choice(
            (
                {"responseDate": self.day()},
                {"responseType": self.dice.choice(RESPONSES)},
                {"applicationId": self.some("applications", "Application")},
                {"subjectLine": str(self.dice.random())},
            )
        )
        return "updateEmployerResponse", {**self.edit("employer_responses", "EmployerResponse"), **given}

    def delete_response(self) -> tuple[str, dict[str, Any]]:
        return "deleteEmployerResponse", {"id": self.some("employer_responses", "EmployerResponse")}

    def create_claims(self) -> tuple[str, dict[str, Any]]:
        application = self.some("applications", "Application")
        items = [{"applicationId": application, **self.claim()} for _ in range(self.dice.randint(1, 3))]
        return "createExperienceClaims", {"items": items}

    def update_claim(self) -> tuple[str, dict[str, Any]]:
        given: dict[str, Any] = {"exaggerationMultiplier": self.dice.choice((1, 2, 3, 4))}
        if self.dice.random() < 0.5:
            given = {"applicationId": self.some("applications", "Application")}
        return "updateExperienceClaim", {**self.edit("experience_claims", "ExperienceClaim"), **given}

    def delete_claim(self) -> tuple[str, dict[str, Any]]:
        return "deleteExperienceClaim", {"id": self.some("experience_claims", "ExperienceClaim")}

    def create_reference(self) -> tuple[str, dict[str, Any]]:
        return "createReference", {"name": "Ada", "consentGiven": True}

    def update_reference(self) -> tuple[str, dict[str, Any]]:
        return "updateReference", {**self.edit("references", "Reference"), "notes": str(self.dice.random())}

    def use_reference(self) -> tuple[str, dict[str, Any]]:
        given = {
            "referenceId": self.some("references", "Reference"),
            "usedOn": f"2020-01-{self.dice.randint(1, 28):02}",
        }
        if self.state["applications"] and self.dice.random() < 0.8:
            given["applicationId"] = self.some("applications", "Application")
        return "recordReferenceUse", given

    def delete_reference(self) -> tuple[str, dict[str, Any]]:
        return "deleteReference", {"id": self.some("references", "Reference")}

    def create_company(self) -> tuple[str, dict[str, Any]]:
        return "createCompany", {"name": "Firm", "technologyStack": ["Go"]}

    def update_company(self) -> tuple[str, dict[str, Any]]:
        return "updateCompany", {**self.edit("companies", "Company"), "painPoints": [str(self.dice.random())]}

    def delete_company(self) -> tuple[str, dict[str, Any]]:
        return "deleteCompany", {"id": self.some("companies", "Company")}

    def create_opportunity(self) -> tuple[str, dict[str, Any]]:
        texts = {"problemDescription": "p", "solutionApproach": "s"}
        return "createOpportunity", {"companyId": self.some("companies", "Company"), **texts}

    def advance_opportunity(self) -> tuple[str, dict[str, Any]]:
        return "advanceOpportunity", {"id": self.some("opportunities", "Opportunity")}

    def delete_opportunity(self) -> tuple[str, dict[str, Any]]:
        return "deleteOpportunity", {"id": self.some("opportunities", "Opportunity")}

    def create_campaign(self) -> tuple[str, dict[str, Any]]:
        given = {"companyId": self.some("companies", "Company")}
        if self.state["opportunities"]:
            given = {"opportunityId": self.some("opportunities", "Opportunity")}
        return "createOutreachCampaign", given

    def record_reply(self) -> tuple[str, dict[str, Any]]:
        status = self.dice.choice(("OPENED", "REPLIED", "REJECTED"))
        campaign = self.some("outreach_campaigns", "OutreachCampaign")
        return "recordOutreachReply", {"id": campaign, "responseStatus": status}

    def delete_campaign(self) -> tuple[str, dict[str, Any]]:
        return "deleteOutreachCampaign", {"id": self.some("outreach_campaigns", "OutreachCampaign")}

    def update_campaign(self) -> tuple[str, dict[str, Any]]:
        edit = self.edit("outreach_campaigns", "OutreachCampaign")
        return "updateOutreachCampaign", {**edit, "notes": str(self.dice.random())}
