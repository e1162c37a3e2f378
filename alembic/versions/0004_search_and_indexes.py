"""Full-text search, and an index for every list that is sorted by time.

Revision ID: 0004
Revises: 0003
"""

from alembic import op
from alembic.util import CommandError
from sqlalchemy import Connection, text

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# FTS5 knows the characters of Unicode 6.1 and takes newer ones for letters. These are not: `🤖AI` has the word AI.
SYMBOLS = "".join(
    chr(code)
    for block in (range(0x2066, 0x206A), range(0x20BA, 0x20D0), range(0x2B4D, 0x2C00), range(0x1F300, 0x1FB00))
    for code in block
)

TIMES = {"job_sources": "last_seen", "reference_usages": "used_on", "status_events": "occurred_at"}
NULLABLE_TIMES = {
    "jobs": "scraped_date",
    "applications": "application_date",
    "employer_responses": "response_date",
    "outreach_campaigns": "sent_date",
}
INDEXED_BEFORE = ("jobs", "applications")
"""SQLite can go on with the indexes of 0003; PostgreSQL needs them in the lists' order."""


def upgrade() -> None:
    for table, column in TIMES.items():
        op.create_index(f"ix_{table}_{column}", table, [column, "id"])
    for table, column in NULLABLE_TIMES.items():
        if op.get_bind().dialect.name == "postgresql":
            if table in INDEXED_BEFORE:
                op.drop_index(f"ix_{table}_{column}", table)
            op.create_index(f"ix_{table}_{column}", table, [text(f"{column} DESC NULLS LAST"), text("id DESC")])
        elif table not in INDEXED_BEFORE:
            op.create_index(f"ix_{table}_{column}", table, [text(f"{column} DESC"), text("id DESC")])
    _create_search_index()


def downgrade() -> None:
    connection = op.get_bind()
    _drop_triggers(connection)
    op.execute("DROP TABLE search_index")
    for table, column in {**TIMES, **NULLABLE_TIMES}.items():
        if table not in INDEXED_BEFORE or connection.dialect.name == "postgresql":
            op.drop_index(f"ix_{table}_{column}", table)
    if connection.dialect.name == "postgresql":
        for table in INDEXED_BEFORE:
            op.create_index(f"ix_{table}_{NULLABLE_TIMES[table]}", table, [NULLABLE_TIMES[table], "id"])


def _drop_triggers(connection: Connection) -> None:
    """Drop what is made after all migrations, see env.py: triggers, their functions, and indexes of trigrams."""
    if connection.dialect.name == "sqlite":
        triggers = "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND name GLOB 'search_index_*'"
        for name in connection.exec_driver_sql(triggers).scalars().all():
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
        return
    indexes = "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()"
    for name in connection.exec_driver_sql(indexes).scalars().all():
        if name.endswith("_fragments"):
            connection.exec_driver_sql(f'DROP INDEX "{name}"')
    functions = (
        "SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = current_schema()::regnamespace"
        " AND (proname IN ('search_text', 'search_list') OR starts_with(proname, 'search_index_'))"
    )
    for name in connection.exec_driver_sql(functions).scalars().all():
        connection.exec_driver_sql(f"DROP FUNCTION {name} CASCADE")


def _create_search_index() -> None:
    # The triggers that fill the search index are made after all migrations, see env.py.
    if op.get_bind().dialect.name == "sqlite":
        _require_fts5()
        op.execute(
            "CREATE VIRTUAL TABLE search_index USING fts5(heading, facts, body, content = '',"
            f" tokenize = \"unicode61 remove_diacritics 2 categories 'L* N*' separators '{SYMBOLS}'\")"
        )
    else:
        _require_utf8()
        op.execute(
            "CREATE TABLE search_index (kind smallint NOT NULL, row_id integer NOT NULL, words tsvector NOT NULL,"
            " CONSTRAINT pk_search_index PRIMARY KEY (kind, row_id))"
        )
        op.execute("CREATE INDEX ix_search_index_words ON search_index USING gin (words)")


def _require_fts5() -> None:
    if not op.get_bind().exec_driver_sql("SELECT 1 FROM pragma_module_list WHERE name = 'fts5'").scalar():
        raise CommandError("this Python's SQLite has no FTS5, which search needs: use a Python whose SQLite has it")


def _require_utf8() -> None:
    encoding = op.get_bind().exec_driver_sql("SHOW server_encoding").scalar_one()
    if encoding != "UTF8":
        raise CommandError(
            f"this database's encoding is {encoding}, which most texts do not fit in: dump it, and restore it into one"
            " with the encoding UTF8"
        )
