"""The `search` query."""

from typing import Annotated, Any

import strawberry

from jobbot_gql.api.engine.cpu_thread import in_cpu_thread
from jobbot_gql.api.engine.loaders import instance
from jobbot_gql.api.engine.root_node import Reader
from jobbot_gql.api.fields.computed import query_field
from jobbot_gql.api.types.entity import Node, entity_of
from jobbot_gql.api.types.enums import graphql_enum
from jobbot_gql.api.types.page_size import DEFAULT_PAGE, MAX_PAGE, checked_size
from jobbot_gql.db.sql.selects import by_key
from jobbot_gql.db.triggers.search_index import matching
from jobbot_gql.search.documents import DOCUMENTS, SearchType
from jobbot_gql.search.queries import MAX_LENGTH, parse
from jobbot_gql.search.snippets import MAX_TEXT, Snippets

ALL_TEXT, LEAST_TEXT = 1_000_000, 4_000
"""Characters of each column that are read for snippets: for all rows together, and at least for each row."""


@strawberry.type(description="A search result.")
class SearchHit:
    """One entry of `Query.search`."""

    node: Node = strawberry.field(
        description="Row that was found: a Job, Application, EmployerResponse, Reference, Company, Opportunity,"
        " Interview, Contact or AttachedDocument."
    )
    score: float = strawberry.field(
        description="Relevance relative to the other results of this query: 1 for the best, less for the"
        " others. Not comparable between queries."
    )
    snippet: str = strawberry.field(
        description="Best matching passage as one line of HTML: matches are in `<mark>`, everything else is"
        " escaped, so that it can be displayed as it is."
    )


@strawberry.type
class SearchQueries:
    """Root query field of full-text search."""

    @query_field(
        "Full-text search: rows containing all the words, best match first. Case and accents of"
        ' Latin letters are ignored. `dev*` matches words that start with dev, `"data engineer"`'
        " a phrase, and `-senior` excludes a word; no other character is special. To match parts"
        " of words, use the filters' `contains`."
    )
    async def search(
        reader: Reader,  # noqa: N805 - not a method
        *,
        query: Annotated[str, strawberry.argument(description=f"Search query, at most {MAX_LENGTH} characters.")],
        types: Annotated[
            list[graphql_enum(SearchType)] | None,  # type: ignore[valid-type] # registered here
            strawberry.argument(description="Types to search. Default: all."),
        ] = strawberry.UNSET,
        first: Annotated[
            int | None,
            strawberry.argument(description=f"Number of results to return, 0 to {MAX_PAGE}. Default {DEFAULT_PAGE}."),
        ] = DEFAULT_PAGE,
    ) -> list[SearchHit]:
        required, excluded = parse(query)
        chosen = [DOCUMENTS[kind] for kind in (dict.fromkeys(types) if isinstance(types, list) else SearchType)]
        kinds = [document.kind for document in chosen]
        size = checked_size("first", first)
        found = await reader.rows(matching(reader.dialect.name, required, excluded, kinds, size))
        snippets = Snippets(required) if reader.selects("snippet") else None
        length = min(MAX_TEXT, max(LEAST_TEXT, ALL_TEXT // max(1, len(found)))) if snippets else 0
        nodes: dict[tuple[int, int], Any] = {}
        passages: dict[tuple[int, int], str] = {}
        for document in chosen:
            ids = [row.row_id for row in found if row.kind == document.kind]
            if not ids:
                continue
            entity = entity_of(document.model)
            columns = reader.columns(entity, "node")
            statement = by_key(document.model, "id", columns)
            if snippets:
                statement = statement.add_columns(*document.beginnings(length))
            for row_id, *values in await reader.rows(statement, {"keys": ids}):
                key = document.kind, row_id
                nodes[key] = instance(entity.type, columns, values[: len(columns)])
                passages[key] = ""
                if snippets:
                    texts = document.texts(values[len(columns) :])
                    passages[key] = await in_cpu_thread(snippets.best, texts)
        scores = [((row.kind, row.row_id), row.score / found[0].score) for row in found]
        return [SearchHit(node=nodes[key], score=score, snippet=passages[key]) for key, score in scores if key in nodes]
