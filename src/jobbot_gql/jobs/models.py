"""Tables of jobs, their sources and imported files."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, Date, Float, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jobbot_gql.db.base import NEVER_REUSE_IDS, Base, Editable
from jobbot_gql.db.sql.column_types import (
    HTTP_URL,
    NULL_IS_UNKNOWN,
    StringList,
    UtcDateTime,
    Vocabulary,
    computed,
    one_of,
    utcnow,
    vocabulary,
    within,
)
from jobbot_gql.db.sql.keyset import newest_first
from jobbot_gql.jobs.identity import url_key as key_of
from jobbot_gql.jobs.stored_keys import stored_key
from jobbot_gql.jobs.url_checks import incorrect_url_keys, jobs_of_two_vacancies, jobs_with_the_same_url

MAX_PAY = 1_000_000_000_000
"""Largest amount of pay as scraped, in any currency."""

if TYPE_CHECKING:
    from jobbot_gql.applications.models import Application
    from jobbot_gql.contacts.models import ContactLink
    from jobbot_gql.history.models import StatusEvent
    from jobbot_gql.outreach.models import Company
    from jobbot_gql.tags.models import Tag


class JobStatus(Vocabulary):
    """Status of a job in the search."""

    DISCOVERED = "discovered", "Found; not reviewed yet."
    TARGETED = "targeted", "Selected for an application."
    APPLIED = "applied", "An application was sent."
    INTERVIEWING = "interviewing", "Interviews are under way."
    OFFER = "offer", "An offer was received."
    REJECTED = "rejected", "The employer declined, or the job was dismissed."
    ARCHIVED = "archived", "Archived."


def _key_of_job(job: Mapping[str, Any]) -> str:
    return stored_key(job.get("job_url"))


def _key_of_new_job(inserted: Any) -> str:
    return _key_of_job(inserted.get_current_parameters())


class Job(Editable, Base):
    """A vacancy."""

    __tablename__ = "jobs"
    __table_args__ = (
        one_of("status", JobStatus),
        NEVER_REUSE_IDS,
    )
    __checks__ = (jobs_with_the_same_url, incorrect_url_keys)

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(255), index=True)
    company: Mapped[str] = mapped_column(String(255), index=True)
    location: Mapped[str | None] = mapped_column(String(255), index=True)

    salary_min: Mapped[int | None] = mapped_column(info=within(0))
    salary_max: Mapped[int | None] = mapped_column(info=within(0))

    description: Mapped[str | None] = mapped_column(Text)
    requirements: Mapped[str | None] = mapped_column(Text)
    benefits: Mapped[str | None] = mapped_column(Text)

    job_url: Mapped[str | None] = mapped_column(String(500), unique=True, info=HTTP_URL)
    source_site: Mapped[str | None] = mapped_column(String(100), index=True)
    scraped_date: Mapped[datetime | None] = mapped_column(UtcDateTime, server_default=utcnow())
    posting_date: Mapped[date | None] = mapped_column(Date)
    application_deadline: Mapped[date | None] = mapped_column(Date)

    remote_option: Mapped[bool | None] = mapped_column(default=False, index=True, info={NULL_IS_UNKNOWN: True})
    job_type: Mapped[str | None] = mapped_column(String(50), index=True)
    experience_level: Mapped[str | None] = mapped_column(String(50), index=True)
    industry: Mapped[str | None] = mapped_column(String(100), index=True)
    keywords: Mapped[list[str] | None] = mapped_column(StringList)
    status: Mapped[JobStatus | None] = mapped_column(vocabulary(JobStatus), default=JobStatus.DISCOVERED, index=True)
    url_key: Mapped[str | None] = mapped_column(
        Text, index=True, default=_key_of_new_job, info=computed(_key_of_job, logged=False)
    )
    """Key of `job_url`, empty if that has none; NULL until it is stored, see `url_index`."""

    applications: Mapped[list[Application]] = relationship(
        back_populates="job", lazy="raise", passive_deletes=True, cascade="all, delete"
    )
    sources: Mapped[list[JobSource]] = relationship(
        back_populates="job", lazy="raise", passive_deletes=True, cascade="all, delete"
    )
    status_events: Mapped[list[StatusEvent]] = relationship(
        back_populates="job", lazy="raise", passive_deletes=True, cascade="all, delete"
    )
    contact_links: Mapped[list[ContactLink]] = relationship(
        back_populates="job", lazy="raise", passive_deletes=True, cascade="all, delete"
    )
    tags: Mapped[list[Tag]] = relationship(
        back_populates="job", lazy="raise", passive_deletes=True, cascade="all, delete"
    )
    company_record: Mapped[Company | None] = relationship(
        primaryjoin="foreign(Job.company) == Company.name", viewonly=True, uselist=False, lazy="raise"
    )
    """Company with this name. It is not a foreign key: a job's company need not have a row."""


newest_first(Job.scraped_date)


def _url_key(source: Mapping[str, Any]) -> str | None:
    """URL key of a source. A source without a URL keeps its key, which may be made of other values."""
    return key_of(source.get("url")) or source.get("url_key")


def _direct_url_key(source: Mapping[str, Any]) -> str | None:
    raw = source.get("raw")
    url = raw.get("job_url_direct") if isinstance(raw, dict) else None
    return key_of(url if isinstance(url, str) else None) or source.get("direct_url_key")


class JobSource(Base):
    """A job board or site where a job was seen, with the scraped data."""

    __tablename__ = "job_sources"
    __table_args__ = (
        UniqueConstraint("source_site", "external_id"),
        Index("ix_job_sources_last_seen", "last_seen", "id"),
        NEVER_REUSE_IDS,
    )
    __checks__ = (jobs_of_two_vacancies,)

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), index=True)
    source_site: Mapped[str | None] = mapped_column(String(100))
    external_id: Mapped[str | None] = mapped_column(String(255))
    url: Mapped[str | None] = mapped_column(Text, info=HTTP_URL)
    url_key: Mapped[str | None] = mapped_column(Text, index=True, info=computed(_url_key))
    direct_url_key: Mapped[str | None] = mapped_column(Text, index=True, info=computed(_direct_url_key))
    first_seen: Mapped[datetime] = mapped_column(UtcDateTime, server_default=utcnow())
    last_seen: Mapped[datetime] = mapped_column(UtcDateTime, server_default=utcnow())
    seen_count: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    pay_interval: Mapped[str | None] = mapped_column(String(50))
    pay_min: Mapped[float | None] = mapped_column(Float, info=within(0, MAX_PAY))
    pay_max: Mapped[float | None] = mapped_column(Float, info=within(0, MAX_PAY))
    pay_currency: Mapped[str | None] = mapped_column(String(50))
    pay_source: Mapped[str | None] = mapped_column(String(50))
    raw: Mapped[dict[str, Any]] = mapped_column(JSON)

    job: Mapped[Job] = relationship(back_populates="sources", lazy="raise")


class ImportedFile(Base):
    """A scrape that was imported completely, identified by the digest of its rows."""

    __tablename__ = "imported_files"
    __table_args__ = (
        Index("ix_imported_files_imported_at", "imported_at", "id"),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(Text)
    row_count: Mapped[int]
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime, server_default=utcnow())
