"""The tables that JobBot planned: companies, opportunities and outreach campaigns.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

metadata = sa.MetaData()  # no naming convention: JobBot leaves the constraints' names to the database

sa.Table(
    "companies",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(255), nullable=False),
    sa.Column("industry", sa.String(100), index=True),
    sa.Column("size", sa.String(50), index=True),
    sa.Column("location", sa.String(255), index=True),
    sa.Column("website", sa.String(500)),
    sa.Column("automation_opportunities", sa.Text),
    sa.Column("technology_stack", sa.Text),
    sa.Column("pain_points", sa.Text),
    sa.Column("decision_makers", sa.Text),
    sa.Column("research_date", sa.DateTime(timezone=True), server_default=sa.func.now()),
    sa.Column("last_updated", sa.DateTime(timezone=True)),
    sa.Column("confidence_score", sa.Float),
)
sa.Table(
    "opportunities",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("company_id", sa.Integer, sa.ForeignKey("companies.id")),
    sa.Column("problem_description", sa.Text, nullable=False),
    sa.Column("solution_approach", sa.Text, nullable=False),
    sa.Column("estimated_value", sa.Integer),
    sa.Column("implementation_complexity", sa.String(50)),
    sa.Column("confidence_score", sa.Float),
    sa.Column("proof_of_concept_created", sa.Boolean),
    sa.Column("status", sa.String(50)),
)
sa.Table(
    "outreach_campaigns",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("company_id", sa.Integer, sa.ForeignKey("companies.id")),
    sa.Column("opportunity_id", sa.Integer, sa.ForeignKey("opportunities.id")),
    sa.Column("contact_method", sa.String(50)),
    sa.Column("contact_person", sa.String(255)),
    sa.Column("message_content", sa.Text),
    sa.Column("sent_date", sa.DateTime(timezone=True)),
    sa.Column("response_status", sa.String(50)),
    sa.Column("response_date", sa.DateTime(timezone=True)),
    sa.Column("follow_up_scheduled", sa.DateTime(timezone=True)),
    sa.Column("notes", sa.Text),
)


def upgrade() -> None:
    metadata.create_all(op.get_bind(), checkfirst=False)


def downgrade() -> None:
    metadata.drop_all(op.get_bind(), checkfirst=False)
