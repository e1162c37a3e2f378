"""Tables of references and their usages."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import Date, Float, ForeignKey, Index, String, Text, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jobbot_gql.db.base import NEVER_REUSE_IDS, Base, Editable
from jobbot_gql.db.sql.column_types import within

if TYPE_CHECKING:
    from jobbot_gql.applications.models import Application


class Reference(Editable, Base):
    """A person who can vouch for the applicant."""

    __tablename__ = "references"
    __table_args__ = NEVER_REUSE_IDS

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    title: Mapped[str | None] = mapped_column(String(255))
    company: Mapped[str | None] = mapped_column(String(255))
    email: Mapped[str | None] = mapped_column(String(255))
    phone: Mapped[str | None] = mapped_column(String(50))

    relationship_type: Mapped[str | None] = mapped_column(String(100))
    years_worked_together: Mapped[int | None] = mapped_column(info=within(0, 100))

    consent_given: Mapped[bool | None] = mapped_column(default=False)
    consent_date: Mapped[date | None] = mapped_column(Date)
    last_contacted: Mapped[date | None] = mapped_column(Date)
    usage_count: Mapped[int | None] = mapped_column(default=0)

    credibility_score: Mapped[float | None] = mapped_column(Float, default=5.0, info=within(0, 10))
    response_rate: Mapped[float | None] = mapped_column(Float, default=0.0, info=within(0, 1))
    notes: Mapped[str | None] = mapped_column(Text)

    usages: Mapped[list[ReferenceUsage]] = relationship(
        back_populates="reference", lazy="raise", passive_deletes=True, cascade="all, delete"
    )


class ReferenceUsage(Base):
    """One use of a reference; append-only."""

    __tablename__ = "reference_usages"
    __table_args__ = (Index("ix_reference_usages_used_on", "used_on", "id"), NEVER_REUSE_IDS)

    id: Mapped[int] = mapped_column(primary_key=True)
    reference_id: Mapped[int] = mapped_column(ForeignKey("references.id", ondelete="CASCADE"), index=True)
    application_id: Mapped[int | None] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"), index=True)
    used_on: Mapped[date] = mapped_column(Date, server_default=func.current_date())
    context: Mapped[str | None] = mapped_column(Text)

    reference: Mapped[Reference] = relationship(back_populates="usages", lazy="raise")
    application: Mapped[Application | None] = relationship(back_populates="reference_usages", lazy="raise")
