"""Tables of companies, automation opportunities and outreach campaigns."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Float, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jobbot_gql.db.base import NEVER_REUSE_IDS, Base, Editable
from jobbot_gql.db.sql.column_types import (
    HTTP_URL,
    StringList,
    UtcDateTime,
    Vocabulary,
    one_of,
    utcnow,
    vocabulary,
    within,
)
from jobbot_gql.db.sql.keyset import newest_first

if TYPE_CHECKING:
    from jobbot_gql.contacts.models import ContactLink
    from jobbot_gql.follow_ups.models import FollowUp
    from jobbot_gql.history.models import StatusEvent
    from jobbot_gql.jobs.models import Job
    from jobbot_gql.tags.models import Tag


class CompanySize(Vocabulary):
    """Size of a company."""

    SMALL = "small", "A small company."
    MEDIUM = "medium", "A medium-sized company."
    LARGE = "large", "A large company."


class Complexity(Vocabulary):
    """Effort to build an automation."""

    LOW = "low", "Takes days."
    MEDIUM = "medium", "Takes weeks."
    HIGH = "high", "Takes months."


class OpportunityStatus(Vocabulary):
    """Status of an automation opportunity."""

    IDENTIFIED = "identified", "Found; not researched yet."
    RESEARCHED = "researched", "Researched."
    POC_CREATED = "poc_created", "A proof of concept exists."
    PITCHED = "pitched", "Pitched to the company."
    REJECTED = "rejected", "The company declined."
    ACCEPTED = "accepted", "The company accepted."


class ContactMethod(Vocabulary):
    """How a company was contacted."""

    EMAIL = "email", "By email."
    LINKEDIN = "linkedin", "By LinkedIn message."
    PHONE = "phone", "By phone."


class OutreachStatus(Vocabulary):
    """Status of an outreach message."""

    SENT = "sent", "Sent; no reply yet."
    OPENED = "opened", "The message was opened."
    REPLIED = "replied", "The recipient replied."
    INTERESTED = "interested", "The company is interested."
    REJECTED = "rejected", "The company declined."


class Company(Editable, Base):
    """A researched company."""

    __tablename__ = "companies"
    __table_args__ = (one_of("size", CompanySize), NEVER_REUSE_IDS)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(255), index=True)
    industry: Mapped[str | None] = mapped_column(String(100), index=True)
    size: Mapped[CompanySize | None] = mapped_column(vocabulary(CompanySize), index=True)
    location: Mapped[str | None] = mapped_column(String(255), index=True)
    website: Mapped[str | None] = mapped_column(String(500), info=HTTP_URL)

    automation_opportunities: Mapped[list[str] | None] = mapped_column(StringList)
    technology_stack: Mapped[list[str] | None] = mapped_column(StringList)
    pain_points: Mapped[list[str] | None] = mapped_column(StringList)
    decision_makers: Mapped[list[str] | None] = mapped_column(StringList)

    research_date: Mapped[datetime | None] = mapped_column(UtcDateTime, server_default=utcnow())
    last_updated: Mapped[datetime | None] = mapped_column(UtcDateTime)
    confidence_score: Mapped[float | None] = mapped_column(Float, default=0.0, info=within(0, 1))

    opportunities: Mapped[list[Opportunity]] = relationship(
        back_populates="company", lazy="raise", passive_deletes=True, cascade="all, delete"
    )
    campaigns: Mapped[list[OutreachCampaign]] = relationship(
        back_populates="company", lazy="raise", passive_deletes=True, cascade="all, delete"
    )
    contact_links: Mapped[list[ContactLink]] = relationship(
        back_populates="company", lazy="raise", passive_deletes=True, cascade="all, delete"
    )
    tags: Mapped[list[Tag]] = relationship(
        back_populates="company", lazy="raise", passive_deletes=True, cascade="all, delete"
    )
    jobs: Mapped[list[Job]] = relationship(
        primaryjoin="Company.name == foreign(Job.company)", viewonly=True, lazy="raise"
    )
    """Jobs that name the company; see `Job.company_record`."""


class Opportunity(Editable, Base):
    """An automation opportunity at a company."""

    __tablename__ = "opportunities"
    __table_args__ = (
        one_of("implementation_complexity", Complexity),
        one_of("status", OpportunityStatus),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int | None] = mapped_column(ForeignKey("companies.id", ondelete="CASCADE"), index=True)

    problem_description: Mapped[str] = mapped_column(Text)
    solution_approach: Mapped[str] = mapped_column(Text)
    estimated_value: Mapped[int | None] = mapped_column(info=within(0))
    implementation_complexity: Mapped[Complexity | None] = mapped_column(vocabulary(Complexity))

    confidence_score: Mapped[float | None] = mapped_column(Float, default=0.0, info=within(0, 1))
    proof_of_concept_created: Mapped[bool | None] = mapped_column(default=False)
    status: Mapped[OpportunityStatus | None] = mapped_column(
        vocabulary(OpportunityStatus), default=OpportunityStatus.IDENTIFIED, index=True
    )

    company: Mapped[Company | None] = relationship(back_populates="opportunities", lazy="raise")
    campaigns: Mapped[list[OutreachCampaign]] = relationship(
        back_populates="opportunity", lazy="raise", passive_deletes=True, cascade="all, delete"
    )
    status_events: Mapped[list[StatusEvent]] = relationship(
        back_populates="opportunity", lazy="raise", passive_deletes=True, cascade="all, delete"
    )


class OutreachCampaign(Editable, Base):
    """A message to a company about an opportunity, and its reply."""

    __tablename__ = "outreach_campaigns"
    __table_args__ = (
        one_of("contact_method", ContactMethod),
        one_of("response_status", OutreachStatus),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int | None] = mapped_column(ForeignKey("companies.id", ondelete="CASCADE"), index=True)
    opportunity_id: Mapped[int | None] = mapped_column(ForeignKey("opportunities.id", ondelete="CASCADE"), index=True)

    contact_method: Mapped[ContactMethod | None] = mapped_column(vocabulary(ContactMethod))
    contact_person: Mapped[str | None] = mapped_column(String(255))
    message_content: Mapped[str | None] = mapped_column(Text)
    sent_date: Mapped[datetime | None] = mapped_column(UtcDateTime)

    response_status: Mapped[OutreachStatus | None] = mapped_column(
        vocabulary(OutreachStatus), default=OutreachStatus.SENT, index=True
    )
    response_date: Mapped[datetime | None] = mapped_column(UtcDateTime)
    follow_up_scheduled: Mapped[datetime | None] = mapped_column(UtcDateTime)
    notes: Mapped[str | None] = mapped_column(Text)

    company: Mapped[Company | None] = relationship(back_populates="campaigns", lazy="raise")
    opportunity: Mapped[Opportunity | None] = relationship(back_populates="campaigns", lazy="raise")
    status_events: Mapped[list[StatusEvent]] = relationship(
        back_populates="outreach_campaign", lazy="raise", passive_deletes=True, cascade="all, delete"
    )
    follow_ups: Mapped[list[FollowUp]] = relationship(
        back_populates="outreach_campaign", lazy="raise", passive_deletes=True, cascade="all, delete"
    )


newest_first(OutreachCampaign.sent_date)
