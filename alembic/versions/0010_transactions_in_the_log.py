"""The change log names the transaction of each change.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Rows that are there already keep NULL: which of them were written together is not known for sure.
    op.add_column("change_log", sa.Column("transaction_id", sa.BigInteger))


def downgrade() -> None:
    op.drop_column("change_log", "transaction_id")  # afterwards the triggers are made without it, see env.py
