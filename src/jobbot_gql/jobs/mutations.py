"""Mutations of jobs."""

import strawberry

import jobbot_gql.jobs.schema  # noqa: F401 - inputs are derived from its types
from jobbot_gql.api.mutations.fields import create, delete, update, upsert
from jobbot_gql.api.mutations.inputs import NOTE, OCCURRED_AT, column_field
from jobbot_gql.api.mutations.payloads import row_field
from jobbot_gql.api.mutations.row_actions import row_action
from jobbot_gql.api.mutations.user_errors import UserError, user_error
from jobbot_gql.history.models import Change, StatusEvent
from jobbot_gql.jobs import models, service
from jobbot_gql.jobs.service import JOBS


@user_error(service.DuplicateJobUrl)
class DuplicateJobUrlError(UserError):
    """Another job has the same URL, or one that differs only in parts that do not identify a job."""

    job = row_field(models.Job, "job_id", "The other job; null if it was not saved.")


@strawberry.type
class JobMutations:
    """Root mutation fields of jobs."""

    create_job, create_jobs = create(JOBS)
    update_job, update_jobs = update(JOBS)
    upsert_job, upsert_jobs = upsert(JOBS)
    delete_job, delete_jobs = delete(JOBS, Change)

    change_job_status, change_job_statuses = row_action(
        models.Job,
        "ChangeJobStatus",
        "Change the status of jobs. Setting the current status again changes nothing.",
        service.change_job_statuses,
        fields=[
            column_field(models.Job.status, "New status.", required=True, nullable=False),
            OCCURRED_AT,
            NOTE,
        ],
        gives={
            "job": (models.Job, "Job after the mutation; null if the request was rejected."),
            "status_event": (StatusEvent, "Recorded status change; null if nothing changed."),
        },
    )
