"""Interviews."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jobbot_gql.db.base import NEVER_REUSE_IDS, Base, Editable
from jobbot_gql.db.sql.column_types import HTTP_URL, StringList, UtcDateTime, Vocabulary, one_of, vocabulary, within
from jobbot_gql.interviews.date_checks import incorrect_interview_dates

if TYPE_CHECKING:
    from jobbot_gql.applications.models import Application


class InterviewKind(Vocabulary):
    """Kind of an interview."""

    PHONE_SCREEN = "phone_screen", "A first conversation, usually by phone."
    TECHNICAL = "technical", "A technical interview or a test."
    MANAGER = "manager", "With the future manager."
    PANEL = "panel", "With several interviewers."
    FINAL = "final", "The last interview."
    OTHER = "other", "Anything else."


class InterviewStatus(Vocabulary):
    """Status of an interview."""

    SCHEDULED = "scheduled", "It is planned."
    COMPLETED = "completed", "It took place."
    CANCELLED = "cancelled", "It was cancelled."


class InterviewOutcome(Vocabulary):
    """Outcome of an interview."""

    PASSED = "passed", "The applicant is considered further."
    FAILED = "failed", "The applicant is no longer considered."


class Interview(Editable, Base):
    """An interview for an application."""

    __tablename__ = "interviews"
    __checks__ = (incorrect_interview_dates,)
    __table_args__ = (
        one_of("kind", InterviewKind),
        one_of("status", InterviewStatus),
        one_of("outcome", InterviewOutcome),
        Index("ix_interviews_starts_at", "starts_at", "id"),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"), index=True)
    round: Mapped[int | None] = mapped_column(info=within(1, 100))
    kind: Mapped[InterviewKind | None] = mapped_column(vocabulary(InterviewKind))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    time_zone: Mapped[str | None] = mapped_column(String(64))
    location: Mapped[str | None] = mapped_column(String(255))
    meeting_url: Mapped[str | None] = mapped_column(String(500), info=HTTP_URL)
    people: Mapped[list[str] | None] = mapped_column(StringList)
    status: Mapped[InterviewStatus] = mapped_column(vocabulary(InterviewStatus), default=InterviewStatus.SCHEDULED)
    outcome: Mapped[InterviewOutcome | None] = mapped_column(vocabulary(InterviewOutcome))
    debrief: Mapped[str | None] = mapped_column(Text)

    application: Mapped[Application] = relationship(back_populates="interviews", lazy="raise")
