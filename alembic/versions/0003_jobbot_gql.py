"""What jobbot-gql promises beyond JobBot's tables: rules kept by the database, history, sources and the change log.

Revision ID: 0003
Revises: 0002
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from alembic import context, op
from alembic.util import CommandError
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
}
TABLES = {
    "companies": "0002",
    "jobs": "0001",
    "references": "0001",
    "applications": "0001",
    "opportunities": "0002",
    "employer_responses": "0001",
    "experience_claims": "0001",
    "outreach_campaigns": "0002",
}
"""The revision that made each table; parents come before the tables that refer to them."""
VOCABULARIES = {
    "companies": {"size": ["small", "medium", "large"]},
    "jobs": {"status": ["discovered", "targeted", "applied", "interviewing", "offer", "rejected", "archived"]},
    "applications": {
        "status": [
            *("submitted", "acknowledged", "under_review", "phone_screen", "technical_interview", "final_interview"),
            *("offer_received", "offer_negotiating", "accepted", "rejected", "ghosted", "withdrawn"),
        ],
    },
    "opportunities": {
        "implementation_complexity": ["low", "medium", "high"],
        "status": ["identified", "researched", "poc_created", "pitched", "rejected", "accepted"],
    },
    "employer_responses": {
        "response_type": [
            *("acknowledgment", "info_request", "assessment", "interview_request", "offer", "rejection", "other"),
        ],
    },
    "experience_claims": {"risk_level": ["low", "medium", "high"]},
    "outreach_campaigns": {
        "contact_method": ["email", "linkedin", "phone"],
        "response_status": ["sent", "opened", "replied", "interested", "rejected"],
    },
}
ADDED_INDEXES: dict[str, dict[str, list[str]]] = {
    "jobs": {"ix_jobs_scraped_date": ["scraped_date", "id"]},
    "applications": {
        "ix_applications_job_id": ["job_id"],
        "ix_applications_application_date": ["application_date", "id"],
    },
    "employer_responses": {"ix_employer_responses_application_id": ["application_id"]},
    "references": {},
    "experience_claims": {"ix_experience_claims_application_id": ["application_id"]},
    "companies": {"ix_companies_name": ["name"]},
    "opportunities": {
        "ix_opportunities_company_id": ["company_id"],
        "ix_opportunities_status": ["status"],
    },
    "outreach_campaigns": {
        "ix_outreach_campaigns_company_id": ["company_id"],
        "ix_outreach_campaigns_opportunity_id": ["opportunity_id"],
        "ix_outreach_campaigns_response_status": ["response_status"],
    },
}


def upgrade() -> None:
    connection = op.get_bind()
    tables = _tables()
    _require_settled(connection, tables)
    connection.execute(sa.text("UPDATE jobs SET job_url = NULL WHERE job_url = ''"))
    if connection.dialect.name == "sqlite":
        for table in tables:
            for column in table.columns:
                if isinstance(column.type, sa.String):
                    _store_bytes_as_text(connection, column)
                elif isinstance(column.type, sa.DateTime):
                    _store_times_as_utc(connection, column)
    else:
        _rename_constraints(_our_name, _automatic_name)
    for table in tables:
        _tighten(table)
    _create_job_sources()
    _create_status_events()
    _create_reference_usages()
    _create_change_log()


def downgrade() -> None:
    connection = op.get_bind()
    _drop_triggers(connection)
    for name in ("change_log", "reference_usages", "status_events", "job_sources"):
        op.drop_table(name)
    for table in reversed(_tables()):
        _loosen(table)
    if connection.dialect.name == "postgresql":
        _rename_constraints(_automatic_name, _our_name)


def _tables() -> list[sa.Table]:
    """JobBot's tables, as the first two revisions made them."""
    made = {revision: context.script.get_revision(revision).module.metadata.tables for revision in TABLES.values()}
    return [made[revision][name] for name, revision in TABLES.items()]


def _drop_triggers(connection: sa.Connection) -> None:
    """Drop the triggers of the change log, which are made after all migrations, see env.py."""
    if connection.dialect.name == "sqlite":
        triggers = "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND name GLOB 'log_change_*'"
        for name in connection.exec_driver_sql(triggers).scalars().all():
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
        return
    connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")  # or the tables cannot be changed
    functions = (
        "SELECT proname FROM pg_proc WHERE pronamespace = current_schema()::regnamespace"
        " AND starts_with(proname, 'log_change') AND prorettype = 'trigger'::regtype"
    )
    for name in connection.exec_driver_sql(functions).scalars().all():
        connection.exec_driver_sql(f"DROP FUNCTION {name}() CASCADE")


def _now() -> sa.TextClause:
    if op.get_bind().dialect.name == "sqlite":
        return sa.text("(strftime('%Y-%m-%d %H:%M:%f000', 'now'))")
    return sa.text("now()")


def _automatic_name(table: str, kind: str, column: str, referred: str) -> str:
    """The name that PostgreSQL gives a constraint which was created without one."""
    return {"pk": f"{table}_pkey", "fk": f"{table}_{column}_fkey", "uq": f"{table}_{column}_key"}[kind]


def _our_name(table: str, kind: str, column: str, referred: str) -> str:
    return {"pk": f"pk_{table}", "fk": f"fk_{table}_{column}_{referred}", "uq": f"uq_{table}_{column}"}[kind]


def _rename_constraints(new: Callable[[str, str, str, str], str], old: Callable[[str, str, str, str], str]) -> None:
    for table in _tables():
        constraints = [("pk", "id", "")]
        constraints += [("fk", key.parent.name, key.column.table.name) for key in table.foreign_keys]
        constraints += [("uq", column.name, "") for column in table.columns if column.unique]
        for constraint in constraints:
            before, after = old(table.name, *constraint), new(table.name, *constraint)
            op.execute(f'ALTER TABLE "{table.name}" RENAME CONSTRAINT {before} TO {after}')


def _tighten(table: sa.Table) -> None:
    with op.batch_alter_table(
        table.name, naming_convention=NAMES, table_kwargs={"sqlite_autoincrement": True}
    ) as batch:
        batch.add_column(sa.Column("version", sa.Integer, nullable=False, server_default=sa.text("1")))
        for column in table.columns:
            if words := VOCABULARIES.get(table.name, {}).get(column.name):
                listed = ", ".join(f"'{word}'" for word in words)
                batch.create_check_constraint(op.f(f"ck_{table.name}_{column.name}"), f"{column.name} IN ({listed})")
            if column.server_default is not None:
                batch.alter_column(column.name, server_default=_now())
            for key in column.foreign_keys:
                name = op.f(f"fk_{table.name}_{column.name}_{key.column.table.name}")
                batch.drop_constraint(name, type_="foreignkey")
                batch.create_foreign_key(name, key.column.table.name, [column.name], ["id"], ondelete="CASCADE")
        if TABLES[table.name] == "0001":  # a second index on what the primary key indexes already
            batch.drop_index(f"ix_{table.name}_id")
        for index, columns in ADDED_INDEXES[table.name].items():
            batch.create_index(index, columns)


def _loosen(table: sa.Table) -> None:
    with op.batch_alter_table(
        table.name, naming_convention=NAMES, table_kwargs={"sqlite_autoincrement": False}
    ) as batch:
        for index in ADDED_INDEXES[table.name]:
            batch.drop_index(index)
        if TABLES[table.name] == "0001":
            batch.create_index(f"ix_{table.name}_id", ["id"])
        for column in table.columns:
            if column.name in VOCABULARIES.get(table.name, {}):
                batch.drop_constraint(op.f(f"ck_{table.name}_{column.name}"), type_="check")
            if column.server_default is not None:
                batch.alter_column(column.name, server_default=sa.func.now())
            for key in column.foreign_keys:
                name = op.f(f"fk_{table.name}_{column.name}_{key.column.table.name}")
                batch.drop_constraint(name, type_="foreignkey")
                batch.create_foreign_key(name, key.column.table.name, [column.name], ["id"])
        batch.drop_column("version")


def _create_job_sources() -> None:
    op.create_table(
        "job_sources",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("job_id", sa.Integer, sa.ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("source_site", sa.String(100)),
        sa.Column("external_id", sa.String(255)),
        sa.Column("url", sa.Text),
        sa.Column("url_key", sa.Text, index=True),
        sa.Column("direct_url_key", sa.Text, index=True),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False, server_default=_now()),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False, server_default=_now()),
        sa.Column("seen_count", sa.Integer, nullable=False, server_default=sa.text("1")),
        sa.Column("pay_interval", sa.String(50)),
        sa.Column("pay_min", sa.Float),
        sa.Column("pay_max", sa.Float),
        sa.Column("pay_currency", sa.String(50)),
        sa.Column("pay_source", sa.String(50)),
        sa.Column("raw", sa.JSON, nullable=False),
        sa.UniqueConstraint("source_site", "external_id"),
        sqlite_autoincrement=True,
    )


def _create_status_events() -> None:
    subjects = {
        "job_id": "jobs.id",
        "application_id": "applications.id",
        "opportunity_id": "opportunities.id",
        "outreach_campaign_id": "outreach_campaigns.id",
    }
    op.create_table(
        "status_events",
        sa.Column("id", sa.Integer, primary_key=True),
        *(
            sa.Column(column, sa.Integer, sa.ForeignKey(key, ondelete="CASCADE"), index=True)
            for column, key in subjects.items()
        ),
        sa.Column("from_status", sa.String(50)),
        sa.Column("to_status", sa.String(50), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False, server_default=_now()),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False, server_default=_now()),
        sa.Column("note", sa.Text),
        sa.CheckConstraint(
            " + ".join(f"CASE WHEN {column} IS NULL THEN 0 ELSE 1 END" for column in subjects) + " = 1",
            name="one_subject",
        ),
        sqlite_autoincrement=True,
    )


def _create_reference_usages() -> None:
    op.create_table(
        "reference_usages",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "reference_id", sa.Integer, sa.ForeignKey("references.id", ondelete="CASCADE"), nullable=False, index=True
        ),
        sa.Column("application_id", sa.Integer, sa.ForeignKey("applications.id", ondelete="CASCADE"), index=True),
        sa.Column("used_on", sa.Date, nullable=False, server_default=sa.func.current_date()),
        sa.Column("context", sa.Text),
        sqlite_autoincrement=True,
    )


def _create_change_log() -> None:
    json = sa.JSON().with_variant(postgresql.JSONB, "postgresql")
    op.create_table(
        "change_log",
        sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=_now(), index=True),
        sa.Column("actor", sa.String(255)),
        sa.Column("entity", sa.String(50), nullable=False),
        sa.Column("entity_id", sa.Integer, nullable=False),
        sa.Column("operation", sa.String(50), nullable=False),
        sa.Column("before", json),
        sa.Column("after", json),
        sa.Column("request_id", sa.String(64), index=True),
        sa.CheckConstraint("operation IN ('create', 'update', 'delete')", name="operation"),
        sa.Index("ix_change_log_subject", "entity", "entity_id"),
        sqlite_autoincrement=True,
    )


# The rules of rows, and the forms of values, that the constraints and whoever reads the rows rely on. `jobbot-gql
# migrate` has made sure of the rules before; alembic's own commands have not.

FIRST_DAY, LAST_DAY = date(1, 1, 2), date(9999, 12, 30)
LARGEST_INTEGER = 2**31 - 1
LARGEST_FLOAT = 1.7976931348623157e308
TIME = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9]"
FRACTION = ".[0-9][0-9][0-9][0-9][0-9][0-9]"
AT_ONCE = 1_000


def _require_settled(connection: sa.Connection, tables: list[sa.Table]) -> None:
    """Raise CommandError if a value breaks a rule."""
    broken: Counter[str] = Counter()
    for table in tables:
        for column in table.columns:
            broken[f"{table.name}.{column.name}"] += _count_broken(connection, column)
    if count := broken.total():
        columns = ", ".join(sorted(name for name, found in broken.items() if found))
        raise CommandError(
            f"{count} values cannot be taken over as they are, in {columns}; nothing was changed:"
            " `jobbot-gql doctor` lists them, with what to tell `jobbot-gql migrate`"
        )


def _count_broken(connection: sa.Connection, column: sa.Column[Any]) -> int:
    """How often a column breaks a rule that the database does not enforce yet."""
    sqlite = connection.dialect.name == "sqlite"
    broken = _broken_on_sqlite(column) if sqlite else _broken_on_postgresql(column)
    words = VOCABULARIES.get(column.table.name, {}).get(column.name)
    conditions = [broken, None if words is None else column.not_in(words)]
    for key in column.foreign_keys:
        parents = sa.select(key.column).where(key.column == column).correlate(column.table)
        conditions.append(~parents.exists())
    count = sum(
        connection.scalar(sa.select(sa.func.count()).select_from(column.table).where(column.is_not(None), condition))
        for condition in conditions
        if condition is not None
    )
    if sqlite and isinstance(column.type, sa.DateTime):
        count += sum(_utc_text(value) is None for _, value in _unreadable_times(connection, column))
    if sqlite and isinstance(column.type, sa.String) and words is None:
        count += sum(not _is_utf8(value) for value in _stored_texts(connection, column))
    return count


def _broken_on_postgresql(column: sa.Column[Any]) -> sa.ColumnElement[bool] | None:
    match column.type:
        case sa.DateTime():
            first = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, tzinfo=UTC)
            end = datetime(LAST_DAY.year, LAST_DAY.month, LAST_DAY.day + 1, tzinfo=UTC)
            return sa.or_(column < first, column >= end)
        case sa.Date():
            return sa.not_(column.between(FIRST_DAY, LAST_DAY))
        case sa.Float():
            return sa.not_(column.between(-LARGEST_FLOAT, LARGEST_FLOAT))
    return None


def _broken_on_sqlite(column: sa.Column[Any]) -> sa.ColumnElement[bool] | None:
    """The rules that SQLite leaves to whoever writes: it stores anything in any column."""
    raw, kind = sa.type_coerce(column, sa.Text), sa.func.typeof(column)
    match column.type:
        case sa.Date():
            day = sa.func.date(raw, "+0 days")  # makes another day of the 31st of a short month
            return sa.not_(sa.func.coalesce(sa.and_(kind == "text", _is_storable(raw), day == raw), sa.false()))
        case sa.Boolean():
            return sa.type_coerce(column, sa.Integer).not_in([0, 1])
        case sa.Integer():
            fits = sa.type_coerce(column, sa.BigInteger).between(-LARGEST_INTEGER - 1, LARGEST_INTEGER)
            return sa.or_(kind != "integer", sa.not_(fits))
        case sa.Float():
            return sa.or_(kind.not_in(["integer", "real"]), sa.not_(column.between(-LARGEST_FLOAT, LARGEST_FLOAT)))
    return None


def _is_storable(raw: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Whether PostgreSQL's driver, too, can store the day that a text begins with."""
    return sa.func.substr(raw, 1, 10).between(FIRST_DAY.isoformat(), LAST_DAY.isoformat())


def _is_readable_time(raw: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Whether a text is a time in the form that sorts as time does, with or without a fraction."""
    second = sa.func.substr(raw, 1, 19)
    in_form = sa.or_(raw.op("GLOB")(TIME), raw.op("GLOB")(TIME + FRACTION))
    is_time = sa.func.datetime(second, "+0 days") == second
    return sa.func.coalesce(sa.and_(sa.func.typeof(raw) == "text", in_form, _is_storable(raw), is_time), sa.false())


def _unreadable_times(connection: sa.Connection, column: sa.Column[Any]) -> list[tuple[int, object]]:
    """The ids and the values that are no time in the form that sorts as time does."""
    raw = sa.type_coerce(column, sa.Text)
    values = sa.select(column.table.c.id, sa.cast(raw, sa.LargeBinary)).where(
        column.is_not(None), sa.not_(_is_readable_time(raw))
    )
    return [(row_id, value.decode(errors="replace")) for row_id, value in connection.execute(values)]


def _stored_texts(connection: sa.Connection, column: sa.Column[Any]) -> Iterator[bytes]:
    """A column's texts as they are stored: the driver fails on a text that is not UTF-8."""
    key, last = column.table.c.id, None
    while True:
        page = sa.select(key, sa.cast(sa.type_coerce(column, sa.Text), sa.LargeBinary)).where(column.is_not(None))
        page = page if last is None else page.where(key > last)
        rows = connection.execute(page.order_by(key).limit(AT_ONCE)).all()
        if not rows:
            return
        last = rows[-1][0]
        yield from (value for _, value in rows)


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


def _utc_text(value: object) -> str | None:
    """A time in any form of ISO 8601 as `YYYY-MM-DD HH:MM:SS.ffffff` in UTC; None for anything else."""
    try:
        time = datetime.fromisoformat(str(value))
        time = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    if not FIRST_DAY <= time.date() <= LAST_DAY:
        return None
    return time.replace(tzinfo=None).isoformat(" ", "microseconds")


def _store_bytes_as_text(connection: sa.Connection, column: sa.Column[Any]) -> None:
    raw = sa.type_coerce(column, sa.LargeBinary)
    as_text = sa.update(column.table).where(sa.func.typeof(column) == "blob").values({column: sa.cast(raw, sa.Text)})
    connection.execute(as_text)


def _store_times_as_utc(connection: sa.Connection, column: sa.Column[Any]) -> None:
    """Store every time as `YYYY-MM-DD HH:MM:SS.ffffff` in UTC: text that sorts as time does."""
    raw = sa.type_coerce(column, sa.Text)
    for row_id, value in _unreadable_times(connection, column):
        time = sa.type_coerce(_utc_text(value), sa.Text)
        connection.execute(sa.update(column.table).where(column.table.c.id == row_id).values({column: time}))
    without_fraction = sa.and_(_is_readable_time(raw), raw.op("GLOB")(TIME))
    whole = sa.type_coerce(raw + ".000000", column.type)
    connection.execute(sa.update(column.table).where(without_fraction).values({column: whole}))
