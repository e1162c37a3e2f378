"""The tables that JobBot's own code makes.

Revision ID: 0001
"""

from alembic import op

from jobbot_gql.db import seed

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    # create_all and not op.create_table, which would give the constraints names that JobBot's have not
    seed.metadata.create_all(op.get_bind(), tables=seed.BUILT, checkfirst=False)


def downgrade() -> None:
    seed.metadata.drop_all(op.get_bind(), tables=seed.BUILT, checkfirst=False)
