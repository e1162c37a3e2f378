"""Tables of status events and of the change log."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship, synonym

from jobbot_gql.db.base import NEVER_REUSE_IDS, Base
from jobbot_gql.db.sql.column_types import UtcDateTime, Vocabulary, one_of, utcnow, vocabulary

if TYPE_CHECKING:
    from jobbot_gql.applications.models import Application
    from jobbot_gql.jobs.models import Job
    from jobbot_gql.outreach.models import Opportunity, OutreachCampaign


class ChangeOperation(Vocabulary):
    """What a write did to a row."""

    CREATE = "create", "The row was created."
    UPDATE = "update", "The row was changed."
    DELETE = "delete", "The row was deleted."


class Status(Vocabulary):
    """A status of a job, an application, an opportunity or an outreach campaign."""

    DISCOVERED = "discovered", "Of a job."
    TARGETED = "targeted", "Of a job."
    APPLIED = "applied", "Of a job."
    INTERVIEWING = "interviewing", "Of a job."
    OFFER = "offer", "Of a job."
    ARCHIVED = "archived", "Of a job."
    SUBMITTED = "submitted", "Of an application."
    ACKNOWLEDGED = "acknowledged", "Of an application."
    UNDER_REVIEW = "under_review", "Of an application."
    PHONE_SCREEN = "phone_screen", "Of an application."
    TECHNICAL_INTERVIEW = "technical_interview", "Of an application."
    FINAL_INTERVIEW = "final_interview", "Of an application."
    OFFER_RECEIVED = "offer_received", "Of an application."
    OFFER_NEGOTIATING = "offer_negotiating", "Of an application."
    GHOSTED = "ghosted", "Of an application."
    WITHDRAWN = "withdrawn", "Of an application."
    ACCEPTED = "accepted", "Of an application or an opportunity."
    REJECTED = "rejected", "Of a job, an application, an opportunity or an outreach campaign."
    IDENTIFIED = "identified", "Of an opportunity."
    RESEARCHED = "researched", "Of an opportunity."
    POC_CREATED = "poc_created", "Of an opportunity."
    PITCHED = "pitched", "Of an opportunity."
    SENT = "sent", "Of an outreach campaign."
    OPENED = "opened", "Of an outreach campaign."
    REPLIED = "replied", "Of an outreach campaign."
    INTERESTED = "interested", "Of an outreach campaign."


class StatusEvent(Base):
    """One change of status of a job, application, opportunity or outreach campaign; append-only."""

    __tablename__ = "status_events"
    __table_args__ = (
        CheckConstraint(
            " + ".join(
                f"CASE WHEN {subject} IS NULL THEN 0 ELSE 1 END"
                for subject in ("job_id", "application_id", "opportunity_id", "outreach_campaign_id")
            )
            + " = 1",
            name="one_subject",
        ),
        Index("ix_status_events_occurred_at", "occurred_at", "id"),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int | None] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), index=True)
    application_id: Mapped[int | None] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"), index=True)
    opportunity_id: Mapped[int | None] = mapped_column(ForeignKey("opportunities.id", ondelete="CASCADE"), index=True)
    outreach_campaign_id: Mapped[int | None] = mapped_column(
        ForeignKey("outreach_campaigns.id", ondelete="CASCADE"), index=True
    )
    from_status: Mapped[Status | None] = mapped_column(vocabulary(Status))
    to_status: Mapped[Status] = mapped_column(vocabulary(Status))
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime, server_default=utcnow())
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime, server_default=utcnow())
    note: Mapped[str | None] = mapped_column(Text)

    job: Mapped[Job | None] = relationship(back_populates="status_events", lazy="raise")
    application: Mapped[Application | None] = relationship(back_populates="status_events", lazy="raise")
    opportunity: Mapped[Opportunity | None] = relationship(back_populates="status_events", lazy="raise")
    outreach_campaign: Mapped[OutreachCampaign | None] = relationship(back_populates="status_events", lazy="raise")


class Change(Base):
    """One row of the change log, written by database triggers (`db/triggers/change_log.py`); append-only.

    No write or migration may change the columns of which cursors are made (`db/change_cursor.py`).
    """

    __tablename__ = "change_log"
    __table_args__ = (
        one_of("operation", ChangeOperation),
        Index("ix_change_log_subject", "entity", "entity_id"),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column("sequence", BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, server_default=utcnow(), index=True)
    actor: Mapped[str | None] = mapped_column(String(255))
    entity: Mapped[str] = mapped_column(String(50))
    entity_id: Mapped[int]
    operation: Mapped[ChangeOperation] = mapped_column(vocabulary(ChangeOperation))
    before: Mapped[dict[str, Any] | None] = mapped_column(
        JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
    )
    after: Mapped[dict[str, Any] | None] = mapped_column(
        JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
    )
    request_id: Mapped[str | None] = mapped_column(String(64), index=True)

    transaction_id: Mapped[int | None] = mapped_column(BigInteger)
    """Sequence of the first change of the transaction. NULL if another program wrote to a SQLite database."""

    sequence: Mapped[int] = synonym("id")
    """Increases in commit order. Rolled-back transactions leave gaps."""
