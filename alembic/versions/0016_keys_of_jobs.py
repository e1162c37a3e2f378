"""Jobs have the keys of their URLs, so that one without a source is recognised however its URL is written.

The keys are stored after the migration, see `env.py`. NULL is a key that is missing.

Revision ID: 0016
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("url_key", sa.Text))
    op.create_index("ix_jobs_url_key", "jobs", ["url_key"])


def downgrade() -> None:
    op.drop_index("ix_jobs_url_key", "jobs")
    op.drop_column("jobs", "url_key")
