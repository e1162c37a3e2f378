"""The tables that JobBot's own code makes.

Revision ID: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

metadata = sa.MetaData()  # no naming convention: JobBot leaves the constraints' names to the database

sa.Table(
    "jobs",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, index=True),
    sa.Column("title", sa.String(255), nullable=False, index=True),
    sa.Column("company", sa.String(255), nullable=False, index=True),
    sa.Column("location", sa.String(255), index=True),
    sa.Column("salary_min", sa.Integer),
    sa.Column("salary_max", sa.Integer),
    sa.Column("description", sa.Text),
    sa.Column("requirements", sa.Text),
    sa.Column("benefits", sa.Text),
    sa.Column("job_url", sa.String(500), unique=True),
    sa.Column("source_site", sa.String(100), index=True),
    sa.Column("scraped_date", sa.DateTime(timezone=True), server_default=sa.func.now()),
    sa.Column("posting_date", sa.Date),
    sa.Column("application_deadline", sa.Date),
    sa.Column("remote_option", sa.Boolean, index=True),
    sa.Column("job_type", sa.String(50), index=True),
    sa.Column("experience_level", sa.String(50), index=True),
    sa.Column("industry", sa.String(100), index=True),
    sa.Column("keywords", sa.Text),
    sa.Column("status", sa.String(50), index=True),
)
sa.Table(
    "applications",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, index=True),
    sa.Column("job_id", sa.Integer, sa.ForeignKey("jobs.id"), nullable=False),
    sa.Column("application_date", sa.DateTime(timezone=True), server_default=sa.func.now()),
    sa.Column("status", sa.String(50), index=True),
    sa.Column("cover_letter_version", sa.String(100)),
    sa.Column("resume_version", sa.String(100)),
    sa.Column("interview_date", sa.DateTime(timezone=True)),
    sa.Column("response_date", sa.DateTime(timezone=True)),
    sa.Column("notes", sa.Text),
    sa.Column("credibility_rating", sa.Float),
    sa.Column("exaggeration_level", sa.Float),
    sa.Column("integrity_score", sa.Float),
)
sa.Table(
    "employer_responses",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, index=True),
    sa.Column("application_id", sa.Integer, sa.ForeignKey("applications.id"), nullable=False),
    sa.Column("response_date", sa.DateTime(timezone=True), server_default=sa.func.now()),
    sa.Column("response_type", sa.String(50), nullable=False, index=True),
    sa.Column("subject_line", sa.String(255)),
    sa.Column("email_content", sa.Text),
    sa.Column("sender_email", sa.String(255)),
    sa.Column("sentiment_score", sa.Float),
    sa.Column("requires_action", sa.Boolean),
    sa.Column("action_taken", sa.Text),
    sa.Column("follow_up_scheduled", sa.DateTime(timezone=True)),
)
sa.Table(
    "references",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, index=True),
    sa.Column("name", sa.String(255), nullable=False),
    sa.Column("title", sa.String(255)),
    sa.Column("company", sa.String(255)),
    sa.Column("email", sa.String(255)),
    sa.Column("phone", sa.String(50)),
    sa.Column("relationship_type", sa.String(100)),
    sa.Column("years_worked_together", sa.Integer),
    sa.Column("consent_given", sa.Boolean),
    sa.Column("consent_date", sa.Date),
    sa.Column("last_contacted", sa.Date),
    sa.Column("usage_count", sa.Integer),
    sa.Column("credibility_score", sa.Float),
    sa.Column("response_rate", sa.Float),
    sa.Column("notes", sa.Text),
)
sa.Table(
    "experience_claims",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, index=True),
    sa.Column("application_id", sa.Integer, sa.ForeignKey("applications.id"), nullable=False),
    sa.Column("claim_type", sa.String(100), nullable=False, index=True),
    sa.Column("original_experience", sa.Text, nullable=False),
    sa.Column("claimed_experience", sa.Text, nullable=False),
    sa.Column("exaggeration_multiplier", sa.Float),
    sa.Column("credibility_impact", sa.Float),
    sa.Column("risk_level", sa.String(50), index=True),
    sa.Column("justification", sa.Text),
)


def upgrade() -> None:
    # create_all and not op.create_table, which would give the constraints names that JobBot's have not
    metadata.create_all(op.get_bind(), checkfirst=False)


def downgrade() -> None:
    metadata.drop_all(op.get_bind(), checkfirst=False)
