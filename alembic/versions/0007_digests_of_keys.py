"""Idempotency keys are kept as digests.

Revision ID: 0007
Revises: 0006
"""

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

keys = sa.table("idempotency_keys", sa.column("actor"), sa.column("key"))


def upgrade() -> None:
    connection = op.get_bind()
    new = [
        {"of": actor, "old": key, "new": hashlib.sha256(key.encode()).hexdigest()}
        for actor, key in connection.execute(sa.select(keys.c.actor, keys.c.key))
    ]
    if new:
        of_one = sa.and_(keys.c.actor == sa.bindparam("of"), keys.c.key == sa.bindparam("old"))
        connection.execute(sa.update(keys).where(of_one).values(key=sa.bindparam("new")), new)


def downgrade() -> None:
    # What is left of the keys is of no use to an older version, nor any harm.
    pass
