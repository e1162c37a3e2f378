"""What jobbot-gql promises beyond JobBot's tables: rules kept by the database, history, sources and the change log.

Revision ID: 0003
Revises: 0002
"""

from collections.abc import Callable

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from jobbot_gql.db.triggers import change_log
from jobbot_gql.upkeep import adoption, jobbot_tables

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
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
    adoption.require_settled(connection)
    connection.execute(sa.text("UPDATE jobs SET job_url = NULL WHERE job_url = ''"))
    if connection.dialect.name == "sqlite":
        adoption.store_times_as_utc(connection)
    else:
        _rename_constraints(_our_name, _automatic_name)
    for table in jobbot_tables.metadata.sorted_tables:
        _tighten(table)
    _create_job_sources()
    _create_status_events()
    _create_reference_usages()
    _create_change_log()


def downgrade() -> None:
    connection = op.get_bind()
    change_log.remove(connection)
    for name in ("change_log", "reference_usages", "status_events", "job_sources"):
        op.drop_table(name)
    for table in reversed(jobbot_tables.metadata.sorted_tables):
        _loosen(table)
    if connection.dialect.name == "postgresql":
        _rename_constraints(_automatic_name, _our_name)


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
    for table in jobbot_tables.metadata.sorted_tables:
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
            if isinstance(column.type, sa.Enum):
                words = ", ".join(f"'{word}'" for word in column.type.enums)
                batch.create_check_constraint(op.f(f"ck_{table.name}_{column.name}"), f"{column.name} IN ({words})")
            if column.server_default is not None:
                batch.alter_column(column.name, server_default=_now())
            for key in column.foreign_keys:
                name = op.f(f"fk_{table.name}_{column.name}_{key.column.table.name}")
                batch.drop_constraint(name, type_="foreignkey")
                batch.create_foreign_key(name, key.column.table.name, [column.name], ["id"], ondelete="CASCADE")
        if table in jobbot_tables.BUILT:  # a second index on what the primary key indexes already
            batch.drop_index(f"ix_{table.name}_id")
        for index, columns in ADDED_INDEXES[table.name].items():
            batch.create_index(index, columns)


def _loosen(table: sa.Table) -> None:
    with op.batch_alter_table(
        table.name, naming_convention=NAMES, table_kwargs={"sqlite_autoincrement": False}
    ) as batch:
        for index in ADDED_INDEXES[table.name]:
            batch.drop_index(index)
        if table in jobbot_tables.BUILT:
            batch.create_index(f"ix_{table.name}_id", ["id"])
        for column in table.columns:
            if isinstance(column.type, sa.Enum):
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
