"""The search index on PostgreSQL: one tsvector for each row, under a GIN index."""

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    Integer,
    Select,
    Text,
    cast,
    column,
    func,
    literal,
    literal_column,
    select,
    table,
)
from sqlalchemy.dialects.postgresql import REGCONFIG, TSQUERY, TSVECTOR
from sqlalchemy.orm import QueryableAttribute

from jobbot_gql.db.sql.column_types import StringList
from jobbot_gql.db.triggers.search_index.documents import (
    BREAK,
    INDEX,
    MAX_CHARACTERS,
    PARTS,
    PLUS_PLUS,
    SHARP,
    Document,
    Term,
    differs,
)

LABELS = dict(zip(PARTS, "ABD", strict=True))
"""ts_rank counts a word 1.0, 0.4 and 0.1 times under these labels."""

# Punctuation and symbols of ASCII, Latin-1 and Unicode's blocks of them. PostgreSQL's own parser would find a host, a
# path and a negative number in `node.js`, `C/C++` and `-5`; spaces it can be trusted with.
SEPARATORS = (
    r"[!-/:-@\[-`{-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7"
    r"\u2000-\u206f\u20a0-\u20cf\u2190-\u2bff\u3000-\u303f]+"
)
FUNCTIONS = {
    # A text without all that is no word: what is indexed, and what is looked for.
    "search_text": (
        "(source text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE",
        rf"""
SELECT regexp_replace(replace(replace(CASE
    WHEN octet_length(source) = length(source) THEN source
    ELSE normalize(regexp_replace(normalize(source, NFD), '([a-zA-Z])[\u0300-\u036f]+', '\1', 'g'), NFC)
END, '++', '{PLUS_PLUS} '), '#', '{SHARP} '), '{SEPARATORS}', ' ', 'g')
""",
    ),
    # The strings of a JSON array; NULL where the text is none.
    "search_list": (
        "(source text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE",
        f"""
BEGIN
    RETURN (SELECT string_agg(item, ' {BREAK} ') FROM jsonb_array_elements_text(source::jsonb) AS item);
EXCEPTION WHEN OTHERS THEN
    RETURN NULL;
END
""",  # noqa: S608 - our own letter
    ),
}


def matching(wanted: Sequence[Term], unwanted: Sequence[Term], kinds: Sequence[int], limit: int) -> Select[Any]:
    """See the package's `matching`."""
    index = table(INDEX, column("kind", Integer), column("row_id", Integer), column("words", TSVECTOR))
    nothing = cast(literal_column("''", Text), TSQUERY)
    these = reduce(func.tsquery_and, map(_query, wanted))
    not_those = [func.tsquery_not(func.coalesce(_query(term), nothing)) for term in unwanted]
    # Once: in a statement that is kept for any values, the planner would have them computed for each row.
    query = (
        select(these.label("these"), reduce(func.tsquery_and, not_those, these).label("terms"))
        .cte("query")
        .prefix_with("MATERIALIZED")
    )
    # By what is wanted alone: what is not there says nothing about rows. 1 divides by the logarithm of the length: as
    # with bm25, a word in a long text counts less.
    score = cast(func.ts_rank(index.c.words, query.c.these, literal_column("1")), Float).label("score")
    return (
        select(index.c.kind, index.c.row_id, score)
        .join_from(query, index, index.c.words.op("@@")(query.c.terms))
        .where(index.c.kind.in_(kinds))
        .order_by(score.desc(), index.c.kind, index.c.row_id.desc())
        .limit(limit)
    )


def drop_triggers(connection: Connection) -> None:
    """Drop every trigger of the index and the functions that they use."""
    for name in _found(connection):
        connection.exec_driver_sql(f"DROP FUNCTION {name} CASCADE")


def create_triggers(connection: Connection, documents: Iterable[Document]) -> None:
    """Make all triggers and their functions; there must be none."""
    for name, (signature, body) in FUNCTIONS.items():
        connection.exec_driver_sql(f"CREATE FUNCTION {name}{signature} AS $${body}$$")
    schema = connection.exec_driver_sql("SELECT quote_ident(current_schema())").scalar_one()
    for document in documents:
        name = _trigger_function(document)
        # Whoever writes may have set a search_path of their own.
        connection.exec_driver_sql(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SET search_path = {schema}, pg_temp"
            f" AS $${_trigger_body(document)}$$"
        )
        connection.exec_driver_sql(
            f'CREATE TRIGGER {INDEX} AFTER INSERT OR UPDATE OR DELETE ON "{document.table}" FOR EACH ROW'
            f" EXECUTE FUNCTION {name}()"
        )


def missing(connection: Connection, documents: Iterable[Document]) -> list[str]:
    """The tables without the triggers that they should have."""
    found = _found(connection)
    if any(found.get(name) != body for name, (_, body) in FUNCTIONS.items()):
        return [document.table for document in documents]
    called = connection.exec_driver_sql(
        "SELECT proname FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid"
        " WHERE tgenabled IN ('O', 'A') AND pronamespace = current_schema()::regnamespace"
    )
    names = set(called.scalars())
    return [
        document.table
        for document in documents
        if found.get(_trigger_function(document)) != _trigger_body(document) or _trigger_function(document) not in names
    ]


def fill(connection: Connection, documents: Iterable[Document]) -> None:
    """Empty the index and make it anew."""
    connection.exec_driver_sql(f"DELETE FROM {INDEX}")  # noqa: S608 - our own name
    for document in documents:
        connection.exec_driver_sql(
            f'INSERT INTO {INDEX} (kind, row_id, words) SELECT {_entry(document, "r")} FROM "{document.table}" AS r'  # noqa: S608 - our own names
            f" WHERE {_has_text(document, 'r')}"
        )


def _query(term: Term) -> ColumnElement[Any]:
    """The term as a tsquery, NULL where nothing of it is a word to PostgreSQL. It is cut into words as texts are."""
    words = func.search_text(literal(term.words, Text))
    simple = cast(literal_column("'pg_catalog.simple'", Text), REGCONFIG)
    phrase = func.nullif(cast(func.phraseto_tsquery(simple, words), Text), literal_column("''", Text))
    return cast(phrase.concat(literal_column("':*'", Text)) if term.prefix else phrase, TSQUERY)


def _found(connection: Connection) -> dict[str, str]:
    """The functions' bodies by their names."""
    rows = connection.exec_driver_sql(
        "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = current_schema()::regnamespace"
        " AND starts_with(proname, 'search_')"
    )
    return {name: body for name, body in rows if name in FUNCTIONS or name.startswith(f"{INDEX}_")}


def _trigger_function(document: Document) -> str:
    return f"{INDEX}_{document.table}"


def _trigger_body(document: Document) -> str:
    # Not as the trigger's WHEN, on which the columns' types would depend.
    return f"""
BEGIN
    IF TG_OP = 'UPDATE' AND NOT ({differs(document, "IS DISTINCT FROM")}) THEN
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM {INDEX} WHERE kind = {document.kind} AND row_id = OLD.id;
    END IF;
    IF TG_OP <> 'DELETE' AND {_has_text(document, "NEW")} THEN
        INSERT INTO {INDEX} (kind, row_id, words) VALUES ({_entry(document, "NEW")})
        ON CONFLICT (kind, row_id) DO UPDATE SET words = excluded.words;
    END IF;
    RETURN NULL;
END
"""  # noqa: S608 - our own names


def _has_text(document: Document, row: str) -> str:
    """Whether there is anything to index in a row, as SQL. An entry without words takes as long as one with a few."""
    columns = ", ".join(f'{row}."{attribute.key}"' for attribute in document.columns)
    return f"num_nonnulls({columns}) > 0"


def _entry(document: Document, row: str) -> str:
    """The values of the entry for a row, as SQL."""
    vectors = (
        f"setweight(to_tsvector('pg_catalog.simple', search_text({_text(getattr(document, part), row)})), '{label}')"
        for part, label in LABELS.items()
        if getattr(document, part)
    )
    return f"{document.kind}, {row}.id, {' || '.join(vectors)}"


def _text(columns: Sequence[QueryableAttribute[Any]], row: str) -> str:
    return " || ".join(f"' {BREAK} ' || {_value(attribute, row)}" for attribute in columns)


def _value(attribute: QueryableAttribute[Any], row: str) -> str:
    value = f'{row}."{attribute.key}"'
    if isinstance(attribute.type, StringList):
        value = f"search_list({value})"
    return f"coalesce(left({value}, {MAX_CHARACTERS}), '')"
