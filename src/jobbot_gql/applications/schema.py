"""Applications, employers' responses and experience claims in the API."""

from datetime import UTC, datetime
from typing import Annotated

import strawberry

from jobbot_gql.api.engine.context import Info
from jobbot_gql.api.fields.connections import connection
from jobbot_gql.api.fields.history import history_of
from jobbot_gql.api.fields.lookups import lookup, row_by_key
from jobbot_gql.api.fields.relations import to_many, to_one
from jobbot_gql.api.types.entity import Node, Written, column, derived, entity, entity_of
from jobbot_gql.api.types.global_ids import decode_as, row_number
from jobbot_gql.applications import models
from jobbot_gql.applications.activity import last_activity
from jobbot_gql.applications.claim_check import check_claims
from jobbot_gql.applications.integrity import PASS_FROM, WARN_FROM
from jobbot_gql.applications.integrity_report import IntegrityReport, integrity_report
from jobbot_gql.db.sql.keyset import OrderTerm
from jobbot_gql.history.models import Change, StatusEvent
from jobbot_gql.history.timeline import Happening, TimelineKind, timeline_of


@entity(models.Application, order=[OrderTerm("application_date", descending=True)])
class Application(Node):
    """One application to one job."""

    application_date = column(models.Application.application_date, "When it was sent.")
    status = column(models.Application.status, "Where it stands with the employer.", Written.ONCE)
    cover_letter_version = column(models.Application.cover_letter_version, "Which cover letter was sent.")
    resume_version = column(models.Application.resume_version, "Which résumé was sent.")
    interview_date = column(models.Application.interview_date, "When the interview is or was.")
    response_date = column(
        models.Application.response_date,
        "When the employer first answered: the date of the earliest response that is no acknowledgment. It can be set"
        " by hand while there is no such response.",
    )
    notes = column(models.Application.notes, "The applicant's own notes.")
    credibility_rating = column(
        models.Application.credibility_rating,
        "How credible the claims leave the application, from 0 to 1; 1 without claims.",
        Written.NEVER,
    )
    exaggeration_level = column(
        models.Application.exaggeration_level,
        "Mean share of the claims that the truth does not support, from 0 to 1; 0 without claims.",
        Written.NEVER,
    )
    integrity_score = column(
        models.Application.integrity_score,
        "Credibility and exaggeration in one figure, from 0 to 100; 100 is honest.",
        Written.NEVER,
    )

    job = to_one(models.Application.job, models.Application.job_id, "The job applied for.")
    responses = to_many(
        models.Application.responses,
        OrderTerm("response_date"),
        description="What the employer answered, oldest first.",
    )
    experience_claims = to_many(
        models.Application.experience_claims, description="The claims made in this application, oldest first."
    )
    status_events = to_many(
        models.Application.status_events, OrderTerm("occurred_at"), description="The changes of status, oldest first."
    )
    reference_usages = to_many(
        models.Application.reference_usages,
        OrderTerm("used_on"),
        description="The uses of references for this application, oldest first.",
    )
    history = history_of(models.Application.history)

    timeline = timeline_of(
        Happening(TimelineKind.CLAIM, models.Application.experience_claims, models.Application.application_date),
        Happening(TimelineKind.STATUS, models.Application.status_events, StatusEvent.occurred_at),
        Happening(TimelineKind.RESPONSE, models.Application.responses, models.EmployerResponse.response_date),
        description="Claims, changes of status and answers in the order of their time.",
    )

    @derived(
        models.Application.id,
        description="When something last happened: it was sent, its status changed, or the employer answered.",
    )
    async def last_activity(self, info: Info) -> datetime | None:
        return await last_activity(self, info)

    @derived(models.Application.id, description="How many whole days ago something last happened; never negative.")
    async def days_since_activity(self, info: Info) -> int | None:
        at = await last_activity(self, info)
        return None if at is None else max((datetime.now(UTC) - at).days, 0)

    @derived(models.Application.id, description="What each claim does to the application's integrity, and a verdict.")
    async def integrity_report(
        self,
        info: Info,
        pass_from: Annotated[
            float, strawberry.argument(description="The score from which the application passes.")
        ] = PASS_FROM,
        warn_from: Annotated[
            float, strawberry.argument(description="The score from which it passes with a warning; below, it does not.")
        ] = WARN_FROM,
    ) -> IntegrityReport:
        return await integrity_report(self, info, pass_from, warn_from)


@entity(models.EmployerResponse, order=[OrderTerm("response_date", descending=True)])
class EmployerResponse(Node):
    """One answer of an employer to an application."""

    response_date = column(models.EmployerResponse.response_date, "When it came.")
    response_type = column(models.EmployerResponse.response_type, "What kind of answer it is.")
    subject_line = column(models.EmployerResponse.subject_line, "Subject of the mail.")
    email_content = column(models.EmployerResponse.email_content, "Text of the mail.")
    sender_email = column(models.EmployerResponse.sender_email, "Address that it came from.")
    sentiment_score = column(
        models.EmployerResponse.sentiment_score,
        "Tone of the text, from -1 to 1: positive from 0.05, negative from -0.05.",
    )
    requires_action = column(models.EmployerResponse.requires_action, "Whether the applicant has to do something.")
    action_taken = column(models.EmployerResponse.action_taken, "What the applicant did about it.")
    follow_up_scheduled = column(models.EmployerResponse.follow_up_scheduled, "When to come back to it.")

    application = to_one(
        models.EmployerResponse.application,
        models.EmployerResponse.application_id,
        "The application that was answered.",
    )
    history = history_of(models.EmployerResponse.history)
    timeline = timeline_of(
        Happening(TimelineKind.CHANGE, models.EmployerResponse.history, Change.at),
        description="What was done to it, in the order of time.",
    )


@entity(models.ExperienceClaim)
class ExperienceClaim(Node):
    """One claim in an application beside the truth, and how far it goes beyond it."""

    claim_type = column(
        models.ExperienceClaim.claim_type, "Kind of claim: `fabrication`, `embellishment`, `omission`, or another word."
    )
    original_experience = column(models.ExperienceClaim.original_experience, "What is true.")
    claimed_experience = column(models.ExperienceClaim.claimed_experience, "What was written.")
    exaggeration_multiplier = column(
        models.ExperienceClaim.exaggeration_multiplier,
        "How many times the truth was claimed: 1 is the truth, 2 is twice as much, below 1 is understatement. More than"
        f" 0, at most {models.MAX_MULTIPLIER:,}.",
    )
    credibility_impact = column(
        models.ExperienceClaim.credibility_impact, "How much credibility the claim costs if found out, from 0 to 1."
    )
    risk_level = column(models.ExperienceClaim.risk_level, "How dangerous the claim is.")
    justification = column(models.ExperienceClaim.justification, "Why the applicant put it that way.")

    application = to_one(
        models.ExperienceClaim.application,
        models.ExperienceClaim.application_id,
        "The application that makes the claim.",
    )
    history = history_of(models.ExperienceClaim.history)
    timeline = timeline_of(
        Happening(TimelineKind.CHANGE, models.ExperienceClaim.history, Change.at),
        description="What was done to it, in the order of time.",
    )


@strawberry.type
class ApplicationQueries:
    """Root fields about applications, responses and claims."""

    application = lookup(models.Application, "One application by a unique key, or null.")
    applications = connection(models.Application, "Applications, the latest sent first unless ordered otherwise.")
    employer_response = lookup(models.EmployerResponse, "One answer of an employer, or null.")
    employer_responses = connection(models.EmployerResponse, "Answers of employers, the latest first.")
    experience_claim = lookup(models.ExperienceClaim, "One claim, or null.")
    experience_claims = connection(models.ExperienceClaim, "Claims, the latest added first.")

    check_claims = strawberry.field(
        resolver=check_claims,
        description="Compare a claim with the truth: numbers, durations, dates, titles, scope and skill, in English."
        " The same texts always give the same answer.",
    )

    @derived(
        description="One application, or null: its job, responses and claims come with it. The same as `application`."
    )
    async def application_details(
        self,
        info: Info,
        id: Annotated[  # noqa: A002 - the argument's name in the API
            strawberry.ID, strawberry.argument(description="The global id, or the row's number.")
        ],
    ) -> Application | None:
        row_id = row_number(id) if id.isdecimal() else decode_as("Application", id)
        found: Application | None = await row_by_key(info, entity_of(models.Application), "id", row_id)
        return found
