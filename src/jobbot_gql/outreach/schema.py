"""GraphQL types and queries of companies, opportunities and outreach campaigns."""

import strawberry

from jobbot_gql.api.fields.connections import connection
from jobbot_gql.api.fields.lookups import lookup
from jobbot_gql.api.fields.relations import count_of, history_of, to_many, to_one
from jobbot_gql.api.types.entity import Node, Written, column, entity
from jobbot_gql.contacts.models import ContactLink
from jobbot_gql.db.sql.keyset import OrderTerm
from jobbot_gql.follow_ups.models import FollowUp
from jobbot_gql.history.models import Change, StatusEvent
from jobbot_gql.history.timeline import TimelineKind, TimelineSource, timeline_of
from jobbot_gql.outreach import models
from jobbot_gql.tags.models import Tag


@entity(models.Company, order=[OrderTerm("name")], named_by=[models.Company.name])
class Company(Node):
    """A researched company."""

    name = column(models.Company.name, "Name.")
    industry = column(models.Company.industry, "Industry.")
    size = column(models.Company.size, "Size of the company.")
    location = column(models.Company.location, "Location of the company.")
    website = column(models.Company.website, "URL of the website, http or https.")
    automation_opportunities = column(models.Company.automation_opportunities, "Tasks that could be automated.")
    technology_stack = column(models.Company.technology_stack, "Technologies in use.")
    pain_points = column(models.Company.pain_points, "Problems that cost the company time or money.")
    decision_makers = column(models.Company.decision_makers, "Names of the decision makers.")
    research_date = column(models.Company.research_date, "Time at which the research began.")
    last_updated = column(models.Company.last_updated, "Time at which the research was last updated.")
    confidence_score = column(models.Company.confidence_score, "Confidence in the research, 0 to 1.")

    opportunities = connection(models.Company.opportunities, "Automation opportunities, newest first.")
    campaigns = connection(models.Company.campaigns, "Messages sent to the company, newest first.")
    contact_links = to_many(models.Company.contact_links, description="Contacts with their roles, oldest first.")
    contact_link_count = count_of(models.Company.contact_links, "Number of links of contacts.")
    tags = to_many(models.Company.tags, OrderTerm("name"), description="Tags, by name.", newest=False)
    tag_count = count_of(models.Company.tags, "Number of tags.")
    jobs = connection(models.Company.jobs, "Jobs with exactly this company name, newest first.", key="name")
    history = history_of(models.Company.history)
    timeline = timeline_of(
        TimelineSource(TimelineKind.CHANGE, models.Company.history, Change.at),
        TimelineSource(TimelineKind.CAMPAIGN, models.Company.campaigns, models.OutreachCampaign.sent_date),
        TimelineSource(TimelineKind.CONTACT, models.Company.contact_links, ContactLink.linked_at),
        TimelineSource(TimelineKind.TAG, models.Company.tags, Tag.added_at),
        description="Changes of this row, messages to the company, contacts and tags, oldest first.",
    )


@entity(models.Opportunity)
class Opportunity(Node):
    """An automation opportunity at a company."""

    problem_description = column(models.Opportunity.problem_description, "Description of the problem.")
    solution_approach = column(models.Opportunity.solution_approach, "Proposed solution.")
    estimated_value = column(models.Opportunity.estimated_value, "Savings or revenue per year, in whole units.")
    implementation_complexity = column(models.Opportunity.implementation_complexity, "Effort to build it.")
    confidence_score = column(models.Opportunity.confidence_score, "Confidence in the estimate, 0 to 1.")
    proof_of_concept_created = column(models.Opportunity.proof_of_concept_created, "Whether a proof of concept exists.")
    status = column(models.Opportunity.status, "Status of the opportunity.", Written.ONCE)

    company = to_one(models.Opportunity.company, models.Opportunity.company_id, "Company.")
    campaigns = connection(models.Opportunity.campaigns, "Messages sent about this opportunity, newest first.")
    status_events = to_many(
        models.Opportunity.status_events, OrderTerm("occurred_at"), description="Status changes, oldest first."
    )
    status_event_count = count_of(models.Opportunity.status_events, "Number of status changes.")
    history = history_of(models.Opportunity.history)
    timeline = timeline_of(
        TimelineSource(TimelineKind.STATUS, models.Opportunity.status_events, StatusEvent.occurred_at),
        TimelineSource(TimelineKind.CAMPAIGN, models.Opportunity.campaigns, models.OutreachCampaign.sent_date),
        description="Status changes and messages, oldest first.",
    )


@entity(models.OutreachCampaign, order=[OrderTerm("sent_date", descending=True)])
class OutreachCampaign(Node):
    """An outreach message to a company, and its reply."""

    contact_method = column(models.OutreachCampaign.contact_method, "Contact method.")
    contact_person = column(models.OutreachCampaign.contact_person, "Person who was contacted.")
    message_content = column(models.OutreachCampaign.message_content, "Text of the message.")
    sent_date = column(models.OutreachCampaign.sent_date, "Time at which it was sent.")
    response_status = column(models.OutreachCampaign.response_status, "Status of the reply.", Written.ONCE)
    response_date = column(models.OutreachCampaign.response_date, "Time at which the reply arrived.")
    follow_up_scheduled = column(models.OutreachCampaign.follow_up_scheduled, "Time of the scheduled follow-up.")
    notes = column(models.OutreachCampaign.notes, "Notes of the user.")

    company = to_one(models.OutreachCampaign.company, models.OutreachCampaign.company_id, "Company.")
    opportunity = to_one(
        models.OutreachCampaign.opportunity,
        models.OutreachCampaign.opportunity_id,
        "Opportunity that the message is about.",
    )
    status_events = to_many(
        models.OutreachCampaign.status_events,
        OrderTerm("occurred_at"),
        description="Status changes of the campaign, oldest first.",
    )
    status_event_count = count_of(models.OutreachCampaign.status_events, "Number of status changes.")
    follow_ups = to_many(
        models.OutreachCampaign.follow_ups,
        OrderTerm("due_on"),
        description="Follow-ups that were scheduled, snoozed, completed or dismissed, by due date."
        " For those that are computed, use `followUps`.",
    )
    follow_up_count = count_of(models.OutreachCampaign.follow_ups, "Number of stored follow-ups.")
    history = history_of(models.OutreachCampaign.history)
    timeline = timeline_of(
        TimelineSource(TimelineKind.STATUS, models.OutreachCampaign.status_events, StatusEvent.occurred_at),
        TimelineSource(TimelineKind.FOLLOW_UP, models.OutreachCampaign.follow_ups, FollowUp.due_on),
        description="Status changes and stored follow-ups, oldest first.",
    )


@strawberry.type
class OutreachQueries:
    """Root query fields of companies, opportunities and campaigns."""

    company = lookup(models.Company, "Company with a unique key; null if not found.")
    companies = connection(models.Company, "Companies. Default order: by name.")
    opportunity = lookup(models.Opportunity, "Opportunity with a unique key; null if not found.")
    opportunities = connection(models.Opportunity, "Automation opportunities. Default order: newest first.")
    outreach_campaign = lookup(models.OutreachCampaign, "Outreach campaign with a unique key; null if not found.")
    outreach_campaigns = connection(models.OutreachCampaign, "Outreach campaigns. Default order: newest first.")
