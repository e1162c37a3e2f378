"""Follow-ups on applications and outreach campaigns.

Revision ID: 0023
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0020"
branch_labels = None
depends_on = None

SUBJECTS = {"application_id": "applications", "outreach_campaign_id": "outreach_campaigns"}


def upgrade() -> None:
    op.create_table(
        "follow_ups",
        sa.Column("id", sa.Integer, nullable=False),
        *(sa.Column(key, sa.Integer) for key in SUBJECTS),
        sa.Column("step", sa.Integer),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("snoozed_until", sa.Date),
        sa.Column("status", sa.String(50), nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("outcome", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=_now()),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.PrimaryKeyConstraint("id", name="pk_follow_ups"),
        *(
            sa.ForeignKeyConstraint([key], [f"{table}.id"], name=f"fk_follow_ups_{key}_{table}", ondelete="CASCADE")
            for key, table in SUBJECTS.items()
        ),
        sa.CheckConstraint(
            " + ".join(f"CASE WHEN {key} IS NULL THEN 0 ELSE 1 END" for key in SUBJECTS) + " = 1",
            name=op.f("ck_follow_ups_one_subject"),
        ),
        sa.CheckConstraint("status IN ('open', 'completed', 'dismissed')", name=op.f("ck_follow_ups_status")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_follow_ups_due_on", "follow_ups", ["due_on", "id"])
    for key in SUBJECTS:
        given = sa.text(f"{key} IS NOT NULL")
        op.create_index(f"ix_follow_ups_{key}", "follow_ups", [key], sqlite_where=given, postgresql_where=given)


def downgrade() -> None:
    op.drop_table("follow_ups")


def _now() -> sa.TextClause:
    if op.get_bind().dialect.name == "sqlite":
        return sa.text("(strftime('%Y-%m-%d %H:%M:%f000', 'now'))")
    return sa.text("now()")
