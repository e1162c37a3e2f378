"""Copy the uses of references from a database of JobBot's older code, whose other rows were copied before.

Revision ID: 0015
Revises: 0014
"""

from alembic import op

from jobbot_gql.upkeep import legacy

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    legacy.copy_usages(op.get_bind())


def downgrade() -> None:
    pass  # the rows have a place in all revisions since 0003
