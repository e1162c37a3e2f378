"""Scopes of operations whose root fields need different ones."""

from typing import Any

import pytest
import strawberry

from jobbot_gql.access.clients import Client, Scope
from jobbot_gql.api.engine.context import Context, Info
from jobbot_gql.api.engine.deadline import TimeLimit
from jobbot_gql.api.engine.document_cache import Guard, Limits
from jobbot_gql.api.engine.schema import Schema
from jobbot_gql.api.guard.authorization import SCOPE
from jobbot_gql.db.database import Database
from jobbot_gql.settings import Settings

done: list[str] = []


def bring_in() -> str:
    done.append("bringIn")
    return "brought in"


def purge() -> str:
    done.append("purge")
    return "purged"


@strawberry.type
class Query:
    @strawberry.field
    def look(self) -> str:
        done.append("look")
        return "seen"


@strawberry.type
class Mutation:
    @strawberry.mutation
    def write(self, info: Info) -> str:
        done.append("write")
        return info.context.actor

    bring_in = strawberry.mutation(bring_in, metadata={SCOPE: Scope.IMPORT})
    purge = strawberry.mutation(purge, metadata={SCOPE: Scope.ADMIN})


schema = Schema(Query, Mutation)


@pytest.mark.parametrize(
    ("document", "scopes", "outcome"),
    [
        ("{ look }", "read", ["look"]),
        ("{ look }", "write import admin", "read"),
        ("mutation { write }", "write", ["write"]),
        ("mutation { write }", "read import admin", "write"),
        ("mutation { bringIn }", "import", ["bringIn"]),
        ("mutation { bringIn }", "read write admin", "import"),
        ("mutation { purge }", "admin", ["purge"]),
        ("mutation { purge }", "read write import", "admin"),
        ("mutation { write bringIn purge }", "write import admin", ["write", "bringIn", "purge"]),
        ("mutation { write bringIn purge }", "import admin", "write"),
        ("mutation { write other: bringIn }", "write", "import"),
        ("mutation { write purge @skip(if: true) }", "write", "admin"),
        ("mutation { write purge @include(if: false) }", "write", "admin"),
        ("mutation { write ... { ... on Mutation { purge } } }", "write", "admin"),
        ("mutation { write ...A } fragment A on Mutation { ...B } fragment B on Mutation { purge }", "write", "admin"),
        ("mutation { write } fragment Unused on Mutation { purge }", "write", None),
        ("mutation { write: purge }", "write", "admin"),
        ("mutation { __typename }", "read import admin", "write"),
    ],
)
async def test_scopes_of_root_fields(
    database: Database, document: str, scopes: str, outcome: str | list[str] | None
) -> None:
    done.clear()
    given = frozenset(scope for scope in Scope if scope.value in scopes.split())
    settings = Settings()
    guard = Guard(schema.graphql, Limits(*(getattr(settings, f"max_{name}") for name in Limits._fields)))
    context = Context(database, guard, TimeLimit(5), request_id="1", client=Client("bot", given))
    for _ in range(2):  # prepared the second time
        result: Any = await schema.execute(document, context_value=context)
        if isinstance(outcome, str):
            (error,) = result.errors
            assert error.extensions == {"code": "FORBIDDEN", "scope": outcome}
            assert (result.data, done) == (None, [])
        elif outcome is None:
            assert [error.extensions["code"] for error in result.errors] == ["BAD_REQUEST"]
            assert done == []
        else:
            assert result.errors is None
            assert done == outcome
            assert result.data.get("write", "bot") == "bot"
            done.clear()
