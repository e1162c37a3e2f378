"""Contacts, and their links to companies, jobs and applications."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jobbot_gql.db.base import NEVER_REUSE_IDS, Base, Editable
from jobbot_gql.db.sql.column_types import HTTP_URL, UtcDateTime, Vocabulary, one_of, utcnow, vocabulary

if TYPE_CHECKING:
    from jobbot_gql.applications.models import Application
    from jobbot_gql.jobs.models import Job
    from jobbot_gql.outreach.models import Company
    from jobbot_gql.tags.models import Tag

SUBJECTS = ("company_id", "job_id", "application_id")
"""Foreign keys of a link, of which exactly one has a value."""


class ContactRole(Vocabulary):
    """Role of a contact at a company, for a job or for an application."""

    RECRUITER = "recruiter", "Recruits for the employer."
    HIRING_MANAGER = "hiring_manager", "Decides who is hired."
    REFERRER = "referrer", "Refers the applicant."
    INTERVIEWER = "interviewer", "Interviews the applicant."
    EMPLOYEE = "employee", "Works there."
    OTHER = "other", "Anything else."


class Contact(Editable, Base):
    """A person who has to do with the job search."""

    __tablename__ = "contacts"
    __table_args__ = (Index("ix_contacts_name", "name", "id"), NEVER_REUSE_IDS)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    title: Mapped[str | None] = mapped_column(String(255))
    company: Mapped[str | None] = mapped_column(String(255))
    email: Mapped[str | None] = mapped_column(String(255))
    phone: Mapped[str | None] = mapped_column(String(50))
    profile_url: Mapped[str | None] = mapped_column(String(500), info=HTTP_URL)
    notes: Mapped[str | None] = mapped_column(Text)

    links: Mapped[list[ContactLink]] = relationship(
        back_populates="contact", lazy="raise", passive_deletes=True, cascade="all, delete"
    )
    tags: Mapped[list[Tag]] = relationship(
        back_populates="contact", lazy="raise", passive_deletes=True, cascade="all, delete"
    )


class ContactLink(Editable, Base):
    """The role of a contact at a company, for a job or for an application."""

    __tablename__ = "contact_links"
    __table_args__ = (
        one_of("role", ContactRole),
        CheckConstraint(
            " + ".join(f"CASE WHEN {subject} IS NULL THEN 0 ELSE 1 END" for subject in SUBJECTS) + " = 1",
            name="one_subject",
        ),
        *(UniqueConstraint("contact_id", subject, "role") for subject in SUBJECTS),
        # As in `tags`: rows without the key would make it look common to SQLite.
        *(
            Index(f"ix_contact_links_{subject}", subject, sqlite_where=given, postgresql_where=given)
            for subject, given in ((subject, text(f"{subject} IS NOT NULL")) for subject in SUBJECTS)
        ),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), index=True)
    company_id: Mapped[int | None] = mapped_column(ForeignKey("companies.id", ondelete="CASCADE"))
    job_id: Mapped[int | None] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    application_id: Mapped[int | None] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"))
    role: Mapped[ContactRole] = mapped_column(vocabulary(ContactRole), default=ContactRole.OTHER)
    linked_at: Mapped[datetime] = mapped_column(UtcDateTime, server_default=utcnow())

    contact: Mapped[Contact] = relationship(back_populates="links", lazy="raise")
    company: Mapped[Company | None] = relationship(back_populates="contact_links", lazy="raise")
    job: Mapped[Job | None] = relationship(back_populates="contact_links", lazy="raise")
    application: Mapped[Application | None] = relationship(back_populates="contact_links", lazy="raise")
