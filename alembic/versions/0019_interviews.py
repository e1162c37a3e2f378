"""Interviews; the interview date of each application becomes one.

Revision ID: 0019
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0016"
branch_labels = None
depends_on = None

VOCABULARIES = {
    "kind": "'phone_screen', 'technical', 'manager', 'panel', 'final', 'other'",
    "status": "'scheduled', 'completed', 'cancelled'",
    "outcome": "'passed', 'failed'",
}


def upgrade() -> None:
    op.create_table(
        "interviews",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("application_id", sa.Integer, nullable=False),
        sa.Column("round", sa.Integer),
        sa.Column("kind", sa.String(50)),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True)),
        sa.Column("time_zone", sa.String(64)),
        sa.Column("location", sa.String(255)),
        sa.Column("meeting_url", sa.String(500)),
        sa.Column("people", sa.Text),
        sa.Column("status", sa.String(50), nullable=False),
        sa.Column("outcome", sa.String(50)),
        sa.Column("debrief", sa.Text),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.PrimaryKeyConstraint("id", name="pk_interviews"),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.id"],
            name="fk_interviews_application_id_applications",
            ondelete="CASCADE",
        ),
        *(
            sa.CheckConstraint(f"{column} IN ({words})", name=f"ck_interviews_{column}")
            for column, words in VOCABULARIES.items()
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_interviews_application_id", "interviews", ["application_id"])
    op.create_index("ix_interviews_starts_at", "interviews", ["starts_at", "id"])
    now = "strftime('%Y-%m-%d %H:%M:%f000', 'now')" if op.get_bind().dialect.name == "sqlite" else "now()"
    # No trigger of the change log is on the table yet, and none of the rows is new.
    op.execute(
        "INSERT INTO interviews (application_id, starts_at, status)"  # noqa: S608 - constants
        f" SELECT id, interview_date, CASE WHEN interview_date > {now} THEN 'scheduled' ELSE 'completed' END"
        " FROM applications WHERE interview_date IS NOT NULL ORDER BY id"
    )


def downgrade() -> None:
    op.drop_table("interviews")  # the date of each application's interview is in its own column
