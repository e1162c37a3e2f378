"""Trigger that deletes a posting with the last application that refers to it, also in cascades and for other programs.

Like those of the change log, it is created after each migration. A posting is locked before its applications are
counted, so that a concurrent writer cannot refer to it meanwhile.
"""

from sqlalchemy import Connection, inspect

NAME = "delete_unreferenced_posting"
SQLITE = (
    "CREATE TRIGGER delete_unreferenced_posting AFTER DELETE ON applications WHEN OLD.posting_digest IS NOT NULL BEGIN"
    " DELETE FROM postings WHERE digest = OLD.posting_digest"
    " AND NOT EXISTS (SELECT 1 FROM applications WHERE posting_digest = OLD.posting_digest); END"
)
POSTGRESQL = """
BEGIN
    IF OLD.posting_digest IS NOT NULL THEN
        PERFORM 1 FROM postings WHERE digest = OLD.posting_digest FOR UPDATE;
        DELETE FROM postings WHERE digest = OLD.posting_digest
        AND NOT EXISTS (SELECT 1 FROM applications WHERE posting_digest = OLD.posting_digest);
    END IF;
    RETURN NULL;
END
"""


def install(connection: Connection) -> None:
    """Create the trigger if it is missing. Does nothing before revision 0022, which creates the table."""
    if not inspect(connection).has_table("postings"):
        return
    if connection.dialect.name == "sqlite":
        found = f"SELECT 1 FROM sqlite_schema WHERE type = 'trigger' AND name = '{NAME}'"  # noqa: S608 - our own name
        if not connection.exec_driver_sql(found).scalar():
            connection.exec_driver_sql(SQLITE)
        return
    schema = connection.exec_driver_sql("SELECT quote_ident(current_schema())").scalar_one()
    connection.exec_driver_sql(
        f"CREATE OR REPLACE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql SET search_path = {schema}, pg_temp"
        f" AS $${POSTGRESQL}$$"
    )
    connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {NAME} ON applications")
    connection.exec_driver_sql(
        f"CREATE TRIGGER {NAME} AFTER DELETE ON applications FOR EACH ROW EXECUTE FUNCTION {NAME}()"
    )
