"""Mutations of applications, employer responses and experience claims."""

from dataclasses import replace

import strawberry

import jobbot_gql.applications.schema
import jobbot_gql.jobs.mutations  # noqa: F401 - an application may bring a new job
from jobbot_gql.api.fields.filters import filter_input
from jobbot_gql.api.mutations.fields import (
    MAX_ITEMS,
    NEW_ROWS,
    REQUEST_ID,
    action,
    create,
    delete,
    part_fields,
    update,
    upsert,
)
from jobbot_gql.api.mutations.inputs import (
    IDEMPOTENCY_KEY,
    NOTE,
    OCCURRED_AT,
    VERSION_IF_IT_MATTERS,
    InputField,
    column_field,
    create_fields,
    id_field,
    row_or_new_field,
    text_field,
)
from jobbot_gql.api.mutations.payloads import row_field
from jobbot_gql.api.mutations.row_actions import row_action
from jobbot_gql.api.mutations.user_errors import UserError, user_error
from jobbot_gql.api.types.entity import entity_of
from jobbot_gql.api.types.lazy_types import Later
from jobbot_gql.applications import models, service
from jobbot_gql.applications.repeats import AlreadyApplied
from jobbot_gql.applications.service import APPLICATIONS, CLAIMS, RESPONSES
from jobbot_gql.applications.sweep import MAX_DAYS, sweep_ghosted
from jobbot_gql.history.models import Change, StatusEvent
from jobbot_gql.jobs.models import Job

REPEAT = (
    InputField(
        "allow_repeat",
        bool,
        "Whether a second open application for the same job is allowed. Default: false.",
        default=False,
    ),
    text_field("repeat_reason", "Reason for a second open application; kept in the history."),
)
_SENT = {"cover_letter_version", "resume_version", "interview_date", "notes"}
_ANSWERED = {"response_date", "response_type", "application_id"}


@user_error(AlreadyApplied)
class AlreadyAppliedError(UserError):
    """An open application for the same job exists."""

    application = row_field(models.Application, "application_id", "The open application; null if it was not saved.")


@strawberry.type
class ApplicationMutations:
    """Root mutation fields of applications, responses and claims."""

    create_application, create_applications = create(
        APPLICATIONS, REPEAT, " For records; to apply for a job, use `submitApplication`."
    )
    update_application, update_applications = update(APPLICATIONS, REPEAT)
    upsert_application, upsert_applications = upsert(APPLICATIONS, REPEAT)
    delete_application, delete_applications = delete(APPLICATIONS, Change)

    create_employer_response, create_employer_responses = create(RESPONSES)
    update_employer_response, update_employer_responses = update(RESPONSES)
    upsert_employer_response, upsert_employer_responses = upsert(RESPONSES)
    delete_employer_response, delete_employer_responses = delete(RESPONSES, Change)

    create_experience_claim, create_experience_claims = create(CLAIMS)
    update_experience_claim, update_experience_claims = update(CLAIMS)
    upsert_experience_claim, upsert_experience_claims = upsert(CLAIMS)
    delete_experience_claim, delete_experience_claims = delete(CLAIMS, Change)

    submit_application = action(
        "SubmitApplication",
        "Apply for a job, existing or new. Its status changes to APPLIED if it was DISCOVERED or TARGETED.",
        service.submit_application,
        [
            row_or_new_field(
                "job",
                "SubmitApplicationJob",
                Job,
                NEW_ROWS[Job],
                "Job to apply for, or one to create in the same transaction. Give exactly one of `job`, `jobId`.",
            ),
            replace(
                id_field("job_id", Job, "Job to apply for.", required=False),
                deprecated="Use `job: {id: …}`. Removed in 0.3.",
            ),
            OCCURRED_AT,
            NOTE,
            *(field for field in create_fields(entity_of(models.Application)) if field.name in _SENT),
            *part_fields(APPLICATIONS),
            *REPEAT,
            IDEMPOTENCY_KEY,
        ],
        {
            "application": (models.Application, "New application; null if the request was rejected."),
            "job": (Job, "Job after the mutation; null if the request was rejected."),
        },
    )
    change_application_status, change_application_statuses = row_action(
        models.Application,
        "ChangeApplicationStatus",
        "Change the status of applications. Setting the current status again changes nothing."
        " Reopening a closed application is rejected while another one for the same job is open,"
        " unless `allowRepeat` is true.",
        service.change_application_statuses,
        fields=[
            column_field(models.Application.status, "New status.", required=True, nullable=False),
            OCCURRED_AT,
            NOTE,
            *REPEAT,
        ],
        gives={
            "application": (models.Application, "Application after the mutation; null if the request was rejected."),
            "status_event": (StatusEvent, "Recorded status change; null if nothing changed."),
        },
    )
    sweep_ghosted = action(
        "SweepGhosted",
        "Change the status of silent applications to GHOSTED: open ones that were sent, answered, changed in status and"
        " interviewed for more than `silentForDays` days ago. Lists them first: nothing is changed unless `dryRun` is"
        f" false and `expectedCount` is their number, at most {MAX_ITEMS:,}.",
        sweep_ghosted,
        [
            InputField(
                "silent_for_days",
                int,
                f"Number of days without activity, 1 to {MAX_DAYS:,}. Default 30.",
                default=30,
                nullable=False,
            ),
            InputField(
                "dry_run", bool, "Whether to list the applications only. Default: true.", default=True, nullable=False
            ),
            InputField("expected_count", int, "Number of applications to change. Required if `dryRun` is false."),
            InputField(
                "filter",
                Later(filter_input, models.Application),
                "Filter of the applications. Default: all.",
                is_object=True,
            ),
        ],
        {
            "applications": (
                [models.Application],
                f"Applications that are silent, or were changed; the first {MAX_ITEMS:,} in a dry run.",
            ),
            "count": (int, "Number of these applications; null if the request was rejected."),
            **REQUEST_ID,
        },
    )
    record_employer_response = action(
        "RecordEmployerResponse",
        "Record a response of an employer. The application's `responseDate` is derived from it;"
        " the status that it suggests is proposed, and set only if `applyProposedStatus` is true."
        " A response that is older than the current status proposes none.",
        service.record_employer_response,
        [
            id_field("application_id", models.Application, "Application that was answered."),
            VERSION_IF_IT_MATTERS,
            column_field(models.EmployerResponse.response_type, required=True),
            OCCURRED_AT,
            *(field for field in create_fields(entity_of(models.EmployerResponse)) if field.name not in _ANSWERED),
            InputField(
                "apply_proposed_status", bool, "Whether to set the proposed status. Default: false.", default=False
            ),
            *REPEAT,
            IDEMPOTENCY_KEY,
        ],
        {
            "employer_response": (models.EmployerResponse, "New response; null if the request was rejected."),
            "application": (models.Application, "Application after the mutation; null if the request was rejected."),
            "proposed_status": (
                models.ApplicationStatus,
                "Status that the response suggests; null if it suggests no change.",
            ),
            "status_event": (StatusEvent, "Recorded status change; null if nothing changed."),
        },
    )
