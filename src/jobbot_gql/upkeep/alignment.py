"""Alignment of JobBot's tables with the indexes and constraints of the first revisions.

Rows and additional columns, tables and indexes are kept. The comparison uses the database's catalog, so missing or
renamed indexes, foreign keys and constraints are corrected.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Inspector, MetaData, Table, inspect, text

from jobbot_gql.upkeep import jobbot_tables
from jobbot_gql.upkeep.findings import Finding, FindingKind

ForeignKey = tuple[str, str, str]
"""A foreign key: column, referenced table, referenced column."""


def align(connection: Connection, tables: Sequence[Table]) -> None:
    """Align tables with `jobbot_tables`. The rows must satisfy its rules; see `adoption`."""
    for table in tables:
        inspector = inspect(connection)
        if connection.dialect.name == "sqlite":
            if _differs(inspector, table):
                _rebuild(connection, inspector, table)
        else:
            _alter(connection, inspector, table)


def extras(connection: Connection, tables: Iterable[Table]) -> list[Finding]:
    """Findings about additional columns, and about other programs' tables that refer to these tables."""
    inspector = inspect(connection)
    ours = {table.name: table for table in tables}
    there = inspector.get_table_names()
    found = []
    for name in sorted(ours.keys() & set(there)):
        for column in inspector.get_columns(name):
            if column["name"] not in ours[name].columns:
                rule = "is not a column of jobbot-gql"
                found.append(_extra(name, column["name"], rule, "It is kept as it is; the API does not show it."))
    for name in sorted(set(there) - ours.keys()):
        for key in inspector.get_foreign_keys(name):
            if key["referred_table"] in ours and _restricts(key):
                rule = f"refers to {key['referred_table']}, from a table that is not jobbot-gql's"
                fix = f"Rows of {key['referred_table']} cannot be deleted while a row here refers to them."
                found.append(_extra(name, ", ".join(key["constrained_columns"]), rule, fix))
    return found


def _extra(table: str, column: str, rule: str, fix: str) -> Finding:
    return Finding(FindingKind.EXTRA, table, column, (), 0, (), rule, fix)


def _restricts(key: Any) -> bool:
    return (key["options"].get("ondelete") or "").upper() not in ("CASCADE", "SET NULL", "SET DEFAULT")


def _expected_indexes(table: Table) -> dict[str, list[str]]:
    return {str(index.name): [column.name for column in index.columns] for index in table.indexes}


def _expected_keys(table: Table) -> set[ForeignKey]:
    return {(key.parent.name, key.column.table.name, key.column.name) for key in table.foreign_keys}


def _found_keys(inspector: Inspector, table: Table) -> dict[ForeignKey, Any]:
    """Single-column foreign keys. SQLite omits the referenced column if it is the primary key."""
    return {
        (key["constrained_columns"][0], key["referred_table"], (key["referred_columns"] or ["id"])[0]): key
        for key in inspector.get_foreign_keys(table.name)
        if len(key["constrained_columns"]) == 1
    }


def _differs(inspector: Inspector, table: Table) -> bool:
    columns = {column["name"]: column for column in inspector.get_columns(table.name)}
    indexes = {str(index["name"]): index["column_names"] for index in inspector.get_indexes(table.name)}
    keys = _found_keys(inspector, table)
    unique = {tuple(one["column_names"]): one["name"] for one in inspector.get_unique_constraints(table.name)}
    wanted = {(column.name,): None for column in table.columns if column.unique}
    primary = inspector.get_pk_constraint(table.name)
    return (
        any(indexes.get(name) != on for name, on in _expected_indexes(table).items())
        or keys.keys() != _expected_keys(table)
        or any(key["name"] or key["options"] for key in keys.values())
        or unique != wanted
        or primary["constrained_columns"] != ["id"]
        or bool(primary["name"])
        or any(columns[column.name]["nullable"] != column.nullable for column in table.columns if column.name != "id")
        or any(_unfillable(column) for name, column in columns.items() if name not in table.columns)
    )


def _unfillable(column: Any) -> bool:
    """Whether the column prevents inserts that omit it."""
    return not column["nullable"] and column["default"] is None and not column.get("primary_key")


def _rebuild(connection: Connection, inspector: Inspector, table: Table) -> None:
    """Recreate a SQLite table with its rows, additional columns and additional indexes."""
    metadata = MetaData()
    for one in jobbot_tables.metadata.sorted_tables:
        one.to_metadata(metadata)
    new = metadata.tables[table.name]
    for column in inspector.get_columns(table.name):
        if column["name"] not in table.columns:
            default = None if column["default"] is None else text(f"({column['default']})")
            nullable = column["nullable"] or default is None
            new.append_column(Column(column["name"], column["type"], nullable=nullable, server_default=default))
    own = _own_indexes(connection, inspector, table)
    for index in inspector.get_indexes(table.name):
        connection.exec_driver_sql(f"DROP INDEX {_quoted(connection, str(index['name']))}")
    old = f"before_{table.name}"
    name = _quoted(connection, table.name)
    connection.exec_driver_sql(f"ALTER TABLE {name} RENAME TO {_quoted(connection, old)}")
    new.create(connection)
    columns = ", ".join(_quoted(connection, column.name) for column in new.columns)
    connection.exec_driver_sql(f"INSERT INTO {name} ({columns}) SELECT {columns} FROM {_quoted(connection, old)}")  # noqa: S608 - names
    connection.exec_driver_sql(f"DROP TABLE {_quoted(connection, old)}")
    for statement in own:
        connection.exec_driver_sql(statement)


def _own_indexes(connection: Connection, inspector: Inspector, table: Table) -> list[str]:
    """CREATE INDEX statements of additional indexes."""
    wanted = _expected_indexes(table)
    known = {
        str(index["name"])
        for index in inspector.get_indexes(table.name)
        if index["name"] in wanted or (index["column_names"] in wanted.values() and not index["unique"])
    }
    statement = text(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = :table AND sql IS NOT NULL"
    )
    return [sql for name, sql in connection.execute(statement, {"table": table.name}) if name not in known]


def _alter(connection: Connection, inspector: Inspector, table: Table) -> None:
    """Alter a PostgreSQL table."""

    def alter(change: str) -> None:
        connection.exec_driver_sql(f"ALTER TABLE {_quoted(connection, table.name)} {change}")

    def name(found: str | None, expected: str, definition: str) -> None:
        if found is None:
            alter(f"ADD CONSTRAINT {expected} {definition}")
        elif found != expected:
            alter(f"RENAME CONSTRAINT {_quoted(connection, found)} TO {expected}")

    name(inspector.get_pk_constraint(table.name)["name"], f"{table.name}_pkey", "PRIMARY KEY (id)")
    unique = {tuple(one["column_names"]): one["name"] for one in inspector.get_unique_constraints(table.name)}
    for column in table.columns:
        if column.unique:
            name(unique.get((column.name,)), f"{table.name}_{column.name}_key", f"UNIQUE ({column.name})")
    keys = _found_keys(inspector, table)
    for key in sorted(_expected_keys(table)):
        definition = f"FOREIGN KEY ({key[0]}) REFERENCES {_quoted(connection, key[1])} ({key[2]})"
        name(keys[key]["name"] if key in keys else None, f"{table.name}_{key[0]}_fkey", definition)
    for reflected in inspector.get_columns(table.name):
        known = table.columns.get(reflected["name"])
        column_name = _quoted(connection, reflected["name"])
        if known is None and _unfillable(reflected):
            alter(f"ALTER {column_name} DROP NOT NULL")
        elif known is not None and not known.primary_key and known.nullable != reflected["nullable"]:
            alter(f"ALTER {column_name} {'DROP' if known.nullable else 'SET'} NOT NULL")
    found = {str(index["name"]): index for index in inspector.get_indexes(table.name)}
    for index in table.indexes:
        if index.name not in found:
            on = [column.name for column in index.columns]
            same = [n for n, one in found.items() if one["column_names"] == on and not one["unique"]]
            if same:
                connection.exec_driver_sql(f"ALTER INDEX {_quoted(connection, same[0])} RENAME TO {index.name}")
            else:
                index.create(connection)


def _quoted(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote_identifier(name)
