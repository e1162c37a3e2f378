"""Documents, such as résumés, and the applications that they were sent with."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jobbot_gql.db.base import NEVER_REUSE_IDS, Base, Editable
from jobbot_gql.db.sql.column_types import UtcDateTime, Vocabulary, one_of, utcnow, vocabulary

if TYPE_CHECKING:
    from jobbot_gql.applications.models import Application


class DocumentKind(Vocabulary):
    """Kind of a document."""

    RESUME = "resume", "A résumé."
    COVER_LETTER = "cover_letter", "A cover letter."
    CERTIFICATE = "certificate", "A certificate or a letter of recommendation."
    WORK_SAMPLE = "work_sample", "A work sample or a portfolio."
    OTHER = "other", "Anything else."


class AttachedDocument(Editable, Base):
    """A file of the applicant: what it is, its SHA-256 and its location, not its content."""

    __tablename__ = "attached_documents"
    __table_args__ = (
        one_of("kind", DocumentKind),
        Index("ix_attached_documents_name", "name", "id"),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[DocumentKind] = mapped_column(vocabulary(DocumentKind), default=DocumentKind.OTHER)
    name: Mapped[str] = mapped_column(String(255))
    revision: Mapped[str | None] = mapped_column(String(100))
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    location: Mapped[str | None] = mapped_column(Text)

    links: Mapped[list[DocumentLink]] = relationship(
        back_populates="document", lazy="raise", passive_deletes=True, cascade="all, delete"
    )


class DocumentLink(Base):
    """A document that is attached to an application. It is added and deleted, and never changed."""

    __tablename__ = "document_links"
    __table_args__ = (UniqueConstraint("application_id", "document_id"), NEVER_REUSE_IDS)

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"), index=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("attached_documents.id", ondelete="CASCADE"), index=True)
    attached_at: Mapped[datetime] = mapped_column(UtcDateTime, server_default=utcnow())

    application: Mapped[Application] = relationship(back_populates="document_links", lazy="raise")
    document: Mapped[AttachedDocument] = relationship(back_populates="links", lazy="raise")
