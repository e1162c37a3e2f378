"""Follow-ups on applications and outreach campaigns."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jobbot_gql.db.base import NEVER_REUSE_IDS, Base, Editable
from jobbot_gql.db.sql.column_types import UtcDateTime, Vocabulary, one_of, utcnow, vocabulary

if TYPE_CHECKING:
    from jobbot_gql.applications.models import Application
    from jobbot_gql.outreach.models import OutreachCampaign

SUBJECTS = ("application_id", "outreach_campaign_id")


class FollowUpStatus(Vocabulary):
    """Status of a follow-up."""

    OPEN = "open", "To be done."
    COMPLETED = "completed", "Done."
    DISMISSED = "dismissed", "Not needed."


class FollowUp(Editable, Base):
    """A follow-up that a user has scheduled, snoozed, completed or dismissed. All others are computed."""

    __tablename__ = "follow_ups"
    __table_args__ = (
        CheckConstraint(
            " + ".join(f"CASE WHEN {subject} IS NULL THEN 0 ELSE 1 END" for subject in SUBJECTS) + " = 1",
            name="one_subject",
        ),
        one_of("status", FollowUpStatus),
        Index("ix_follow_ups_due_on", "due_on", "id"),
        # Rows without the key would make it look common, so that SQLite would rather read the whole table.
        *(
            Index(f"ix_follow_ups_{subject}", subject, sqlite_where=given, postgresql_where=given)
            for subject, given in ((subject, text(f"{subject} IS NOT NULL")) for subject in SUBJECTS)
        ),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int | None] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"))
    outreach_campaign_id: Mapped[int | None] = mapped_column(ForeignKey("outreach_campaigns.id", ondelete="CASCADE"))
    step: Mapped[int | None]
    due_on: Mapped[date] = mapped_column(Date)
    snoozed_until: Mapped[date | None] = mapped_column(Date)
    status: Mapped[FollowUpStatus] = mapped_column(vocabulary(FollowUpStatus), default=FollowUpStatus.OPEN)
    note: Mapped[str | None] = mapped_column(Text)
    outcome: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, server_default=utcnow())

    application: Mapped[Application | None] = relationship(back_populates="follow_ups", lazy="raise")
    outreach_campaign: Mapped[OutreachCampaign | None] = relationship(back_populates="follow_ups", lazy="raise")
