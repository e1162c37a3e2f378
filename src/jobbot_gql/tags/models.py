"""Tags of jobs, applications, companies and contacts."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jobbot_gql.db.base import NEVER_REUSE_IDS, Base
from jobbot_gql.db.sql.column_types import UtcDateTime, utcnow

if TYPE_CHECKING:
    from jobbot_gql.applications.models import Application
    from jobbot_gql.contacts.models import Contact
    from jobbot_gql.jobs.models import Job
    from jobbot_gql.outreach.models import Company


SUBJECTS = ("job_id", "application_id", "company_id", "contact_id")


class Tag(Base):
    """A tag of one row. It is added and deleted, and never changed."""

    __tablename__ = "tags"
    __table_args__ = (
        CheckConstraint(
            " + ".join(f"CASE WHEN {subject} IS NULL THEN 0 ELSE 1 END" for subject in SUBJECTS) + " = 1",
            name="one_subject",
        ),
        *(UniqueConstraint(subject, "name") for subject in SUBJECTS),
        Index("ix_tags_name", "name", "id"),
        # Rows without the key would make it look common, so that SQLite would rather read the whole table.
        *(
            Index(f"ix_tags_{subject}", subject, sqlite_where=given, postgresql_where=given)
            for subject, given in ((subject, text(f"{subject} IS NOT NULL")) for subject in SUBJECTS)
        ),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    job_id: Mapped[int | None] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    application_id: Mapped[int | None] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"))
    company_id: Mapped[int | None] = mapped_column(ForeignKey("companies.id", ondelete="CASCADE"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime, server_default=utcnow())

    job: Mapped[Job | None] = relationship(back_populates="tags", lazy="raise")
    application: Mapped[Application | None] = relationship(back_populates="tags", lazy="raise")
    company: Mapped[Company | None] = relationship(back_populates="tags", lazy="raise")
    contact: Mapped[Contact | None] = relationship(back_populates="tags", lazy="raise")
