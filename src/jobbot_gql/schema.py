"""The GraphQL schema: the domains put together."""

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

import jobbot_gql.models  # noqa: F401 - relationships between domains need all models
from jobbot_gql.api.context import Operation
from jobbot_gql.api.errors import make_public
from jobbot_gql.api.lookups import NodeQueries
from jobbot_gql.applications.schema import ApplicationQueries
from jobbot_gql.changes.schema import ChangeQueries
from jobbot_gql.jobs.schema import JobQueries
from jobbot_gql.outreach.schema import OutreachQueries
from jobbot_gql.references.schema import ReferenceQueries


@strawberry.type(description="Everything that can be read.")
class Query(JobQueries, ApplicationQueries, ReferenceQueries, OutreachQueries, ChangeQueries, NodeQueries):
    """The root of queries."""


class Schema(strawberry.Schema):
    """Strawberry's schema, with errors as our clients see them."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Called by Strawberry with every error of an operation before the answer is built."""
        make_public(errors)


schema = Schema(query=Query, extensions=[Operation], config=StrawberryConfig(disable_field_suggestions=True))
