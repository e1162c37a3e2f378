"""Postings: the texts of jobs as they were when applications were sent."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from jobbot_gql.db.base import NEVER_REUSE_IDS, Base
from jobbot_gql.db.sql.column_types import UtcDateTime, utcnow

KEPT = ("title", "company", "location", "description", "requirements", "benefits")
"""Columns of a job that a posting keeps."""


class Posting(Base):
    """The text of a job, addressed by its content and shared by all applications with the same text.

    It is never changed. A trigger deletes it with its last application; see `db/triggers/shared_postings.py`.
    """

    __tablename__ = "postings"
    __table_args__ = NEVER_REUSE_IDS

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    title: Mapped[str] = mapped_column(String(255))
    company: Mapped[str] = mapped_column(String(255))
    location: Mapped[str | None] = mapped_column(String(255))
    description: Mapped[str | None] = mapped_column(Text)
    requirements: Mapped[str | None] = mapped_column(Text)
    benefits: Mapped[str | None] = mapped_column(Text)
    kept_at: Mapped[datetime] = mapped_column(UtcDateTime, server_default=utcnow())
