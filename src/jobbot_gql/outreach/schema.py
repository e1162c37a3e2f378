"""Companies, opportunities and outreach campaigns in the API."""

import strawberry

from jobbot_gql.api.fields.connections import connection
from jobbot_gql.api.fields.history import history_of
from jobbot_gql.api.fields.lookups import lookup
from jobbot_gql.api.fields.relations import to_many, to_one
from jobbot_gql.api.types.entity import Node, Written, column, entity
from jobbot_gql.db.sql.keyset import OrderTerm
from jobbot_gql.history.models import Change, StatusEvent
from jobbot_gql.history.timeline import Happening, TimelineKind, timeline_of
from jobbot_gql.outreach import models


@entity(models.Company, order=[OrderTerm("name")])
class Company(Node):
    """A company under research."""

    name = column(models.Company.name, "Name.")
    industry = column(models.Company.industry, "Industry.")
    size = column(models.Company.size, "How large it is.")
    location = column(models.Company.location, "Where it is.")
    website = column(models.Company.website, "URL of its website, http or https.")
    automation_opportunities = column(models.Company.automation_opportunities, "What could be automated there.")
    technology_stack = column(models.Company.technology_stack, "Technologies in use there.")
    pain_points = column(models.Company.pain_points, "What costs the company time or nerves.")
    decision_makers = column(models.Company.decision_makers, "Who decides there.")
    research_date = column(models.Company.research_date, "When the research began.")
    last_updated = column(models.Company.last_updated, "When the research was last brought up to date.")
    confidence_score = column(models.Company.confidence_score, "How sure the research is, from 0 to 1.")

    opportunities = connection(models.Company.opportunities, "What could be automated there, the latest found first.")
    campaigns = connection(models.Company.campaigns, "Messages sent to the company, the latest first.")
    jobs = connection(models.Company.jobs, "Jobs that name exactly this company, the latest found first.", key="name")
    history = history_of(models.Company.history)
    timeline = timeline_of(
        Happening(TimelineKind.CHANGE, models.Company.history, Change.at),
        Happening(TimelineKind.CAMPAIGN, models.Company.campaigns, models.OutreachCampaign.sent_date),
        description="What was done to it, and messages sent to it, in the order of time.",
    )


@entity(models.Opportunity)
class Opportunity(Node):
    """Something that could be automated at a company."""

    problem_description = column(models.Opportunity.problem_description, "The problem.")
    solution_approach = column(models.Opportunity.solution_approach, "How to solve it.")
    estimated_value = column(models.Opportunity.estimated_value, "Savings or revenue per year, in whole units.")
    implementation_complexity = column(models.Opportunity.implementation_complexity, "How hard it is to build.")
    confidence_score = column(models.Opportunity.confidence_score, "How sure the estimate is, from 0 to 1.")
    proof_of_concept_created = column(
        models.Opportunity.proof_of_concept_created, "Whether a proof of concept was built."
    )
    status = column(models.Opportunity.status, "How far it has come.", Written.ONCE)

    company = to_one(models.Opportunity.company, models.Opportunity.company_id, "The company.")
    campaigns = connection(models.Opportunity.campaigns, "Messages sent about it, the latest first.")
    status_events = to_many(
        models.Opportunity.status_events, OrderTerm("occurred_at"), description="The changes of status, oldest first."
    )
    history = history_of(models.Opportunity.history)
    timeline = timeline_of(
        Happening(TimelineKind.STATUS, models.Opportunity.status_events, StatusEvent.occurred_at),
        Happening(TimelineKind.CAMPAIGN, models.Opportunity.campaigns, models.OutreachCampaign.sent_date),
        description="Changes of status and messages sent about it, in the order of their time.",
    )


@entity(models.OutreachCampaign, order=[OrderTerm("sent_date", descending=True)])
class OutreachCampaign(Node):
    """A message to a company, and what came back."""

    contact_method = column(models.OutreachCampaign.contact_method, "How the company was approached.")
    contact_person = column(models.OutreachCampaign.contact_person, "Who was approached.")
    message_content = column(models.OutreachCampaign.message_content, "The message.")
    sent_date = column(models.OutreachCampaign.sent_date, "When it was sent.")
    response_status = column(models.OutreachCampaign.response_status, "What came back.", Written.ONCE)
    response_date = column(models.OutreachCampaign.response_date, "When it came back.")
    follow_up_scheduled = column(models.OutreachCampaign.follow_up_scheduled, "When to come back to it.")
    notes = column(models.OutreachCampaign.notes, "Own notes.")

    company = to_one(models.OutreachCampaign.company, models.OutreachCampaign.company_id, "The company.")
    opportunity = to_one(
        models.OutreachCampaign.opportunity, models.OutreachCampaign.opportunity_id, "What the message is about."
    )
    status_events = to_many(
        models.OutreachCampaign.status_events,
        OrderTerm("occurred_at"),
        description="The changes of what came back, oldest first.",
    )
    history = history_of(models.OutreachCampaign.history)
    timeline = timeline_of(
        Happening(TimelineKind.STATUS, models.OutreachCampaign.status_events, StatusEvent.occurred_at),
        description="What came back, in the order of time.",
    )


@strawberry.type
class OutreachQueries:
    """Root fields about companies, opportunities and campaigns."""

    company = lookup(models.Company, "One company by a unique key, or null.")
    companies = connection(models.Company, "Companies, by name unless ordered otherwise.")
    opportunity = lookup(models.Opportunity, "One opportunity by a unique key, or null.")
    opportunities = connection(models.Opportunity, "Automation opportunities, the latest found first.")
    outreach_campaign = lookup(models.OutreachCampaign, "One outreach campaign by a unique key, or null.")
    outreach_campaigns = connection(models.OutreachCampaign, "Outreach campaigns, the latest sent first.")
