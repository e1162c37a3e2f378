"""The history of statuses in the API."""

import strawberry

from jobbot_gql.api.connections import connection
from jobbot_gql.api.entity import Node, column, entity
from jobbot_gql.api.lookups import lookup
from jobbot_gql.api.relations import to_one
from jobbot_gql.changes import models
from jobbot_gql.db.ordering import OrderTerm


@entity(models.StatusEvent, order=[OrderTerm("occurred_at", descending=True)])
class StatusEvent(Node):
    """One change of status of a job, an application, an opportunity or an outreach campaign."""

    from_status = column(models.StatusEvent.from_status, "The status before, as it is stored; null at the beginning.")
    to_status = column(models.StatusEvent.to_status, "The status from then on, as it is stored.")
    occurred_at = column(models.StatusEvent.occurred_at, "When it happened.")
    recorded_at = column(models.StatusEvent.recorded_at, "When it was recorded here.")
    note = column(models.StatusEvent.note, "What was noted about it.")

    job = to_one(models.StatusEvent.job, models.StatusEvent.job_id, "The job, if it is about one.")
    application = to_one(
        models.StatusEvent.application, models.StatusEvent.application_id, "The application, if it is about one."
    )
    opportunity = to_one(
        models.StatusEvent.opportunity, models.StatusEvent.opportunity_id, "The opportunity, if it is about one."
    )
    outreach_campaign = to_one(
        models.StatusEvent.outreach_campaign,
        models.StatusEvent.outreach_campaign_id,
        "The outreach campaign, if it is about one.",
    )


@strawberry.type
class ChangeQueries:
    """Root fields about what happened."""

    status_event = lookup(models.StatusEvent, "One change of status, or null.")
    status_events = connection(models.StatusEvent, "Changes of status, the latest first.")
