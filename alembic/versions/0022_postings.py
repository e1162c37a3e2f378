"""Postings of applications: the texts of their jobs. Existing applications get the present texts.

Revision ID: 0022
Revises: 0017
"""

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0017"
branch_labels = None
depends_on = None

AT_ONCE = 500
LENGTHS = {"title": 255, "company": 255, "location": 255, "description": None, "requirements": None, "benefits": None}
TRIGGER = "delete_unreferenced_posting"
"""Is created after all migrations, see env.py."""

jobs = sa.table("jobs", sa.column("id"), *(sa.column(name, sa.Text) for name in LENGTHS))
applications = sa.table("applications", *(sa.column(name) for name in ("id", "job_id", "posting_digest")))
postings = sa.table(
    "postings",
    sa.column("digest", sa.Text),
    sa.column("kept_at", sa.DateTime(timezone=True)),
    *(sa.column(name, sa.Text) for name in LENGTHS),
)


def upgrade() -> None:
    op.create_table(
        "postings",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        *(
            sa.Column(name, sa.String(length) if length else sa.Text, nullable=name not in {"title", "company"})
            for name, length in LENGTHS.items()
        ),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False, server_default=_now()),
        sa.PrimaryKeyConstraint("id", name="pk_postings"),
        sa.UniqueConstraint("digest", name="uq_postings_digest"),
        sqlite_autoincrement=True,
    )
    op.add_column("applications", sa.Column("posting_digest", sa.String(64)))
    op.create_index("ix_applications_posting_digest", "applications", ["posting_digest"])
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if not is_sqlite:  # on SQLite the triggers do not know the column yet
        op.execute("ALTER TABLE applications DISABLE TRIGGER USER")
    _keep_texts(op.get_bind())
    if not is_sqlite:
        op.execute("ALTER TABLE applications ENABLE TRIGGER USER")


def downgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        triggers = "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'applications'"
        for name in connection.exec_driver_sql(triggers).scalars().all():
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')  # those of this revision's column are in the way
    else:
        connection.exec_driver_sql(f"DROP FUNCTION IF EXISTS {TRIGGER}() CASCADE")
    op.drop_index("ix_applications_posting_digest", "applications")
    op.drop_column("applications", "posting_digest")
    op.drop_table("postings")


def _keep_texts(connection: sa.Connection) -> None:
    texts: list[Any] = [jobs.c[name] for name in LENGTHS]
    if connection.dialect.name == "sqlite":  # as bytes: the driver fails on a text that is not UTF-8
        texts = [sa.cast(text, sa.LargeBinary).label(text.name) for text in texts]
    page = sa.select(applications.c.id, *texts).join(jobs, jobs.c.id == applications.c.job_id)
    page = page.order_by(applications.c.id).limit(AT_ONCE)
    by_id = sa.update(applications).where(applications.c.id == sa.bindparam("of"))
    by_id = by_id.values(posting_digest=sa.bindparam("digest"))
    kept: set[str] = set()
    now, last = datetime.now(UTC).replace(tzinfo=None if connection.dialect.name == "sqlite" else UTC), 0
    while rows := connection.execute(page.where(applications.c.id > last)).all():
        last = rows[-1].id
        found = [(row_id, texts, digest) for row_id, *texts in map(_decoded, rows) if (digest := _digest(texts))]
        new = {digest: texts for _, texts, digest in found if digest not in kept}
        kept |= new.keys()
        if new:
            values = [{"digest": one, "kept_at": now, **dict(zip(LENGTHS, new[one], strict=True))} for one in new]
            connection.execute(sa.insert(postings), values)
        if found:
            connection.execute(by_id, [{"of": row_id, "digest": digest} for row_id, _, digest in found])


def _decoded(row: Any) -> list[Any]:
    try:
        return [value.decode() if isinstance(value, bytes) else value for value in row]
    except UnicodeDecodeError:  # doctor lists it
        return [row.id, *[None] * len(LENGTHS)]


def _digest(texts: list[str | None]) -> str | None:
    """As `postings/service.py` computes it."""
    if all(text is None for text in texts[3:]):
        return None
    return sha256(json.dumps(texts).encode()).hexdigest()


def _now() -> sa.TextClause:
    if op.get_bind().dialect.name == "sqlite":
        return sa.text("(strftime('%Y-%m-%d %H:%M:%f000', 'now'))")
    return sa.text("now()")
