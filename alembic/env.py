"""Runs migrations on the connection of `jobbot_gql.upkeep.migrations`, or on that of DATABASE_URL."""

import asyncio
from collections.abc import Iterable
from logging.config import fileConfig
from typing import Any, Literal
from warnings import filterwarnings

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.operations.ops import MigrationScript
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, DefaultClause, Enum, String

from jobbot_gql.db.maintenance_connection import DatabaseProblem, exclusive
from jobbot_gql.db.sql.column_types import SQLITE_NOW, Ratio, StrictBoolean, StringList, UtcDateTime, utcnow
from jobbot_gql.db.triggers import change_log, order_indexes, search_index, shared_postings, trigram_indexes
from jobbot_gql.history.models import Change
from jobbot_gql.jobs import stored_keys
from jobbot_gql.models import Base, ImportedFile
from jobbot_gql.search.documents import DOCUMENTS, FRAGMENTS
from jobbot_gql.settings import SettingsError, load_settings
from jobbot_gql.upkeep import migrations

PLAIN_TYPES: dict[type, str] = {
    Ratio: "sa.Float()",
    StrictBoolean: "sa.Boolean()",
    StringList: "sa.Text()",
    UtcDateTime: "sa.DateTime(timezone=True)",
}
ORDERS_SINCE = "0017"
"""The first revision with indexes for orders. Earlier ones rebuild tables on SQLite, which loses them."""


def render(kind: str, item: Any, autogenerate: AutogenContext) -> str | Literal[False]:
    """Render the project's column types and defaults as plain SQLAlchemy ones.

    A revision imports no application code, so later changes to that code do not affect it.
    """
    match kind, item:
        case "type", _ if type(item) in PLAIN_TYPES:
            return PLAIN_TYPES[type(item)]
        case "type", Enum(length=length):
            return repr(String(length)).replace("String", "sa.String")
        case "server_default", DefaultClause(arg=utcnow()):
            return f'sa.text("({SQLITE_NOW})" if op.get_bind().dialect.name == "sqlite" else "now()")'
    return False


def number(
    migration: MigrationContext, revision: str | Iterable[str | None] | Iterable[str], scripts: list[MigrationScript]
) -> None:
    """Give a new revision the next number, unless `--rev-id` is given. The head need not have the highest one."""
    config = context.config
    if scripts and getattr(config.cmd_opts, "rev_id", None) is None:
        known = ScriptDirectory.from_config(config).walk_revisions()
        scripts[0].rev_id = f"{max((int(script.revision) for script in known), default=0) + 1:04}"


def include(name: str | None, kind: str, parents: Any) -> bool:
    """Exclude tables and indexes without a model from autogeneration."""
    name = name or ""
    is_ours = trigram_indexes.owns(name) or order_indexes.owns(name) if kind == "index" else search_index.owns(name)
    return kind not in ("table", "index") or not is_ours


def sorted_models() -> list[type[Base]]:
    """Models with lists that clients sort by text or words."""
    return [mapper.class_ for mapper in Base.registry.mappers if mapper.class_ not in (Change, ImportedFile)]


def has_reached(connection: Connection, revision: str) -> bool:
    """Whether the database is at a revision or at a later one."""
    heads = MigrationContext.configure(connection).get_current_heads()
    script = ScriptDirectory.from_config(context.config)
    return any(one.revision == revision for one in script.iterate_revisions(heads, "base"))


def run(connection: Connection) -> None:
    # SQLAlchemy does not reflect the indexes for orders, which alembic need not know of.
    filterwarnings("ignore", "Skipped unsupported reflection of expression-based index")
    steps: list[Any] = []
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        transactional_ddl=True,  # alembic disables it on SQLite, because the driver does not begin transactions itself
        render_item=render,
        include_name=include,
        process_revision_directives=number,
        on_version_apply=lambda **applied: steps.append(applied["step"]),
    )
    with migrations.checked_foreign_keys(connection), context.begin_transaction():
        change_log.write_pending(connection)
        context.run_migrations()
        # Triggers depend on the tables and columns of the reached revision.
        if steps or "connection" in context.config.attributes:
            change_log.install(connection, Base)
            shared_postings.install(connection)
            search_index.install(connection, DOCUMENTS.values())
            if search_index.exists(connection):
                trigram_indexes.install(connection, FRAGMENTS)
            if has_reached(connection, ORDERS_SINCE):
                order_indexes.install(connection, sorted_models())
            stored_keys.correct_keys(connection, Base.metadata.tables["jobs"])


async def run_alone() -> None:
    try:
        async with exclusive(load_settings().database) as connection:
            await connection.run_sync(migrations.require_known)
            await connection.run_sync(run)
    except (DatabaseProblem, SettingsError) as problem:
        raise CommandError(str(problem)) from problem


if context.is_offline_mode():
    raise CommandError("no --sql: the migrations look at the rows before they change a table")
if connection := context.config.attributes.get("connection"):
    run(connection)
else:
    if context.config.config_file_name:
        fileConfig(context.config.config_file_name, disable_existing_loggers=False)
    asyncio.run(run_alone())
