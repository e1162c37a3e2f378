"""Mutations of companies, opportunities and outreach campaigns."""

import strawberry

import jobbot_gql.outreach.schema  # noqa: F401 - inputs are derived from its types
from jobbot_gql.api.mutations.fields import action, create, delete, update, upsert
from jobbot_gql.api.mutations.inputs import NOTE, OCCURRED_AT, VERSION_IF_IT_MATTERS, column_field, id_field
from jobbot_gql.history.models import Change, StatusEvent
from jobbot_gql.outreach import models, service
from jobbot_gql.outreach.service import CAMPAIGNS, COMPANIES, OPPORTUNITIES


@strawberry.type
class OutreachMutations:
    """Root mutation fields of companies, opportunities and campaigns."""

    create_company, create_companies = create(COMPANIES)
    update_company, update_companies = update(COMPANIES)
    upsert_company, upsert_companies = upsert(COMPANIES)
    delete_company, delete_companies = delete(COMPANIES, Change)

    create_opportunity, create_opportunities = create(OPPORTUNITIES)
    update_opportunity, update_opportunities = update(OPPORTUNITIES)
    upsert_opportunity, upsert_opportunities = upsert(OPPORTUNITIES)
    delete_opportunity, delete_opportunities = delete(OPPORTUNITIES, Change)

    create_outreach_campaign, create_outreach_campaigns = create(CAMPAIGNS)
    update_outreach_campaign, update_outreach_campaigns = update(CAMPAIGNS)
    upsert_outreach_campaign, upsert_outreach_campaigns = upsert(CAMPAIGNS)
    delete_outreach_campaign, delete_outreach_campaigns = delete(CAMPAIGNS, Change)

    advance_opportunity = action(
        "AdvanceOpportunity",
        "Move an opportunity to a later status: RESEARCHED, POC_CREATED, PITCHED, then ACCEPTED;"
        " or to REJECTED. Statuses may be skipped.",
        service.advance_opportunity,
        [
            id_field("id", models.Opportunity, "Opportunity to change."),
            VERSION_IF_IT_MATTERS,
            column_field(models.Opportunity.status, "New status. Default: the next one.", nullable=False),
            OCCURRED_AT,
            NOTE,
        ],
        {
            "opportunity": (models.Opportunity, "Opportunity after the mutation; null if the request was rejected."),
            "status_event": (StatusEvent, "Recorded status change; null if nothing changed."),
        },
    )
    record_outreach_reply = action(
        "RecordOutreachReply",
        "Record a reply to an outreach campaign. The first reply sets `responseDate`.",
        service.record_outreach_reply,
        [
            id_field("id", models.OutreachCampaign, "Campaign to change."),
            VERSION_IF_IT_MATTERS,
            column_field(models.OutreachCampaign.response_status, required=True, nullable=False),
            OCCURRED_AT,
            column_field(models.OutreachCampaign.follow_up_scheduled, nullable=False),
            NOTE,
        ],
        {
            "outreach_campaign": (
                models.OutreachCampaign,
                "Campaign after the mutation; null if the request was rejected.",
            ),
            "status_event": (StatusEvent, "Recorded status change; null if nothing changed."),
        },
    )
