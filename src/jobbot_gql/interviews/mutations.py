"""Mutations of interviews."""

import strawberry

import jobbot_gql.interviews.schema  # noqa: F401 - inputs are derived from its types
from jobbot_gql.api.mutations.fields import create, delete, update, upsert
from jobbot_gql.history.models import Change
from jobbot_gql.interviews.service import INTERVIEWS

_DERIVED = " The application's `interviewDate` is derived from its interviews."


@strawberry.type
class InterviewMutations:
    """Root fields that write interviews."""

    create_interview, create_interviews = create(INTERVIEWS, note=_DERIVED)
    update_interview, update_interviews = update(INTERVIEWS)
    upsert_interview, upsert_interviews = upsert(INTERVIEWS)
    delete_interview, delete_interviews = delete(INTERVIEWS, Change)
