"""Writing companies, opportunities and outreach campaigns through the API."""

import strawberry

import jobbot_gql.outreach.schema  # noqa: F401 - inputs follow from the types there
from jobbot_gql.api.mutations.fields import act, create, delete, update, upsert
from jobbot_gql.api.mutations.inputs import NOTE, OCCURRED_AT, VERSION_IF_IT_MATTERS, column_field, id_field
from jobbot_gql.history.models import Change, StatusEvent
from jobbot_gql.outreach import models, service
from jobbot_gql.outreach.service import CAMPAIGNS, COMPANIES, OPPORTUNITIES


@strawberry.type
class OutreachMutations:
    """Root fields that write companies, opportunities and campaigns."""

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

    advance_opportunity = act(
        "AdvanceOpportunity",
        "Move an opportunity to a later step: RESEARCHED, POC_CREATED, PITCHED, then ACCEPTED; or to REJECTED. Steps"
        " may be skipped.",
        service.advance_opportunity,
        [
            id_field("id", models.Opportunity, "The opportunity."),
            VERSION_IF_IT_MATTERS,
            column_field(models.Opportunity.status, "The step; the next one if left out.", nullable=False),
            OCCURRED_AT,
            NOTE,
        ],
        {
            "opportunity": (models.Opportunity, "The opportunity as it is now; null where it was refused."),
            "status_event": (StatusEvent, "What was written down; null where nothing changed."),
        },
    )
    record_outreach_reply = act(
        "RecordOutreachReply",
        "Write down what came back on a campaign. The first reply sets its `responseDate`.",
        service.record_outreach_reply,
        [
            id_field("id", models.OutreachCampaign, "The campaign."),
            VERSION_IF_IT_MATTERS,
            column_field(models.OutreachCampaign.response_status, required=True, nullable=False),
            OCCURRED_AT,
            column_field(models.OutreachCampaign.follow_up_scheduled, nullable=False),
            NOTE,
        ],
        {
            "outreach_campaign": (models.OutreachCampaign, "The campaign as it is now; null where it was refused."),
            "status_event": (StatusEvent, "What was written down; null where nothing changed."),
        },
    )
