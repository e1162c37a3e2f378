"""The GraphQL schema, composed of the domains' queries and mutations."""

import strawberry
from strawberry.schema.config import StrawberryConfig

import jobbot_gql.models  # noqa: F401 - relationships between domains need all models
from jobbot_gql.api.engine.schema import Schema
from jobbot_gql.api.fields.lookups import NodeQueries
from jobbot_gql.api.fields.viewer import ViewerQueries
from jobbot_gql.api.mutations.fields import actions_first
from jobbot_gql.api.mutations.user_errors import error_types
from jobbot_gql.api.types.scalars import SCALARS
from jobbot_gql.applications.mutations import ApplicationMutations
from jobbot_gql.applications.schema import ApplicationQueries
from jobbot_gql.attention.schema import AttentionQueries
from jobbot_gql.contacts.mutations import ContactMutations
from jobbot_gql.contacts.schema import ContactQueries
from jobbot_gql.documents.mutations import DocumentMutations
from jobbot_gql.documents.schema import DocumentQueries
from jobbot_gql.follow_ups.mutations import FollowUpMutations
from jobbot_gql.follow_ups.schema import FollowUpQueries
from jobbot_gql.history.schema import ChangeQueries
from jobbot_gql.interviews.mutations import InterviewMutations
from jobbot_gql.interviews.schema import InterviewQueries
from jobbot_gql.jobs.mutations import JobMutations
from jobbot_gql.jobs.schema import JobQueries
from jobbot_gql.live.schema import ChangeSubscriptions, live_query
from jobbot_gql.outreach.mutations import OutreachMutations
from jobbot_gql.outreach.schema import OutreachQueries
from jobbot_gql.postings.schema import PostingQueries
from jobbot_gql.references.mutations import ReferenceMutations
from jobbot_gql.references.schema import ReferenceQueries
from jobbot_gql.search.schema import SearchQueries
from jobbot_gql.tags.mutations import TagMutations
from jobbot_gql.tags.schema import TagQueries
from jobbot_gql.undo.mutations import ChangeMutations


@strawberry.type(description="Reads. All fields of one query see the same snapshot of the database.")
class Query(
    JobQueries,
    ApplicationQueries,
    ReferenceQueries,
    OutreachQueries,
    InterviewQueries,
    ContactQueries,
    FollowUpQueries,
    DocumentQueries,
    PostingQueries,
    TagQueries,
    ChangeQueries,
    AttentionQueries,
    SearchQueries,
    NodeQueries,
    ViewerQueries,
):
    """The root of queries."""


@actions_first
@strawberry.type(description="Writes. Each field is one transaction; several fields run one after another.")
class Mutation(
    JobMutations,
    ApplicationMutations,
    ReferenceMutations,
    OutreachMutations,
    InterviewMutations,
    ContactMutations,
    FollowUpMutations,
    DocumentMutations,
    TagMutations,
    ChangeMutations,
):
    """The root of mutations."""


@strawberry.type(
    description="Events, over WebSocket (graphql-transport-ws), Server-Sent Events or multipart responses."
)
class Subscription(ChangeSubscriptions):
    """The root of subscriptions."""

    live = live_query(Query)


DESCRIPTION = """\
The data of a job search: jobs, applications, employers' responses, references and outreach.

Lists are Relay connections with filters, orders, aggregates and groups. Every mutation field is one transaction;
what the caller can correct is in `userErrors` of its payload. Times are in UTC."""

schema = Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    description=DESCRIPTION,
    types=error_types(),
    config=StrawberryConfig(scalar_map=SCALARS),
)
