"""JobBot's own models, as its documentation gives them: what makes the databases that are adopted."""

from typing import Any

from sqlalchemy import Boolean, Column, Date, DateTime, Float, ForeignKey, Integer, MetaData, String, Text, func
from sqlalchemy.orm import DeclarativeBase, relationship


class Base(DeclarativeBase):
    metadata = MetaData()
    __allow_unmapped__ = True


class Job(Base):
    __tablename__ = "jobs"
    id = Column(Integer, primary_key=True, index=True)
    title = Column(String(255), nullable=False, index=True)
    company = Column(String(255), nullable=False, index=True)
    location = Column(String(255), index=True)
    salary_min = Column(Integer, nullable=True)
    salary_max = Column(Integer, nullable=True)
    description = Column(Text, nullable=True)
    requirements = Column(Text, nullable=True)
    benefits = Column(Text, nullable=True)
    job_url = Column(String(500), unique=True, nullable=True)
    source_site = Column(String(100), nullable=True, index=True)
    scraped_date = Column(DateTime(timezone=True), server_default=func.now())
    posting_date = Column(Date, nullable=True)
    application_deadline = Column(Date, nullable=True)
    remote_option = Column(Boolean, default=False, index=True)
    job_type = Column(String(50), nullable=True, index=True)
    experience_level = Column(String(50), nullable=True, index=True)
    industry = Column(String(100), nullable=True, index=True)
    keywords = Column(Text, nullable=True)
    status = Column(String(50), default="discovered", index=True)
    applications: Any = relationship("Application", back_populates="job")


class Application(Base):
    __tablename__ = "applications"
    id = Column(Integer, primary_key=True, index=True)
    job_id = Column(Integer, ForeignKey("jobs.id"), nullable=False)
    application_date = Column(DateTime(timezone=True), server_default=func.now())
    status = Column(String(50), default="submitted", index=True)
    cover_letter_version = Column(String(100), nullable=True)
    resume_version = Column(String(100), nullable=True)
    interview_date = Column(DateTime(timezone=True), nullable=True)
    response_date = Column(DateTime(timezone=True), nullable=True)
    notes = Column(Text, nullable=True)
    credibility_rating = Column(Float, default=1.0)
    exaggeration_level = Column(Float, default=0.0)
    integrity_score = Column(Float, default=100.0)
    job: Any = relationship("Job", back_populates="applications")
    responses: Any = relationship("EmployerResponse", back_populates="application")
    experience_claims: Any = relationship("ExperienceClaim", back_populates="application")


class EmployerResponse(Base):
    __tablename__ = "employer_responses"
    id = Column(Integer, primary_key=True, index=True)
    application_id = Column(Integer, ForeignKey("applications.id"), nullable=False)
    response_date = Column(DateTime(timezone=True), server_default=func.now())
    response_type = Column(String(50), nullable=False, index=True)
    subject_line = Column(String(255), nullable=True)
    email_content = Column(Text, nullable=True)
    sender_email = Column(String(255), nullable=True)
    sentiment_score = Column(Float, nullable=True)
    requires_action = Column(Boolean, default=False)
    action_taken = Column(Text, nullable=True)
    follow_up_scheduled = Column(DateTime(timezone=True), nullable=True)
    application: Any = relationship("Application", back_populates="responses")


class Reference(Base):
    __tablename__ = "references"
    id = Column(Integer, primary_key=True, index=True)
    name = Column(String(255), nullable=False)
    title = Column(String(255), nullable=True)
    company = Column(String(255), nullable=True)
    email = Column(String(255), nullable=True)
    phone = Column(String(50), nullable=True)
    relationship_type = Column(String(100), nullable=True)
    years_worked_together = Column(Integer, nullable=True)
    consent_given = Column(Boolean, default=False)
    consent_date = Column(Date, nullable=True)
    last_contacted = Column(Date, nullable=True)
    usage_count = Column(Integer, default=0)
    credibility_score = Column(Float, default=5.0)
    response_rate = Column(Float, default=0.0)
    notes = Column(Text, nullable=True)


class ExperienceClaim(Base):
    __tablename__ = "experience_claims"
    id = Column(Integer, primary_key=True, index=True)
    application_id = Column(Integer, ForeignKey("applications.id"), nullable=False)
    claim_type = Column(String(100), nullable=False, index=True)
    original_experience = Column(Text, nullable=False)
    claimed_experience = Column(Text, nullable=False)
    exaggeration_multiplier = Column(Float, default=1.0)
    credibility_impact = Column(Float, default=0.0)
    risk_level = Column(String(50), default="low", index=True)
    justification = Column(Text, nullable=True)
    application: Any = relationship("Application", back_populates="experience_claims")


class Company(Base):
    __tablename__ = "companies"
    id = Column(Integer, primary_key=True)
    name = Column(String(255), nullable=False)
    industry = Column(String(100), index=True)
    size = Column(String(50), index=True)
    location = Column(String(255), index=True)
    website = Column(String(500))
    automation_opportunities = Column(Text)
    technology_stack = Column(Text)
    pain_points = Column(Text)
    decision_makers = Column(Text)
    research_date = Column(DateTime(timezone=True), server_default=func.now())
    last_updated = Column(DateTime(timezone=True))
    confidence_score = Column(Float, default=0.0)


class Opportunity(Base):
    __tablename__ = "opportunities"
    id = Column(Integer, primary_key=True)
    company_id = Column(Integer, ForeignKey("companies.id"))
    problem_description = Column(Text, nullable=False)
    solution_approach = Column(Text, nullable=False)
    estimated_value = Column(Integer)
    implementation_complexity = Column(String(50))
    confidence_score = Column(Float, default=0.0)
    proof_of_concept_created = Column(Boolean, default=False)
    status = Column(String(50), default="identified")


class OutreachCampaign(Base):
    __tablename__ = "outreach_campaigns"
    id = Column(Integer, primary_key=True)
    company_id = Column(Integer, ForeignKey("companies.id"))
    opportunity_id = Column(Integer, ForeignKey("opportunities.id"))
    contact_method = Column(String(50))
    contact_person = Column(String(255))
    message_content = Column(Text)
    sent_date = Column(DateTime(timezone=True))
    response_status = Column(String(50), default="sent")
    response_date = Column(DateTime(timezone=True))
    follow_up_scheduled = Column(DateTime(timezone=True))
    notes = Column(Text)


EIGHT = [Base.metadata.tables[table] for table in Base.metadata.tables]
FIVE = EIGHT[:5]
