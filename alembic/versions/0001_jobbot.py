"""The tables that JobBot's own code makes.

Revision ID: 0001
"""

from alembic import op

from jobbot_gql.upkeep import jobbot_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    # create_all and not op.create_table, which would give the constraints names that JobBot's have not
    jobbot_tables.metadata.create_all(op.get_bind(), tables=jobbot_tables.BUILT, checkfirst=False)


def downgrade() -> None:
    jobbot_tables.metadata.drop_all(op.get_bind(), tables=jobbot_tables.BUILT, checkfirst=False)
