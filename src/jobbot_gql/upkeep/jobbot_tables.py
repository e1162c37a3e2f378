"""The tables that JobBot's own code creates: the first two revisions, and the databases that `migrate` adopts.

These definitions are frozen. They add only rules that JobBot's classes do not state: a closed vocabulary is an Enum
(still VARCHAR(50)), and a JSON array of strings is a StringList (still TEXT).
"""

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Dialect,
    Enum,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    func,
    inspect,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

from jobbot_gql.db.sql.column_types import StringList


def _words(*words: str) -> Enum:
    return Enum(*words, native_enum=False, create_constraint=False, length=50)


metadata = MetaData()  # no naming convention, because the database names JobBot's constraints

Table(
    "jobs",
    metadata,
    Column("id", Integer, primary_key=True, index=True),
    Column("title", String(255), nullable=False, index=True),
    Column("company", String(255), nullable=False, index=True),
    Column("location", String(255), index=True),
    Column("salary_min", Integer),
    Column("salary_max", Integer),
    Column("description", Text),
    Column("requirements", Text),
    Column("benefits", Text),
    Column("job_url", String(500), unique=True),
    Column("source_site", String(100), index=True),
    Column("scraped_date", DateTime(timezone=True), server_default=func.now()),
    Column("posting_date", Date),
    Column("application_deadline", Date),
    Column("remote_option", Boolean, index=True),
    Column("job_type", String(50), index=True),
    Column("experience_level", String(50), index=True),
    Column("industry", String(100), index=True),
    Column("keywords", StringList),
    Column(
        "status",
        _words("discovered", "targeted", "applied", "interviewing", "offer", "rejected", "archived"),
        index=True,
    ),
)
Table(
    "applications",
    metadata,
    Column("id", Integer, primary_key=True, index=True),
    Column("job_id", Integer, ForeignKey("jobs.id"), nullable=False),
    Column("application_date", DateTime(timezone=True), server_default=func.now()),
    Column(
        "status",
        _words(
            "submitted",
            "acknowledged",
            "under_review",
            "phone_screen",
            "technical_interview",
            "final_interview",
            "offer_received",
            "offer_negotiating",
            "accepted",
            "rejected",
            "ghosted",
            "withdrawn",
        ),
        index=True,
    ),
    Column("cover_letter_version", String(100)),
    Column("resume_version", String(100)),
    Column("interview_date", DateTime(timezone=True)),
    Column("response_date", DateTime(timezone=True)),
    Column("notes", Text),
    Column("credibility_rating", Float),
    Column("exaggeration_level", Float),
    Column("integrity_score", Float),
)
Table(
    "employer_responses",
    metadata,
    Column("id", Integer, primary_key=True, index=True),
    Column("application_id", Integer, ForeignKey("applications.id"), nullable=False),
    Column("response_date", DateTime(timezone=True), server_default=func.now()),
    Column(
        "response_type",
        _words("acknowledgment", "info_request", "assessment", "interview_request", "offer", "rejection", "other"),
        nullable=False,
        index=True,
    ),
    Column("subject_line", String(255)),
    Column("email_content", Text),
    Column("sender_email", String(255)),
    Column("sentiment_score", Float),
    Column("requires_action", Boolean),
    Column("action_taken", Text),
    Column("follow_up_scheduled", DateTime(timezone=True)),
)
Table(
    "references",
    metadata,
    Column("id", Integer, primary_key=True, index=True),
    Column("name", String(255), nullable=False),
    Column("title", String(255)),
    Column("company", String(255)),
    Column("email", String(255)),
    Column("phone", String(50)),
    Column("relationship_type", String(100)),
    Column("years_worked_together", Integer),
    Column("consent_given", Boolean),
    Column("consent_date", Date),
    Column("last_contacted", Date),
    Column("usage_count", Integer),
    Column("credibility_score", Float),
    Column("response_rate", Float),
    Column("notes", Text),
)
Table(
    "experience_claims",
    metadata,
    Column("id", Integer, primary_key=True, index=True),
    Column("application_id", Integer, ForeignKey("applications.id"), nullable=False),
    Column("claim_type", String(100), nullable=False, index=True),
    Column("original_experience", Text, nullable=False),
    Column("claimed_experience", Text, nullable=False),
    Column("exaggeration_multiplier", Float),
    Column("credibility_impact", Float),
    Column("risk_level", _words("low", "medium", "high"), index=True),
    Column("justification", Text),
)

BUILT = tuple(metadata.tables.values())
"""The tables of JobBot's phases 1 and 2: revision 0001."""

Table(
    "companies",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(255), nullable=False),
    Column("industry", String(100), index=True),
    Column("size", _words("small", "medium", "large"), index=True),
    Column("location", String(255), index=True),
    Column("website", String(500)),
    Column("automation_opportunities", StringList),
    Column("technology_stack", StringList),
    Column("pain_points", StringList),
    Column("decision_makers", StringList),
    Column("research_date", DateTime(timezone=True), server_default=func.now()),
    Column("last_updated", DateTime(timezone=True)),
    Column("confidence_score", Float),
)
Table(
    "opportunities",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("company_id", Integer, ForeignKey("companies.id")),
    Column("problem_description", Text, nullable=False),
    Column("solution_approach", Text, nullable=False),
    Column("estimated_value", Integer),
    Column("implementation_complexity", _words("low", "medium", "high")),
    Column("confidence_score", Float),
    Column("proof_of_concept_created", Boolean),
    Column("status", _words("identified", "researched", "poc_created", "pitched", "rejected", "accepted")),
)
Table(
    "outreach_campaigns",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("company_id", Integer, ForeignKey("companies.id")),
    Column("opportunity_id", Integer, ForeignKey("opportunities.id")),
    Column("contact_method", _words("email", "linkedin", "phone")),
    Column("contact_person", String(255)),
    Column("message_content", Text),
    Column("sent_date", DateTime(timezone=True)),
    Column("response_status", _words("sent", "opened", "replied", "interested", "rejected")),
    Column("response_date", DateTime(timezone=True)),
    Column("follow_up_scheduled", DateTime(timezone=True)),
    Column("notes", Text),
)

PLANNED = tuple(table for table in metadata.tables.values() if table not in BUILT)
"""The tables of JobBot's later phases: revision 0002."""


def difference(connection: Connection) -> str | None:
    """The first difference of a database's tables from JobBot's five or eight tables; None if there is none.

    Compares the names of tables and columns, and on PostgreSQL their types. Additional tables and columns are ignored.
    Indexes and constraints are handled by `alignment`.
    """
    inspector = inspect(connection)
    found = inspector.get_table_names()
    for table in BUILT + PLANNED if any(table.name in found for table in PLANNED) else BUILT:
        if table.name not in found:
            return f"it has no table {table.name}"
        types = {column["name"]: column["type"] for column in inspector.get_columns(table.name)}
        if missing := table.columns.keys() - types.keys():
            return f"its table {table.name} has no column {min(missing)}"
        for column in table.columns if connection.dialect.name == "postgresql" else ():
            if not _same_type(types[column.name], column.type, connection.dialect):
                return f"its column {table.name}.{column.name} is {types[column.name]}"
    return None


def _same_type(found: TypeEngine[Any], expected: TypeEngine[Any], dialect: Dialect) -> bool:
    if isinstance(expected, TypeDecorator):
        expected = expected.impl_instance
    try:
        same = found.python_type is expected.python_type
    except NotImplementedError:  # a type unknown to SQLAlchemy
        return False
    # SQLite has no time zones
    return same and (dialect.name == "sqlite" or getattr(found, "timezone", 0) == getattr(expected, "timezone", 0))
