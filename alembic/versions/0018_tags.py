"""Tags of jobs, applications and companies.

Revision ID: 0018
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0015"
branch_labels = None
depends_on = None

SUBJECTS = {"job_id": "jobs", "application_id": "applications", "company_id": "companies"}


def upgrade() -> None:
    op.create_table(
        "tags",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        *(sa.Column(key, sa.Integer) for key in SUBJECTS),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False, server_default=_now()),
        sa.PrimaryKeyConstraint("id", name="pk_tags"),
        *(
            sa.ForeignKeyConstraint([key], [f"{table}.id"], name=f"fk_tags_{key}_{table}", ondelete="CASCADE")
            for key, table in SUBJECTS.items()
        ),
        *(sa.UniqueConstraint(key, "name", name=f"uq_tags_{key}_name") for key in SUBJECTS),
        sa.CheckConstraint(
            " + ".join(f"CASE WHEN {key} IS NULL THEN 0 ELSE 1 END" for key in SUBJECTS) + " = 1",
            name=op.f("ck_tags_one_subject"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_tags_name", "tags", ["name", "id"])
    for key in SUBJECTS:
        given = sa.text(f"{key} IS NOT NULL")
        op.create_index(f"ix_tags_{key}", "tags", [key], sqlite_where=given, postgresql_where=given)


def downgrade() -> None:
    op.drop_table("tags")


def _now() -> sa.TextClause:
    if op.get_bind().dialect.name == "sqlite":
        return sa.text("(strftime('%Y-%m-%d %H:%M:%f000', 'now'))")
    return sa.text("now()")
