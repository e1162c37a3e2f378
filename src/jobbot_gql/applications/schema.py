"""GraphQL types and queries of applications, employer responses and experience claims."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import strawberry
from sqlalchemy import Select, or_, select

from jobbot_gql.api.engine.loaders import instance
from jobbot_gql.api.engine.root_node import Reader
from jobbot_gql.api.fields.computed import ParentBatch, computed, query_field
from jobbot_gql.api.fields.connections import connection
from jobbot_gql.api.fields.lookups import lookup
from jobbot_gql.api.fields.relations import count_of, history_of, to_many, to_one
from jobbot_gql.api.guard.cost import TEXTS
from jobbot_gql.api.types.entity import Node, Written, column, entity, entity_of
from jobbot_gql.api.types.global_ids import decode_as, row_number
from jobbot_gql.applications import models
from jobbot_gql.applications.activity import LATEST, last_activity
from jobbot_gql.applications.claim_check import check_claims
from jobbot_gql.applications.integrity import PASS_FROM, WARN_FROM
from jobbot_gql.applications.integrity_report import CLAIMS, IntegrityReport, integrity_report
from jobbot_gql.contacts.models import ContactLink
from jobbot_gql.db.sql.keyset import OrderTerm
from jobbot_gql.db.sql.selects import Columns, by_key, is_key
from jobbot_gql.documents.models import DocumentLink
from jobbot_gql.follow_ups.models import FollowUp
from jobbot_gql.history.models import Change, StatusEvent
from jobbot_gql.history.timeline import TimelineKind, TimelineSource, timeline_of
from jobbot_gql.interviews.models import Interview
from jobbot_gql.jobs.models import Job
from jobbot_gql.postings.models import KEPT, Posting
from jobbot_gql.tags.models import Tag


def _posting_changes(dialect: str, columns: Columns, *, single: bool = False) -> Select[Any]:
    """Whether the text of each application's job differs from its posting."""
    differs = or_(*(getattr(Job, name).is_distinct_from(getattr(Posting, name)) for name in KEPT))
    application: Any = models.Application
    return (
        select(application.id, differs)
        .join(Job, Job.id == application.job_id)
        .join(Posting, Posting.digest == application.posting_digest)
        .where(is_key(application.id, single=single))
    )


@entity(models.Application, order=[OrderTerm("application_date", descending=True)])
class Application(Node):
    """An application for a job."""

    application_date = column(models.Application.application_date, "Time at which it was sent.")
    status = column(models.Application.status, "Status of the application.", Written.ONCE)
    cover_letter_version = column(models.Application.cover_letter_version, "Version of the cover letter that was sent.")
    resume_version = column(models.Application.resume_version, "Version of the résumé that was sent.")
    interview_date = column(
        models.Application.interview_date,
        "Start of the earliest scheduled interview, or else of the latest. Setting it moves that"
        " interview, or creates one; null deletes the only one.",
    )
    response_date = column(
        models.Application.response_date,
        "Time of the earliest response that is not an acknowledgment. Can be set directly while"
        " there is no such response.",
    )
    notes = column(models.Application.notes, "Notes of the applicant.")
    credibility_rating = column(
        models.Application.credibility_rating,
        "Credibility of the application given its claims, 0 to 1; 1 without claims.",
        Written.NEVER,
    )
    exaggeration_level = column(
        models.Application.exaggeration_level,
        "Mean share of the claims that the original experience does not support, 0 to 1; 0 without claims.",
        Written.NEVER,
    )
    integrity_score = column(
        models.Application.integrity_score,
        "Credibility and exaggeration combined, 0 to 100; 100 is honest.",
        Written.NEVER,
    )

    job = to_one(models.Application.job, models.Application.job_id, "Job that was applied for.")
    posting = to_one(
        models.Application.posting,
        models.Application.posting_digest,
        "Text of the job as it was when the application was created; null if the job had no description, requirements"
        " or benefits.",
        optional=True,
    )
    responses = to_many(
        models.Application.responses,
        OrderTerm("response_date"),
        description="Responses of the employer, oldest first.",
    )
    response_count = count_of(models.Application.responses, "Number of responses.")
    experience_claims = to_many(
        models.Application.experience_claims, description="Claims made in this application, oldest first."
    )
    experience_claim_count = count_of(models.Application.experience_claims, "Number of claims.")
    status_events = to_many(
        models.Application.status_events, OrderTerm("occurred_at"), description="Status changes, oldest first."
    )
    status_event_count = count_of(models.Application.status_events, "Number of status changes.")
    reference_usages = to_many(
        models.Application.reference_usages,
        OrderTerm("used_on"),
        description="Uses of references for this application, oldest first.",
    )
    reference_usage_count = count_of(models.Application.reference_usages, "Number of uses of references.")
    contact_links = to_many(models.Application.contact_links, description="Contacts with their roles, oldest first.")
    contact_link_count = count_of(models.Application.contact_links, "Number of links of contacts.")
    document_links = to_many(models.Application.document_links, description="Attached documents, oldest first.")
    document_link_count = count_of(models.Application.document_links, "Number of attached documents.")
    tags = to_many(models.Application.tags, OrderTerm("name"), description="Tags, by name.", newest=False)
    tag_count = count_of(models.Application.tags, "Number of tags.")
    follow_ups = to_many(
        models.Application.follow_ups,
        OrderTerm("due_on"),
        description="Follow-ups that were scheduled, snoozed, completed or dismissed, by due date."
        " For those that are computed, use `followUps`.",
    )
    follow_up_count = count_of(models.Application.follow_ups, "Number of stored follow-ups.")
    interviews = to_many(
        models.Application.interviews, OrderTerm("starts_at"), description="Interviews, earliest first."
    )
    interview_count = count_of(models.Application.interviews, "Number of interviews.")
    history = history_of(models.Application.history)

    timeline = timeline_of(
        TimelineSource(TimelineKind.CLAIM, models.Application.experience_claims, models.Application.application_date),
        TimelineSource(TimelineKind.STATUS, models.Application.status_events, StatusEvent.occurred_at),
        TimelineSource(TimelineKind.RESPONSE, models.Application.responses, models.EmployerResponse.response_date),
        TimelineSource(TimelineKind.INTERVIEW, models.Application.interviews, Interview.starts_at),
        TimelineSource(TimelineKind.CONTACT, models.Application.contact_links, ContactLink.linked_at),
        TimelineSource(TimelineKind.DOCUMENT, models.Application.document_links, DocumentLink.attached_at),
        TimelineSource(TimelineKind.TAG, models.Application.tags, Tag.added_at),
        TimelineSource(TimelineKind.FOLLOW_UP, models.Application.follow_ups, FollowUp.due_on),
        description="Claims, status changes, responses, interviews, contacts, documents, tags and stored follow-ups,"
        " oldest first.",
    )

    @computed(
        models.Application.id,
        batch=ParentBatch(_posting_changes),
        description="Whether the text of the job differs from `posting` today; false if there is no posting.",
    )
    def posting_changed(self: Any, changes: Sequence[Any]) -> bool:
        return bool(changes and changes[0][0])

    @computed(
        models.Application.id,
        batch=LATEST,
        description="Time of the last activity: it was sent, its status changed, or the employer answered.",
    )
    def last_activity(self: Any, latest: Sequence[Any]) -> datetime | None:
        return last_activity(latest)

    @computed(
        models.Application.id, batch=LATEST, description="Number of whole days since the last activity, at least 0."
    )
    def days_since_activity(self: Any, latest: Sequence[Any]) -> int | None:
        at = last_activity(latest)
        return None if at is None else max((datetime.now(UTC) - at).days, 0)

    @computed(
        models.Application.id,
        batch=CLAIMS,
        description="Effect of each claim on the integrity of the application, and a recommendation.",
    )
    def integrity_report(
        self: Any,
        claims: Sequence[Any],
        *,
        pass_from: Annotated[
            float, strawberry.argument(description="Lowest integrity score that passes, 0 to 100. Default 80.")
        ] = PASS_FROM,
        warn_from: Annotated[
            float,
            strawberry.argument(description="Lowest integrity score that passes with a warning, 0 to 100. Default 60."),
        ] = WARN_FROM,
    ) -> IntegrityReport:
        return integrity_report([claim for (claim,) in claims], pass_from, warn_from)


@entity(models.EmployerResponse, order=[OrderTerm("response_date", descending=True)])
class EmployerResponse(Node):
    """A response of an employer to an application."""

    response_date = column(models.EmployerResponse.response_date, "Time at which it was received.")
    response_type = column(models.EmployerResponse.response_type, "Kind of response.")
    subject_line = column(models.EmployerResponse.subject_line, "Subject line of the email.")
    email_content = column(models.EmployerResponse.email_content, "Body of the email.")
    sender_email = column(models.EmployerResponse.sender_email, "Email address of the sender.")
    sentiment_score = column(
        models.EmployerResponse.sentiment_score,
        "Tone of the text, from -1 to 1: positive from 0.05, negative from -0.05.",
    )
    requires_action = column(models.EmployerResponse.requires_action, "Whether the applicant has to act.")
    action_taken = column(models.EmployerResponse.action_taken, "Action that the applicant took.")
    follow_up_scheduled = column(models.EmployerResponse.follow_up_scheduled, "Time of the scheduled follow-up.")

    application = to_one(
        models.EmployerResponse.application,
        models.EmployerResponse.application_id,
        "Application that was answered.",
    )
    history = history_of(models.EmployerResponse.history)
    timeline = timeline_of(
        TimelineSource(TimelineKind.CHANGE, models.EmployerResponse.history, Change.at),
        description="Changes of this row, oldest first.",
    )


@entity(models.ExperienceClaim)
class ExperienceClaim(Node):
    """A claim in an application, compared with the truth."""

    claim_type = column(
        models.ExperienceClaim.claim_type,
        "Kind of claim: `fabrication`, `embellishment`, `omission`, or any other string.",
    )
    original_experience = column(models.ExperienceClaim.original_experience, "What is true.")
    claimed_experience = column(models.ExperienceClaim.claimed_experience, "What the application claims.")
    exaggeration_multiplier = column(
        models.ExperienceClaim.exaggeration_multiplier,
        "Ratio of what was claimed to what is true: 1 is accurate, 2 is twice as much, below 1 is understatement."
        f" Greater than 0, at most {models.MAX_MULTIPLIER:,}.",
    )
    credibility_impact = column(
        models.ExperienceClaim.credibility_impact, "Credibility lost if the claim is discovered, 0 to 1."
    )
    risk_level = column(models.ExperienceClaim.risk_level, "Risk that the claim poses.")
    justification = column(models.ExperienceClaim.justification, "Applicant's reason for the wording.")

    application = to_one(
        models.ExperienceClaim.application,
        models.ExperienceClaim.application_id,
        "Application that makes the claim.",
    )
    history = history_of(models.ExperienceClaim.history)
    timeline = timeline_of(
        TimelineSource(TimelineKind.CHANGE, models.ExperienceClaim.history, Change.at),
        description="Changes of this row, oldest first.",
    )


@strawberry.type
class ApplicationQueries:
    """Root query fields of applications, responses and claims."""

    application = lookup(models.Application, "Application with a unique key; null if not found.")
    applications = connection(models.Application, "Applications. Default order: newest first.")
    employer_response = lookup(models.EmployerResponse, "Employer response with a unique key; null if not found.")
    employer_responses = connection(models.EmployerResponse, "Employer responses. Default order: newest first.")
    experience_claim = lookup(models.ExperienceClaim, "Experience claim with a unique key; null if not found.")
    experience_claims = connection(models.ExperienceClaim, "Experience claims. Default order: newest first.")

    check_claims = query_field(
        "Comparison of a claim with the truth: numbers, durations, dates, titles, scope and skills, in"
        " English. Deterministic. Each character of the texts costs 1.",
        {TEXTS: ("original", "claimed")},
    )(check_claims)

    @query_field("Application with an id; null if not found. The same as `application`.")
    async def application_details(
        reader: Reader,  # noqa: N805 - not a method
        *,
        id: Annotated[  # noqa: A002 - the argument's name in the API
            strawberry.ID, strawberry.argument(description="Global id, or primary key in the database.")
        ],
    ) -> Application | None:
        row_id = row_number(id) if id.isdecimal() else decode_as("Application", id)
        columns = reader.columns(entity_of(models.Application))
        rows = await reader.rows(by_key(models.Application, "id", columns), {"keys": [row_id]})
        return instance(Application, columns, rows[0][1:]) if rows else None
