"""On PostgreSQL the change log has a function for each table, and sequences have the names that writing knows.

Revision ID: 0008
Revises: 0007
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SEQUENCES = """
SELECT format('ALTER SEQUENCE %s RENAME TO %I', sequence.oid::regclass, relation.relname || '_id_seq')
FROM pg_depend
JOIN pg_class AS sequence ON sequence.oid = objid AND sequence.relkind = 'S'
JOIN pg_class AS relation ON relation.oid = refobjid
JOIN pg_attribute ON attrelid = refobjid AND attnum = refobjsubid AND attname = 'id'
WHERE classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass AND deptype IN ('a', 'i')
AND relation.relnamespace = current_schema()::regnamespace AND sequence.relname <> relation.relname || '_id_seq'
"""


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        for renaming in connection.exec_driver_sql(SEQUENCES).scalars().all():
            connection.exec_driver_sql(renaming)
        # The one function for all tables, and its triggers; the new ones are made after all migrations, see env.py.
        connection.exec_driver_sql("DROP FUNCTION IF EXISTS log_change() CASCADE")


def downgrade() -> None:
    pass  # whatever made the triggers before makes its own again
