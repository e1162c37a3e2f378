"""Triggers that log every insert, update and delete, including those of other programs.

They are created after each migration from the actual columns of the tables, without computed columns that are not to be
logged. A log row has JSON of the full row for an insert or a delete, and of the changed columns before and after for an
update. An update without changes is not logged. Both engines write the same JSON: booleans, times as
`2026-01-02T03:04:05.678901+00:00`, dates as `2026-01-02`, JSON, and strings as stored. The deletion of a parent
precedes those of its children.

Sequences are in commit order: after a reader has seen a log row, no row with a lower sequence appears. SQLite has a
single writer. On PostgreSQL the triggers are deferred to the commit and hold an advisory lock until the transaction
ends; see docs/decisions/0010.

`transaction_id` is the sequence of the transaction's first change. On SQLite, `SqliteDriver` sets it at the commit, so
it is NULL for writes of other programs.

One write is not logged: on SQLite, the row that another program's INSERT OR REPLACE deletes, unless it has set
recursive_triggers.
"""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import JSON, Boolean, Connection, DateTime, Float, LargeBinary, inspect
from sqlalchemy.engine.interfaces import ReflectedColumn
from sqlalchemy.orm import DeclarativeBase

from jobbot_gql.db.write.write_session import WriteSession

LOG = "change_log"
TRIGGER = "log_change"
WRITE_PENDING = "SET CONSTRAINTS ALL IMMEDIATE"

SQLITE_WRITE = "INSERT INTO change_log (entity, entity_id, operation, before, after) VALUES"
# Each table has a function, which runs at the commit. It uses qualified names, because setting a search_path would take
# a tenth of its time. Times are reformatted, because PostgreSQL's JSON has them in the session's time zone and without
# trailing zeros.
POSTGRESQL_WRITE = """
DECLARE
    old_values jsonb;
    new_values jsonb;{declare}
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        SET CONSTRAINTS {schema}.log_change IMMEDIATE;  -- afterwards their rows will be gone
        DELETE FROM {schema}."{table}";
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        old_values := {old};
    END IF;
    IF TG_OP <> 'DELETE' THEN
        new_values := {new};
    END IF;
    IF TG_OP = 'UPDATE' THEN
        SELECT pg_catalog.jsonb_object_agg(key, value), pg_catalog.jsonb_object_agg(key, new_values -> key)
        INTO old_values, new_values
        FROM pg_catalog.jsonb_each(old_values) WHERE value <> new_values -> key;
        IF old_values IS NULL THEN
            RETURN NULL;
        END IF;
    END IF;
    PERFORM pg_catalog.pg_advisory_xact_lock({log}::regclass::oid::bigint);{number}
    INSERT INTO {schema}.change_log ({columns}actor, entity, entity_id, operation, before, after, request_id) VALUES (
{values}        nullif(pg_catalog.current_setting('jobbot.actor', true), ''),
        '{entity}',
        coalesce(NEW.id, OLD.id),
        CASE TG_OP WHEN 'INSERT' THEN 'create' ELSE pg_catalog.lower(TG_OP) END,
        old_values,
        new_values,
        nullif(pg_catalog.current_setting('jobbot.request_id', true), '')
    );
    RETURN NULL;
END
"""
# Parts of the function if the log has `transaction_id`, from revision 0010 on. The id is a transaction-level setting,
# so that a rollback to a savepoint reverts it together with the change.
POSTGRESQL_TRANSACTION = {
    "declare": """
    number bigint;
    first text;""",
    "number": """
    number := pg_catalog.nextval({sequence}::regclass);
    first := nullif(pg_catalog.current_setting('jobbot.transaction', true), '');
    IF first IS NULL THEN
        first := pg_catalog.set_config('jobbot.transaction', number::text, true);
    END IF;""",
    "columns": "sequence, transaction_id, ",
    "values": """        number,
        first::bigint,
""",
}
# to_char returns NULL for infinity.
POSTGRESQL_TIME = """
        '{name}', coalesce(
            pg_catalog.to_char({value}::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
            {value}::text
        )"""


async def flush_log(session: WriteSession) -> None:
    """Write the log of the session's changes before the commit, so that they can be read.

    Call it as late as possible: on PostgreSQL it blocks the commits of other transactions until this one ends, and can
    deadlock with them if this one needs further row locks.
    """
    await session.flush()
    if session.dialect.name == "postgresql":
        await session.send(WRITE_PENDING)


def install(connection: Connection, base: type[DeclarativeBase]) -> None:
    """Create missing triggers, and replace those that do not match the columns. Does nothing without a change log."""
    if connection.dialect.name == "sqlite":
        expected, found = _sqlite_triggers(connection, base), _sqlite_found(connection)
        for name, sql in found.items():
            if expected.get(name) != sql:
                connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
        for name, sql in expected.items():
            if found.get(name) != sql:
                connection.exec_driver_sql(sql)
        return
    functions = {name for name, _ in _postgresql_functions(connection, base).values()}
    # Functions remain after a downgrade has dropped their table.
    if missing(connection, base) or functions != _postgresql_found(connection).keys():
        remove(connection)
        _install_postgresql(connection, base)


def write_pending(connection: Connection) -> None:
    """Run the deferred triggers now, and later ones at the end of each statement.

    PostgreSQL rejects DDL on a table with pending trigger events.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(WRITE_PENDING)


def remove(connection: Connection) -> None:
    """Drop all triggers of the change log."""
    write_pending(connection)
    if connection.dialect.name == "sqlite":
        for name in _sqlite_found(connection):
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
    else:
        for name in _postgresql_found(connection):
            connection.exec_driver_sql(f"DROP FUNCTION {name}() CASCADE")


def remove_from(connection: Connection, table: str) -> None:
    """Drop the triggers of a table on SQLite. The next `install` creates them again."""
    for name in _sqlite_names(table).values():
        connection.exec_driver_sql(f'DROP TRIGGER IF EXISTS "{name}"')


def missing(connection: Connection, base: type[DeclarativeBase]) -> list[str]:
    """Tables with missing or outdated triggers."""
    tables = _logged(connection, base)
    if connection.dialect.name == "sqlite":
        expected, found = _sqlite_triggers(connection, base), _sqlite_found(connection)
        return [
            table
            for table in tables
            if any(found.get(name) != expected[name] for name in _sqlite_names(table).values())
        ]
    functions, sources = _postgresql_functions(connection, base), _postgresql_found(connection)
    called: dict[str, list[str]] = {}
    for table, function in connection.exec_driver_sql(
        "SELECT relname, proname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
        " JOIN pg_proc ON pg_proc.oid = tgfoid"
        " WHERE tgenabled IN ('O', 'A') AND relnamespace = current_schema()::regnamespace"
        " AND starts_with(tgname, 'log_change') AND tginitdeferred = (tgname = 'log_change')"
    ):
        called.setdefault(table, []).append(function)
    return [
        table
        for table, (name, source) in functions.items()
        if sources.get(name) != source or called.get(table) != [name] * 2
    ]


class _LoggedTable(NamedTuple):
    """A table as its triggers log it."""

    entity: str
    columns: list[ReflectedColumn]
    """Columns that are logged."""
    unlogged: list[str]
    """Names of the columns that are not; see `computed`."""


def _logged(connection: Connection, base: type[DeclarativeBase]) -> dict[str, _LoggedTable]:
    """Existing mapped tables by name."""
    inspector = inspect(connection)
    found = set(inspector.get_table_names())
    if LOG not in found:
        return {}
    entities: Mapping[str, str] = {
        mapper.persist_selectable.description: mapper.class_.__name__ for mapper in base.registry.mappers
    }
    logged = {}
    for table in sorted(found & entities.keys() - {LOG}):
        unlogged = {column.name for column in base.metadata.tables[table].c if not column.info.get("logged", True)}
        columns = inspector.get_columns(table)
        logged[table] = _LoggedTable(
            entities[table],
            [column for column in columns if column["name"] not in unlogged],
            [column["name"] for column in columns if column["name"] in unlogged],
        )
    return logged


def _install_postgresql(connection: Connection, base: type[DeclarativeBase]) -> None:
    for table, (function, source) in _postgresql_functions(connection, base).items():
        connection.exec_driver_sql(
            f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $${source}$$"
        )
        for name, kind, events in (
            (TRIGGER, "CONSTRAINT TRIGGER", "AFTER INSERT OR UPDATE OR DELETE"),
            (f"{TRIGGER}_truncate", "TRIGGER", "BEFORE TRUNCATE"),
        ):
            unit = "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW" if name == TRIGGER else "FOR EACH STATEMENT"
            connection.exec_driver_sql(f'DROP TRIGGER IF EXISTS {name} ON "{table}"')
            connection.exec_driver_sql(
                f'CREATE {kind} {name} {events} ON "{table}" {unit} EXECUTE FUNCTION {function}()'
            )


def _postgresql_functions(connection: Connection, base: type[DeclarativeBase]) -> dict[str, tuple[str, str]]:
    """Name and source of each table's function."""
    schema, log = connection.exec_driver_sql(
        "SELECT quote_ident(current_schema()), quote_literal(quote_ident(current_schema()) || '.change_log')"
    ).one()
    parts = _postgresql_transaction(connection)
    functions = {}
    for table, logged in _logged(connection, base).items():
        names = {"schema": schema, "log": log, "table": table, "entity": logged.entity}
        old, new = _postgresql_values(logged, "OLD"), _postgresql_values(logged, "NEW")
        source = POSTGRESQL_WRITE.format(**names, old=old, new=new, **parts)
        functions[table] = (f"{TRIGGER}_{table}", source)
    return functions


def _postgresql_transaction(connection: Connection) -> dict[str, str]:
    """Parts of a function that write `transaction_id`; empty if the log has no such column."""
    sequence = connection.exec_driver_sql(
        "SELECT quote_literal(pg_get_serial_sequence(attrelid::regclass::text, 'sequence')) FROM pg_attribute"
        " WHERE attrelid = to_regclass('change_log') AND attname = 'transaction_id' AND NOT attisdropped"
    ).scalar()
    return {name: part.format(sequence=sequence) if sequence else "" for name, part in POSTGRESQL_TRANSACTION.items()}


def _postgresql_values(table: _LoggedTable, row: str) -> str:
    """SQL for the JSON of a row."""
    values = f"pg_catalog.to_jsonb({row})" + "".join(f" - '{name}'" for name in table.unlogged)
    times = ",".join(
        POSTGRESQL_TIME.format(name=column["name"], value=f'{row}."{column["name"]}"')
        for column in table.columns
        if isinstance(column["type"], DateTime)
    )
    return f"{values} || pg_catalog.jsonb_build_object({times})" if times else values


def _postgresql_found(connection: Connection) -> dict[str, str]:
    """Sources of existing functions by name."""
    rows = connection.exec_driver_sql(
        "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = current_schema()::regnamespace"
        " AND starts_with(proname, 'log_change') AND prorettype = 'trigger'::regtype"
    )
    return {row.proname: row.prosrc for row in rows}


def _sqlite_names(table: str) -> dict[str, str]:
    return {operation: f"{TRIGGER}_{table}_{operation}" for operation in ("create", "update", "delete")}


def _sqlite_found(connection: Connection) -> dict[str, str]:
    rows = connection.exec_driver_sql(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND name GLOB 'log_change_*'"
    )
    return {row.name: row.sql for row in rows}


def _sqlite_triggers(connection: Connection, base: type[DeclarativeBase]) -> dict[str, str]:
    """CREATE TRIGGER statements by name."""
    triggers = {}
    for table, (entity, columns, _) in _logged(connection, base).items():
        name = _sqlite_names(table)
        differs = " OR ".join(f'OLD."{column["name"]}" IS NOT NEW."{column["name"]}"' for column in columns)
        # BEFORE DELETE, because cascades run before AFTER DELETE triggers and would log children before their parent.
        for operation, event, row, before, after in (
            ("create", "AFTER INSERT", "NEW", "NULL", _sqlite_row(columns, "NEW")),
            (
                "update",
                "AFTER UPDATE",
                "NEW",
                _sqlite_changed_columns(columns, "OLD"),
                _sqlite_changed_columns(columns, "NEW"),
            ),
            ("delete", "BEFORE DELETE", "OLD", _sqlite_row(columns, "OLD"), "NULL"),
        ):
            when = f" WHEN {differs}" if operation == "update" else ""
            triggers[name[operation]] = (
                f'CREATE TRIGGER "{name[operation]}" {event} ON "{table}"{when} BEGIN'
                f" {SQLITE_WRITE} ('{entity}', {row}.id, '{operation}', {before}, {after}); END"
            )
    return triggers


def _sqlite_row(columns: list[ReflectedColumn], row: str) -> str:
    members = ",".join(f'"{column["name"]}":%s' for column in columns)
    values = ", ".join(_sqlite_json(column, row) for column in columns)
    return f"printf('{{{members}}}', {values})"  # || would copy the string for each column


def _sqlite_changed_columns(columns: list[ReflectedColumn], row: str) -> str:
    members = ", ".join(
        f'CASE WHEN OLD."{column["name"]}" IS NOT NEW."{column["name"]}"'
        f" THEN ',\"{column['name']}\":' || {_sqlite_json(column, row)} END"
        for column in columns
    )
    return f"'{{' || substr(printf('{'%s' * len(columns)}', {members}), 2) || '}}'"


def _sqlite_json(column: ReflectedColumn, row: str) -> str:
    """SQL for the JSON of a column's value. Values that are not of the column's type are logged as stored."""
    value = f'{row}."{column["name"]}"'
    match column["type"]:
        case Boolean():
            return f"CASE {value} WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE json_quote({value}) END"
        case DateTime():
            return (
                f"json_quote(CASE length({value}) WHEN 26 THEN replace({value}, ' ', 'T') || '+00:00'"
                f" WHEN 19 THEN replace({value}, ' ', 'T') || '.000000+00:00' ELSE {value} END)"
            )
        case Float():
            # json_quote() keeps only 15 digits, and writes infinity as a number out of range
            return (
                f"CASE WHEN typeof({value}) <> 'real' THEN json_quote({value})"
                f" WHEN abs({value}) = 9e999 THEN iif({value} > 0, '\"Infinity\"', '\"-Infinity\"')"
                f" ELSE printf('%!.17g', {value}) END"
            )
        case JSON():
            return f"CASE WHEN json_valid({value}) THEN {value} ELSE json_quote({value}) END"
        case LargeBinary():  # only in columns that other programs have added; logged as hexadecimal digits
            return f"json_quote(iif(typeof({value}) = 'blob', hex({value}), {value}))"
    return f"json_quote({value})"
