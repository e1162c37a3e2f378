"""Copy the uses of references from a database of JobBot's older code, whose other rows were copied before.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

names = ("id", "reference_id", "application_id", "used_on", "context")
usages = sa.table("reference_usages", *map(sa.column, names))


def upgrade() -> None:
    """Copy what refers to a reference and has a day, its own or that of its application; once."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return
    tables = sa.inspect(connection).get_table_names()
    old = next((name for name in ("legacy_reference_usage", "reference_usage") if name in tables), None)
    if old is None or "legacy_references" not in tables:
        return
    if connection.exec_driver_sql("SELECT 1 FROM sqlite_sequence WHERE name = 'reference_usages'").scalar():
        return
    references = set(connection.exec_driver_sql('SELECT id FROM "references"').scalars())
    applications = connection.exec_driver_sql("SELECT id, application_date FROM applications")
    days = {row.id: row.application_date for row in applications}
    copies = []
    for row in connection.exec_driver_sql(f'SELECT * FROM "{old}" ORDER BY id').mappings():  # noqa: S608 - a name above
        application = row.get("application_id")
        day = row.get("usage_date") or days.get(application)
        if day is not None and row.get("reference_id") in references:
            known = application if application in days else None
            copies.append((row["id"], row["reference_id"], known, str(day)[:10], row.get("context")))
    if copies:
        connection.execute(sa.insert(usages), [dict(zip(names, copy, strict=True)) for copy in copies])


def downgrade() -> None:
    pass  # the rows have a place in all revisions since 0003
