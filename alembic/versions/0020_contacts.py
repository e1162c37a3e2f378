"""Contacts, their links to companies, jobs and applications, and their tags.

The search index on SQLite gets room for more tables, since contacts are its eighth; see `env.py`.

Revision ID: 0020
Revises: 0019
"""

from collections.abc import Iterable

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TABLES = {"job_id": "jobs", "application_id": "applications", "company_id": "companies", "contact_id": "contacts"}
LINKED = ("company_id", "job_id", "application_id")
TAGGED_BEFORE = ("job_id", "application_id", "company_id")
ROLES = "'recruiter', 'hiring_manager', 'referrer', 'interviewer', 'employee', 'other'"


def upgrade() -> None:
    op.create_table(
        "contacts",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("title", sa.String(255)),
        sa.Column("company", sa.String(255)),
        sa.Column("email", sa.String(255)),
        sa.Column("phone", sa.String(50)),
        sa.Column("profile_url", sa.String(500)),
        sa.Column("notes", sa.Text),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.PrimaryKeyConstraint("id", name="pk_contacts"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_contacts_name", "contacts", ["name", "id"])
    op.create_table(
        "contact_links",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("contact_id", sa.Integer, nullable=False),
        *(sa.Column(key, sa.Integer) for key in LINKED),
        sa.Column("role", sa.String(50), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False, server_default=_now()),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.PrimaryKeyConstraint("id", name="pk_contact_links"),
        *(_foreign_key("contact_links", key) for key in ("contact_id", *LINKED)),
        *(
            sa.UniqueConstraint("contact_id", key, "role", name=f"uq_contact_links_contact_id_{key}_role")
            for key in LINKED
        ),
        sa.CheckConstraint(f"role IN ({ROLES})", name=op.f("ck_contact_links_role")),
        sa.CheckConstraint(_one_of(LINKED), name=op.f("ck_contact_links_one_subject")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_contact_links_contact_id", "contact_links", ["contact_id"])
    for key in LINKED:
        _index("contact_links", key)
    tagged = (*TAGGED_BEFORE, "contact_id")
    if op.get_bind().dialect.name == "sqlite":
        _rebuild_tags(tagged)
        return
    op.add_column("tags", sa.Column("contact_id", sa.Integer))
    op.drop_constraint(op.f("ck_tags_one_subject"), "tags")
    op.create_check_constraint(op.f("ck_tags_one_subject"), "tags", _one_of(tagged))
    op.create_foreign_key("fk_tags_contact_id_contacts", "tags", "contacts", ["contact_id"], ["id"], ondelete="CASCADE")
    op.create_unique_constraint("uq_tags_contact_id_name", "tags", ["contact_id", "name"])
    _index("tags", "contact_id")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _rebuild_tags(TAGGED_BEFORE)
    else:
        op.execute(
            "ALTER TABLE tags DISABLE TRIGGER USER"
        )  # the log does not have the end of other tables' rows either
        op.execute("DELETE FROM tags WHERE contact_id IS NOT NULL")
        op.execute("ALTER TABLE tags ENABLE TRIGGER USER")
        op.drop_constraint(op.f("ck_tags_one_subject"), "tags")
        op.drop_column("tags", "contact_id")
        op.create_check_constraint(op.f("ck_tags_one_subject"), "tags", _one_of(TAGGED_BEFORE))
    op.drop_table("contact_links")
    op.drop_table("contacts")


def _rebuild_tags(tagged: Iterable[str]) -> None:
    """Create the table with these foreign keys and copy its rows: SQLite cannot change a CHECK."""
    tagged = tuple(tagged)
    op.execute("CREATE TEMPORARY TABLE old_tags AS SELECT * FROM tags")
    op.drop_table("tags")
    op.create_table(
        "tags",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        *(sa.Column(key, sa.Integer) for key in tagged),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False, server_default=_now()),
        sa.PrimaryKeyConstraint("id", name="pk_tags"),
        *(_foreign_key("tags", key) for key in tagged),
        *(sa.UniqueConstraint(key, "name", name=f"uq_tags_{key}_name") for key in tagged),
        sa.CheckConstraint(_one_of(tagged), name=op.f("ck_tags_one_subject")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_tags_name", "tags", ["name", "id"])
    for key in tagged:
        _index("tags", key)
    columns = ", ".join(["id", "name", *TAGGED_BEFORE, "added_at"])
    kept = " OR ".join(f"{key} IS NOT NULL" for key in TAGGED_BEFORE)
    op.execute(f"INSERT INTO tags ({columns}) SELECT {columns} FROM old_tags WHERE {kept}")  # noqa: S608 - names
    op.execute("DROP TABLE old_tags")


def _one_of(keys: Iterable[str]) -> str:
    return " + ".join(f"CASE WHEN {key} IS NULL THEN 0 ELSE 1 END" for key in keys) + " = 1"


def _foreign_key(table: str, key: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_{key}_{TABLES[key]}"
    return sa.ForeignKeyConstraint([key], [f"{TABLES[key]}.id"], name=name, ondelete="CASCADE")


def _index(table: str, key: str) -> None:
    given = sa.text(f"{key} IS NOT NULL")
    op.create_index(f"ix_{table}_{key}", table, [key], sqlite_where=given, postgresql_where=given)


def _now() -> sa.TextClause:
    if op.get_bind().dialect.name == "sqlite":
        return sa.text("(strftime('%Y-%m-%d %H:%M:%f000', 'now'))")
    return sa.text("now()")
