"""Writing applications, employers' responses and claims through the API."""

import strawberry

import jobbot_gql.applications.schema  # noqa: F401 - inputs follow from the types there
from jobbot_gql.api.mutations.fields import act, create, delete, part_fields, update, upsert
from jobbot_gql.api.mutations.inputs import (
    IDEMPOTENCY_KEY,
    NOTE,
    OCCURRED_AT,
    VERSION_IF_IT_MATTERS,
    InputField,
    column_field,
    create_fields,
    id_field,
    text_field,
)
from jobbot_gql.api.mutations.payloads import row_field
from jobbot_gql.api.mutations.user_errors import UserError, user_error
from jobbot_gql.api.types.entity import entity_of
from jobbot_gql.applications import models, service
from jobbot_gql.applications.repeats import AlreadyApplied
from jobbot_gql.applications.service import APPLICATIONS, CLAIMS, RESPONSES
from jobbot_gql.history.models import Change, StatusEvent
from jobbot_gql.jobs.models import Job

REPEAT = (
    InputField("allow_repeat", bool, "Whether there may be another open application to the same job.", default=False),
    text_field("repeat_reason", "Why there is to be another open application; the history keeps it."),
)
_SENT = {"cover_letter_version", "resume_version", "interview_date", "notes"}
_ANSWERED = {"response_date", "response_type", "application_id"}


@user_error(AlreadyApplied)
class AlreadyAppliedError(UserError):
    """There is an open application to the same job."""

    application = row_field(models.Application, "application_id", "That application; null if it was never added.")


@strawberry.type
class ApplicationMutations:
    """Root fields that write applications, responses and claims."""

    create_application, create_applications = create(APPLICATIONS, REPEAT)
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

    submit_application = act(
        "SubmitApplication",
        "Apply to a job. The job moves on to APPLIED if it was DISCOVERED or TARGETED.",
        service.submit_application,
        [
            id_field("job_id", Job, "The job to apply for."),
            OCCURRED_AT,
            NOTE,
            *(field for field in create_fields(entity_of(models.Application)) if field.name in _SENT),
            *part_fields(APPLICATIONS),
            *REPEAT,
            IDEMPOTENCY_KEY,
        ],
        {
            "application": (models.Application, "The new application; null where it was refused."),
            "job": (Job, "The job as it is now; null where it was refused."),
        },
    )
    change_application_status = act(
        "ChangeApplicationStatus",
        "Move an application to another status. Setting the status that it has changes nothing. One that is over is not"
        " opened again beside another open application to its job, unless `allowRepeat` says so.",
        service.change_application_status,
        [
            id_field("id", models.Application, "The application."),
            VERSION_IF_IT_MATTERS,
            column_field(models.Application.status, "The status from then on.", required=True, nullable=False),
            OCCURRED_AT,
            NOTE,
            *REPEAT,
        ],
        {
            "application": (models.Application, "The application as it is now; null where it was refused."),
            "status_event": (StatusEvent, "What was written down; null where nothing changed."),
        },
    )
    record_employer_response = act(
        "RecordEmployerResponse",
        "Write down what an employer answered. The application's `responseDate` follows from it; what it means for the"
        " status is proposed, and done only if `applyProposedStatus` says so. A response that is older than the current"
        " status proposes nothing.",
        service.record_employer_response,
        [
            id_field("application_id", models.Application, "The application that was answered."),
            VERSION_IF_IT_MATTERS,
            column_field(models.EmployerResponse.response_type, required=True),
            OCCURRED_AT,
            *(field for field in create_fields(entity_of(models.EmployerResponse)) if field.name not in _ANSWERED),
            InputField("apply_proposed_status", bool, "Whether to set the status that is proposed.", default=False),
            *REPEAT,
            IDEMPOTENCY_KEY,
        ],
        {
            "employer_response": (models.EmployerResponse, "The new response; null where it was refused."),
            "application": (models.Application, "The application as it is now; null where it was refused."),
            "proposed_status": (
                models.ApplicationStatus,
                "The status that the answer suggests; null where it suggests no change.",
            ),
            "status_event": (StatusEvent, "The change of status that was written down; null where there is none."),
        },
    )
