"""Tables of applications, employer responses and experience claims."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Float, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jobbot_gql.db.base import NEVER_REUSE_IDS, Base, Editable
from jobbot_gql.db.sql.column_types import Ratio, UtcDateTime, Vocabulary, one_of, utcnow, vocabulary, within
from jobbot_gql.db.sql.keyset import newest_first

MAX_MULTIPLIER = 1_000_000
"""Largest `exaggeration_multiplier`. Small enough that sums and products over claims stay finite."""

if TYPE_CHECKING:
    from jobbot_gql.contacts.models import ContactLink
    from jobbot_gql.documents.models import DocumentLink
    from jobbot_gql.follow_ups.models import FollowUp
    from jobbot_gql.history.models import StatusEvent
    from jobbot_gql.interviews.models import Interview
    from jobbot_gql.jobs.models import Job
    from jobbot_gql.postings.models import Posting
    from jobbot_gql.references.models import ReferenceUsage
    from jobbot_gql.tags.models import Tag


class ApplicationStatus(Vocabulary):
    """Status of an application."""

    SUBMITTED = "submitted", "Sent; no response yet."
    ACKNOWLEDGED = "acknowledged", "The employer confirmed receipt."
    UNDER_REVIEW = "under_review", "The employer is reviewing it."
    PHONE_SCREEN = "phone_screen", "A phone screen was scheduled or held."
    TECHNICAL_INTERVIEW = "technical_interview", "A technical interview was scheduled or held."
    FINAL_INTERVIEW = "final_interview", "The final interview was scheduled or held."
    OFFER_RECEIVED = "offer_received", "The employer made an offer."
    OFFER_NEGOTIATING = "offer_negotiating", "The terms of the offer are being negotiated."
    ACCEPTED = "accepted", "The offer was accepted. Final."
    REJECTED = "rejected", "The employer declined. Final."
    GHOSTED = "ghosted", "The employer never answered. Final."
    WITHDRAWN = "withdrawn", "The applicant withdrew. Final."


class ResponseType(Vocabulary):
    """Kind of an employer's response."""

    ACKNOWLEDGMENT = "acknowledgment", "An automatic confirmation; does not count as an answer."
    INFO_REQUEST = "info_request", "A request for information."
    ASSESSMENT = "assessment", "A test or an assignment."
    INTERVIEW_REQUEST = "interview_request", "An invitation to an interview."
    OFFER = "offer", "A job offer."
    REJECTION = "rejection", "A rejection."
    OTHER = "other", "Anything else."


class RiskLevel(Vocabulary):
    """Risk that a claim poses to the credibility of the application."""

    LOW = "low", "Close to the truth."
    MEDIUM = "medium", "Exaggerates."
    HIGH = "high", "Would not withstand a reference check."


class Application(Editable, Base):
    """An application for a job."""

    __tablename__ = "applications"
    __table_args__ = (
        one_of("status", ApplicationStatus),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), index=True)
    application_date: Mapped[datetime | None] = mapped_column(UtcDateTime, server_default=utcnow())
    status: Mapped[ApplicationStatus | None] = mapped_column(
        vocabulary(ApplicationStatus), default=ApplicationStatus.SUBMITTED, index=True
    )

    cover_letter_version: Mapped[str | None] = mapped_column(String(100))
    resume_version: Mapped[str | None] = mapped_column(String(100))

    interview_date: Mapped[datetime | None] = mapped_column(UtcDateTime)
    response_date: Mapped[datetime | None] = mapped_column(UtcDateTime)
    notes: Mapped[str | None] = mapped_column(Text)

    posting_digest: Mapped[str | None] = mapped_column(String(64), index=True)
    """Address of the job's text when the application was created; see `postings`."""

    credibility_rating: Mapped[float | None] = mapped_column(Ratio, default=1.0, info=within(0, 1))
    exaggeration_level: Mapped[float | None] = mapped_column(Ratio, default=0.0, info=within(0, 1))
    integrity_score: Mapped[float | None] = mapped_column(Ratio, default=100.0, info=within(0, 100))

    job: Mapped[Job] = relationship(back_populates="applications", lazy="raise")
    posting: Mapped[Posting | None] = relationship(
        primaryjoin="foreign(Application.posting_digest) == Posting.digest", viewonly=True, uselist=False, lazy="raise"
    )
    responses: Mapped[list[EmployerResponse]] = relationship(
        back_populates="application", lazy="raise", passive_deletes=True, cascade="all, delete"
    )
    experience_claims: Mapped[list[ExperienceClaim]] = relationship(
        back_populates="application", lazy="raise", passive_deletes=True, cascade="all, delete"
    )
    interviews: Mapped[list[Interview]] = relationship(
        back_populates="application", lazy="raise", passive_deletes=True, cascade="all, delete"
    )
    status_events: Mapped[list[StatusEvent]] = relationship(
        back_populates="application", lazy="raise", passive_deletes=True, cascade="all, delete"
    )
    reference_usages: Mapped[list[ReferenceUsage]] = relationship(
        back_populates="application", lazy="raise", passive_deletes=True, cascade="all, delete"
    )
    contact_links: Mapped[list[ContactLink]] = relationship(
        back_populates="application", lazy="raise", passive_deletes=True, cascade="all, delete"
    )
    follow_ups: Mapped[list[FollowUp]] = relationship(
        back_populates="application", lazy="raise", passive_deletes=True, cascade="all, delete"
    )
    document_links: Mapped[list[DocumentLink]] = relationship(
        back_populates="application", lazy="raise", passive_deletes=True, cascade="all, delete"
    )
    tags: Mapped[list[Tag]] = relationship(
        back_populates="application", lazy="raise", passive_deletes=True, cascade="all, delete"
    )


newest_first(Application.application_date)


class EmployerResponse(Editable, Base):
    """A response of an employer to an application."""

    __tablename__ = "employer_responses"
    __table_args__ = (one_of("response_type", ResponseType), NEVER_REUSE_IDS)

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"), index=True)
    response_date: Mapped[datetime | None] = mapped_column(UtcDateTime, server_default=utcnow())
    response_type: Mapped[ResponseType] = mapped_column(vocabulary(ResponseType), index=True)

    subject_line: Mapped[str | None] = mapped_column(String(255))
    email_content: Mapped[str | None] = mapped_column(Text)
    sender_email: Mapped[str | None] = mapped_column(String(255))

    sentiment_score: Mapped[float | None] = mapped_column(Float, info=within(-1, 1))
    requires_action: Mapped[bool | None] = mapped_column(default=False)
    action_taken: Mapped[str | None] = mapped_column(Text)
    follow_up_scheduled: Mapped[datetime | None] = mapped_column(UtcDateTime)

    application: Mapped[Application] = relationship(back_populates="responses", lazy="raise")


newest_first(EmployerResponse.response_date)


class ExperienceClaim(Editable, Base):
    """A claim in an application, with the experience that it is based on."""

    __tablename__ = "experience_claims"
    __table_args__ = (one_of("risk_level", RiskLevel), NEVER_REUSE_IDS)

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"), index=True)
    claim_type: Mapped[str] = mapped_column(String(100), index=True)

    original_experience: Mapped[str] = mapped_column(Text)
    claimed_experience: Mapped[str] = mapped_column(Text)
    exaggeration_multiplier: Mapped[float | None] = mapped_column(
        Float, default=1.0, info=within(gt=0, le=MAX_MULTIPLIER)
    )

    credibility_impact: Mapped[float | None] = mapped_column(Ratio, default=0.0, info=within(0, 1))
    risk_level: Mapped[RiskLevel | None] = mapped_column(vocabulary(RiskLevel), default=RiskLevel.LOW, index=True)
    justification: Mapped[str | None] = mapped_column(Text)

    application: Mapped[Application] = relationship(back_populates="experience_claims", lazy="raise")
