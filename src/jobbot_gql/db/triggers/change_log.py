"""The change log: triggers that write down every insert, update and delete, whoever does it.

They are made from the tables' real columns after each migration. A row of the log holds, as JSON, the whole row that
was inserted or deleted, or the columns that an update changed, before and after; an update that changes nothing is not
logged. Both engines write the same JSON: booleans as such, times as `2026-01-02T03:04:05.678901+00:00`, dates as
`2026-01-02`, JSON as JSON, texts as they are stored. A deleted row comes before those that a foreign key deleted with
it, so that whoever puts them back in the log's order finds the parent there.

A sequence says in which order transactions were committed: whoever has seen a row of the log will see none below it any
more. SQLite has one writer at a time. On PostgreSQL, where sequences are taken before the commit, the triggers are
deferred to it, and take a lock that the transaction holds until it is over; see docs/decisions/0010.

A change names its transaction by the sequence of the transaction's first change. On SQLite that is written when a
transaction is signed, see `SqliteDriver`: it stays NULL where another program writes.

One write passes by: on SQLite, the row that another program's INSERT OR REPLACE throws out, unless that program has set
recursive_triggers.
"""

from collections.abc import Mapping

from sqlalchemy import JSON, Boolean, Connection, DateTime, Float, LargeBinary, inspect
from sqlalchemy.engine.interfaces import ReflectedColumn
from sqlalchemy.orm import DeclarativeBase

from jobbot_gql.db.write.write_session import WriteSession

LOG = "change_log"
TRIGGER = "log_change"
WRITE_PENDING = "SET CONSTRAINTS ALL IMMEDIATE"

SQLITE_WRITE = "INSERT INTO change_log (entity, entity_id, operation, before, after) VALUES"
# A function for each table, which runs at the commit. It sets no search_path, which would take a tenth of its time, and
# names what another one could have it find elsewhere. Times are written anew because PostgreSQL's own JSON has them in
# the session's time zone, without zeros at the end.
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
# What the function also has if the log names transactions: from revision 0010 on. The number of the transaction
# is a setting of the transaction: a rollback to a savepoint takes it back with the change that it came from.
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
# to_char makes NULL of infinity.
POSTGRESQL_TIME = """
        '{name}', coalesce(
            pg_catalog.to_char({value}::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
            {value}::text
        )"""


async def flush_log(session: WriteSession) -> None:
    """Have the log of what the session has written so far written at once, for whoever reads it before the commit.

    Call it as late as possible: no other transaction is committed from then on until this one is over, and one that
    waits for a row of ours would wait for itself.
    """
    await session.flush()
    if session.dialect.name == "postgresql":
        await session.send(WRITE_PENDING)


def install(connection: Connection, base: type[DeclarativeBase]) -> None:
    """Make the triggers that are missing or do not fit their table's columns; a database without the log gets none."""
    if connection.dialect.name == "sqlite":
        wanted, found = _sqlite_triggers(connection, base), _sqlite_found(connection)
        for name, sql in found.items():
            if wanted.get(name) != sql:
                connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
        for name, sql in wanted.items():
            if found.get(name) != sql:
                connection.exec_driver_sql(sql)
        return
    functions = {name for name, _ in _postgresql_functions(connection, base).values()}
    # A function outlives its table, which a downgrade may have dropped.
    if missing(connection, base) or functions != _postgresql_found(connection).keys():
        remove(connection)
        _install_postgresql(connection, base)


def write_pending(connection: Connection) -> None:
    """Write the log of what the transaction has written so far, and from now on at the end of each statement.

    PostgreSQL changes no table whose changes are still to be logged at the commit.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(WRITE_PENDING)


def remove(connection: Connection) -> None:
    """Drop every trigger of the change log."""
    write_pending(connection)
    if connection.dialect.name == "sqlite":
        for name in _sqlite_found(connection):
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
    else:
        for name in _postgresql_found(connection):
            connection.exec_driver_sql(f"DROP FUNCTION {name}() CASCADE")


def remove_from(connection: Connection, table: str) -> None:
    """Drop the triggers of one table of a SQLite database; the next `install` makes them again."""
    for name in _sqlite_names(table).values():
        connection.exec_driver_sql(f'DROP TRIGGER IF EXISTS "{name}"')


def missing(connection: Connection, base: type[DeclarativeBase]) -> list[str]:
    """The tables whose writes are not logged, or not in full."""
    tables = _logged(connection, base)
    if connection.dialect.name == "sqlite":
        wanted, found = _sqlite_triggers(connection, base), _sqlite_found(connection)
        return [
            table for table in tables if any(found.get(name) != wanted[name] for name in _sqlite_names(table).values())
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


def _logged(connection: Connection, base: type[DeclarativeBase]) -> dict[str, tuple[str, list[ReflectedColumn]]]:
    """The mapped tables that exist, with the entity's name and the columns that they have in the database."""
    inspector = inspect(connection)
    found = set(inspector.get_table_names())
    if LOG not in found:
        return {}
    entities: Mapping[str, str] = {
        mapper.persist_selectable.description: mapper.class_.__name__ for mapper in base.registry.mappers
    }
    return {table: (entities[table], inspector.get_columns(table)) for table in sorted(found & entities.keys() - {LOG})}


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
    """The name and the source of the function for each table."""
    schema, log = connection.exec_driver_sql(
        "SELECT quote_ident(current_schema()), quote_literal(quote_ident(current_schema()) || '.change_log')"
    ).one()
    parts = _postgresql_transaction(connection)
    functions = {}
    for table, (entity, columns) in _logged(connection, base).items():
        old, new = _postgresql_values(columns, "OLD"), _postgresql_values(columns, "NEW")
        source = POSTGRESQL_WRITE.format(schema=schema, log=log, table=table, entity=entity, old=old, new=new, **parts)
        functions[table] = (f"{TRIGGER}_{table}", source)
    return functions


def _postgresql_transaction(connection: Connection) -> dict[str, str]:
    """The parts of a function that write the transaction, empty where the log has no column for it."""
    sequence = connection.exec_driver_sql(
        "SELECT quote_literal(pg_get_serial_sequence(attrelid::regclass::text, 'sequence')) FROM pg_attribute"
        " WHERE attrelid = to_regclass('change_log') AND attname = 'transaction_id' AND NOT attisdropped"
    ).scalar()
    return {name: part.format(sequence=sequence) if sequence else "" for name, part in POSTGRESQL_TRANSACTION.items()}


def _postgresql_values(columns: list[ReflectedColumn], row: str) -> str:
    """The JSON of a row."""
    values = f"pg_catalog.to_jsonb({row})"
    times = ",".join(
        POSTGRESQL_TIME.format(name=column["name"], value=f'{row}."{column["name"]}"')
        for column in columns
        if isinstance(column["type"], DateTime)
    )
    return f"{values} || pg_catalog.jsonb_build_object({times})" if times else values


def _postgresql_found(connection: Connection) -> dict[str, str]:
    """The functions' sources by their names."""
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
    """CREATE TRIGGER by name."""
    triggers = {}
    for table, (entity, columns) in _logged(connection, base).items():
        name = _sqlite_names(table)
        differs = " OR ".join(f'OLD."{column["name"]}" IS NOT NEW."{column["name"]}"' for column in columns)
        # Foreign keys act before an AFTER DELETE trigger: it would write the children down before their parent.
        for operation, event, row, before, after in (
            ("create", "AFTER INSERT", "NEW", "NULL", _sqlite_whole(columns, "NEW")),
            ("update", "AFTER UPDATE", "NEW", _sqlite_changed(columns, "OLD"), _sqlite_changed(columns, "NEW")),
            ("delete", "BEFORE DELETE", "OLD", _sqlite_whole(columns, "OLD"), "NULL"),
        ):
            when = f" WHEN {differs}" if operation == "update" else ""
            triggers[name[operation]] = (
                f'CREATE TRIGGER "{name[operation]}" {event} ON "{table}"{when} BEGIN'
                f" {SQLITE_WRITE} ('{entity}', {row}.id, '{operation}', {before}, {after}); END"
            )
    return triggers


def _sqlite_whole(columns: list[ReflectedColumn], row: str) -> str:
    members = ",".join(f'"{column["name"]}":%s' for column in columns)
    values = ", ".join(_sqlite_json(column, row) for column in columns)
    return f"printf('{{{members}}}', {values})"  # || would copy the text once for each column


def _sqlite_changed(columns: list[ReflectedColumn], row: str) -> str:
    members = ", ".join(
        f'CASE WHEN OLD."{column["name"]}" IS NOT NEW."{column["name"]}"'
        f" THEN ',\"{column['name']}\":' || {_sqlite_json(column, row)} END"
        for column in columns
    )
    return f"'{{' || substr(printf('{'%s' * len(columns)}', {members}), 2) || '}}'"


def _sqlite_json(column: ReflectedColumn, row: str) -> str:
    """The JSON text of a column's value; whatever is not of the column's type is written as it is stored."""
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
            # json_quote() keeps 15 digits, and writes an infinity as a number too large for JSON
            return (
                f"CASE WHEN typeof({value}) <> 'real' THEN json_quote({value})"
                f" WHEN abs({value}) = 9e999 THEN iif({value} > 0, '\"Infinity\"', '\"-Infinity\"')"
                f" ELSE printf('%!.17g', {value}) END"
            )
        case JSON():
            return f"CASE WHEN json_valid({value}) THEN {value} ELSE json_quote({value}) END"
        case LargeBinary():  # a column of somebody else's, in JSON as hexadecimal digits
            return f"json_quote(iif(typeof({value}) = 'blob', hex({value}), {value}))"
    return f"json_quote({value})"
