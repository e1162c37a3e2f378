"""Documents, and the applications that they are attached to.

Revision ID: 0021
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0023"
branch_labels = None
depends_on = None

KINDS = "'resume', 'cover_letter', 'certificate', 'work_sample', 'other'"
LINKED = {"application_id": "applications", "document_id": "attached_documents"}


def upgrade() -> None:
    op.create_table(
        "attached_documents",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(50), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("revision", sa.String(100)),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("location", sa.Text),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.PrimaryKeyConstraint("id", name="pk_attached_documents"),
        sa.UniqueConstraint("sha256", name="uq_attached_documents_sha256"),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("ck_attached_documents_kind")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_attached_documents_name", "attached_documents", ["name", "id"])
    op.create_table(
        "document_links",
        sa.Column("id", sa.Integer, nullable=False),
        *(sa.Column(key, sa.Integer, nullable=False) for key in LINKED),
        sa.Column("attached_at", sa.DateTime(timezone=True), nullable=False, server_default=_now()),
        sa.PrimaryKeyConstraint("id", name="pk_document_links"),
        *(
            sa.ForeignKeyConstraint([key], [f"{table}.id"], name=f"fk_document_links_{key}_{table}", ondelete="CASCADE")
            for key, table in LINKED.items()
        ),
        sa.UniqueConstraint("application_id", "document_id", name="uq_document_links_application_id_document_id"),
        sqlite_autoincrement=True,
    )
    for key in LINKED:
        op.create_index(f"ix_document_links_{key}", "document_links", [key])


def downgrade() -> None:
    op.drop_table("document_links")
    op.drop_table("attached_documents")


def _now() -> sa.TextClause:
    if op.get_bind().dialect.name == "sqlite":
        return sa.text("(strftime('%Y-%m-%d %H:%M:%f000', 'now'))")
    return sa.text("now()")
