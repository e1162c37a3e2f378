"""Search index on PostgreSQL: a tsvector for each row, with a GIN index."""

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
    SearchDocument,
    Term,
    differs,
)

LABELS = dict(zip(PARTS, "ABD", strict=True))
"""Labels of the parts. ts_rank weighs them 1.0, 0.4 and 0.1."""

# Punctuation and symbols of ASCII, Latin-1 and Unicode blocks. PostgreSQL's parser would find a host name, a path and a
# negative number in `node.js`, `C/C++` and `-5`, so they are replaced by spaces.
SEPARATORS = (
    r"[!-/:-@\[-`{-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7"
    r"\u2000-\u206f\u20a0-\u20cf\u2190-\u2bff\u3000-\u303f]+"
)
FUNCTIONS = {
    # Normalises texts and search terms: keeps only words.
    "search_text": (
        "(source text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE",
        rf"""
SELECT regexp_replace(replace(replace(CASE
    WHEN octet_length(source) = length(source) THEN source
    ELSE normalize(regexp_replace(normalize(source, NFD), '([a-zA-Z])[\u0300-\u036f]+', '\1', 'g'), NFC)
END, '++', '{PLUS_PLUS} '), '#', '{SHARP} '), '{SEPARATORS}', ' ', 'g')
""",
    ),
    # Strings of a JSON array; NULL for other text.
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


def matching(required: Sequence[Term], excluded: Sequence[Term], kinds: Sequence[int], limit: int) -> Select[Any]:
    """See `search_index.matching`."""
    index = table(INDEX, column("kind", Integer), column("row_id", Integer), column("words", TSVECTOR))
    nothing = cast(literal_column("''", Text), TSQUERY)
    these = reduce(func.tsquery_and, map(_query, required))
    negated = [func.tsquery_not(func.coalesce(_query(term), nothing)) for term in excluded]
    # Materialised, because a generic plan would compute it for each row.
    query = (
        select(these.label("these"), reduce(func.tsquery_and, negated, these).label("terms"))
        .cte("query")
        .prefix_with("MATERIALIZED")
    )
    # Only required terms count. Normalisation 1 divides by the logarithm of the length, so that, as with bm25, a match
    # in a long text weighs less.
    score = cast(func.ts_rank(index.c.words, query.c.these, literal_column("1")), Float).label("score")
    return (
        select(index.c.kind, index.c.row_id, score)
        .join_from(query, index, index.c.words.op("@@")(query.c.terms))
        .where(index.c.kind.in_(kinds))
        .order_by(score.desc(), index.c.kind, index.c.row_id.desc())
        .limit(limit)
    )


def drop_triggers(connection: Connection) -> None:
    """Drop all triggers of the index and their functions."""
    for name in _found(connection):
        connection.exec_driver_sql(f"DROP FUNCTION {name} CASCADE")


def create_triggers(connection: Connection, documents: Iterable[SearchDocument]) -> None:
    """Create all triggers and their functions. None may exist."""
    for name, (signature, body) in FUNCTIONS.items():
        connection.exec_driver_sql(f"CREATE FUNCTION {name}{signature} AS $${body}$$")
    schema = connection.exec_driver_sql("SELECT quote_ident(current_schema())").scalar_one()
    for document in documents:
        name = _trigger_function(document)
        # The writer may have another search_path.
        connection.exec_driver_sql(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SET search_path = {schema}, pg_temp"
            f" AS $${_trigger_body(document)}$$"
        )
        connection.exec_driver_sql(
            f'CREATE TRIGGER {INDEX} AFTER INSERT OR UPDATE OR DELETE ON "{document.table}" FOR EACH ROW'
            f" EXECUTE FUNCTION {name}()"
        )


def missing(connection: Connection, documents: Iterable[SearchDocument]) -> list[str]:
    """Tables with missing or outdated triggers."""
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


def fill(connection: Connection, documents: Iterable[SearchDocument]) -> None:
    """Rebuild the index."""
    connection.exec_driver_sql(f"DELETE FROM {INDEX}")  # noqa: S608 - our own name
    for document in documents:
        connection.exec_driver_sql(
            f'INSERT INTO {INDEX} (kind, row_id, words) SELECT {_entry(document, "r")} FROM "{document.table}" AS r'  # noqa: S608 - our own names
            f" WHERE {_has_text(document, 'r')}"
        )


def _query(term: Term) -> ColumnElement[Any]:
    """Term as a tsquery; NULL if PostgreSQL finds no word in it. Tokenised like the indexed texts."""
    words = func.search_text(literal(term.words, Text))
    simple = cast(literal_column("'pg_catalog.simple'", Text), REGCONFIG)
    phrase = func.nullif(cast(func.phraseto_tsquery(simple, words), Text), literal_column("''", Text))
    return cast(phrase.concat(literal_column("':*'", Text)) if term.prefix else phrase, TSQUERY)


def leftovers(connection: Connection, documents: Iterable[SearchDocument]) -> set[str]:
    """Functions of triggers whose table was dropped."""
    return _found(connection).keys() - FUNCTIONS.keys() - set(map(_trigger_function, documents))


def _found(connection: Connection) -> dict[str, str]:
    """Bodies of existing functions by name."""
    rows = connection.exec_driver_sql(
        "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = current_schema()::regnamespace"
        " AND starts_with(proname, 'search_')"
    )
    return {name: body for name, body in rows if name in FUNCTIONS or name.startswith(f"{INDEX}_")}


def _trigger_function(document: SearchDocument) -> str:
    return f"{INDEX}_{document.table}"


def _trigger_body(document: SearchDocument) -> str:
    # Not as the trigger's WHEN clause, because then the types of the columns could not be changed.
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


def _has_text(document: SearchDocument, row: str) -> str:
    """SQL condition that a row has anything to index. It saves writing empty entries."""
    columns = ", ".join(f'{row}."{attribute.key}"' for attribute in document.columns)
    return f"num_nonnulls({columns}) > 0"


def _entry(document: SearchDocument, row: str) -> str:
    """SQL for the values of a row's entry."""
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
