"""Demo companies, opportunities and outreach campaigns."""

from datetime import datetime, timedelta
from random import Random

from jobbot_gql.demo.history import StatusStep, events
from jobbot_gql.demo.times import appointment, at_work
from jobbot_gql.demo.words.automations import ANYWHERE, AUTOMATIONS, Automation
from jobbot_gql.demo.words.firms import EMPLOYERS, LARGE, MEDIUM, NEIGHBOURS, SMALL, Firm
from jobbot_gql.demo.words.pitches import DECISION_MAKERS, MESSAGES, OUTCOMES, TECHNOLOGY
from jobbot_gql.demo.words.towns import TOWNS
from jobbot_gql.outreach.models import (
    Company,
    ContactMethod,
    Opportunity,
    OpportunityStatus,
    OutreachCampaign,
    OutreachStatus,
)

COUNTS = {
    OpportunityStatus.IDENTIFIED: 26,
    OpportunityStatus.RESEARCHED: 18,
    OpportunityStatus.POC_CREATED: 10,
    OpportunityStatus.PITCHED: 12,
    OpportunityStatus.REJECTED: 8,
    OpportunityStatus.ACCEPTED: 6,
}
GENERAL = 18
"""Number of campaigns without an opportunity."""

SENT, OPENED, REPLIED = OutreachStatus.SENT, OutreachStatus.OPENED, OutreachStatus.REPLIED
INTERESTED, REJECTED = OutreachStatus.INTERESTED, OutreachStatus.REJECTED
OUTCOMES_BY_STATUS = {
    OpportunityStatus.IDENTIFIED: (),
    OpportunityStatus.RESEARCHED: ((SENT, OPENED, REPLIED),),
    OpportunityStatus.POC_CREATED: ((OPENED, REPLIED), (SENT, INTERESTED, REPLIED)),
    OpportunityStatus.PITCHED: ((SENT, OPENED), (REPLIED, INTERESTED), (SENT, OPENED, INTERESTED)),
    OpportunityStatus.REJECTED: ((SENT, OPENED, REPLIED), (REJECTED,)),
    OpportunityStatus.ACCEPTED: ((OPENED, REPLIED), (INTERESTED,)),
}
"""Possible outcomes of each campaign about an opportunity, in order."""

CONFIDENCE = {
    OpportunityStatus.IDENTIFIED: 0.35,
    OpportunityStatus.RESEARCHED: 0.5,
    OpportunityStatus.POC_CREATED: 0.65,
    OpportunityStatus.PITCHED: 0.7,
    OpportunityStatus.REJECTED: 0.45,
    OpportunityStatus.ACCEPTED: 0.88,
}
PROVEN = frozenset({OpportunityStatus.POC_CREATED, OpportunityStatus.PITCHED, OpportunityStatus.ACCEPTED})
SCALE = {SMALL: 0.5, MEDIUM: 1.0, LARGE: 2.8}


def companies(rng: Random, now: datetime) -> list[Company]:
    """Companies with opportunities, campaigns and their status events."""
    firms = EMPLOYERS + NEIGHBOURS
    topics = {firm: [*AUTOMATIONS[firm.industry], *rng.sample(ANYWHERE, 2)] for firm in firms}
    researched = {firm: _company(rng, firm, topics[firm]) for firm in firms}
    statuses = [status for status, count in COUNTS.items() for _ in range(count)]
    rng.shuffle(statuses)
    for firm, status in zip([*firms, *rng.sample(firms, len(statuses) - len(firms))], statuses, strict=True):
        company = researched[firm]
        topic = topics[firm][len(company.opportunities)]
        _opportunity(rng, now, company, topic, status=status, scale=SCALE[firm.size])
    for firm in rng.sample(firms, GENERAL):
        sent = now - timedelta(days=rng.randint(3, 15))
        _campaign(rng, researched[firm], rng.choice(topics[firm]), sent, rng.choice((SENT, OPENED, REPLIED)))
    for company in researched.values():
        for campaign in company.campaigns:
            campaign.status_events = events(_campaign_steps(campaign, now), now)
        parts: list[Opportunity | OutreachCampaign] = [*company.opportunities, *company.campaigns]
        happened = [event.occurred_at for part in parts for event in part.status_events]
        company.research_date = at_work(rng, min(happened) - timedelta(days=3))
        company.last_updated = max(happened) if rng.random() < 0.85 else None
    return list(researched.values())


def _company(rng: Random, firm: Firm, topics: list[Automation]) -> Company:
    people = DECISION_MAKERS[firm.size]
    stack = TECHNOLOGY[firm.size]
    return Company(
        name=firm.name,
        industry=firm.industry,
        size=firm.size,
        location=TOWNS[firm.towns[0]].location,
        website=f"https://www.{firm.domain}" if rng.random() < 0.93 else None,
        automation_opportunities=[topic.name for topic in topics],
        technology_stack=rng.sample(stack, rng.randint(3, len(stack) - 1)),
        pain_points=[topic.pain for topic in topics],
        decision_makers=rng.sample(people, rng.randint(1, len(people) - 1)),
        confidence_score=round(rng.uniform(0.4, 0.95), 2),
    )


def _opportunity(
    rng: Random, now: datetime, company: Company, topic: Automation, *, status: OpportunityStatus, scale: float
) -> None:
    opportunity = Opportunity(
        company=company,
        problem_description=topic.problem,
        solution_approach=topic.solution,
        estimated_value=500 * round(2 * topic.value * scale * rng.uniform(0.8, 1.25)),
        implementation_complexity=topic.complexity,
        confidence_score=round(CONFIDENCE[status] + rng.uniform(-0.1, 0.1), 2),
        proof_of_concept_created=False,
        status=status,
    )
    decided = status in {OpportunityStatus.REJECTED, OpportunityStatus.ACCEPTED}
    last = rng.randint(12, 35) if decided else rng.randint(3, 26)
    outcomes = OUTCOMES_BY_STATUS[status]
    days = [last + 9 * later for later in reversed(range(len(outcomes)))]
    campaigns = [
        _campaign(rng, company, topic, now - timedelta(days=ago), rng.choice(possible), opportunity=opportunity)
        for ago, possible in zip(days, outcomes, strict=True)
    ]
    begun = now - timedelta(days=days[0] if days else rng.randint(10, 50))
    steps = [StatusStep(OpportunityStatus.IDENTIFIED, at_work(rng, begun - timedelta(days=rng.randint(8, 14))))]
    if campaigns:
        steps.append(StatusStep(OpportunityStatus.RESEARCHED, at_work(rng, begun - timedelta(days=rng.randint(3, 5)))))
    if status in PROVEN or (status is OpportunityStatus.REJECTED and rng.random() < 0.5):
        opportunity.proof_of_concept_created = True
        steps.append(StatusStep(OpportunityStatus.POC_CREATED, at_work(rng, begun + timedelta(days=4))))
    if decided or status is OpportunityStatus.PITCHED:
        steps.append(StatusStep(OpportunityStatus.PITCHED, campaigns[-1].sent_date or now))
    if decided:
        steps.append(StatusStep(status, at_work(rng, now - timedelta(days=last - 7)), campaigns[-1].notes))
    elif status is OpportunityStatus.IDENTIFIED and rng.random() < 0.4:
        opportunity.estimated_value = None
    opportunity.status_events = events(steps, now)


def _campaign(
    rng: Random,
    company: Company,
    topic: Automation,
    day: datetime,
    outcome: OutreachStatus,
    *,
    opportunity: Opportunity | None = None,
) -> OutreachCampaign:
    method = rng.choices(tuple(ContactMethod), (6, 3, 2))[0]
    if outcome is OPENED and method is ContactMethod.PHONE:
        method = ContactMethod.EMAIL
    person = rng.choice(company.decision_makers or ["Owner"])
    sent = at_work(rng, day)
    answered = None
    if outcome in {REPLIED, INTERESTED, REJECTED}:
        answered = max(at_work(rng, day + timedelta(days=rng.randint(1, 2))), sent + timedelta(hours=1))
    wait = {SENT: 7, OPENED: 7, REPLIED: 14, INTERESTED: 3}.get(outcome)
    words = {
        "person": person,
        "firm": company.name,
        "name": topic.name.lower(),
        "problem": topic.problem,
        "solution": topic.solution,
    }
    return OutreachCampaign(
        company=company,
        opportunity=opportunity,
        contact_method=method,
        contact_person=person,
        message_content=rng.choice(MESSAGES[method]).format(**words),
        sent_date=sent,
        response_status=outcome,
        response_date=answered,
        follow_up_scheduled=appointment(rng, (answered or sent) + timedelta(days=wait)) if wait else None,
        notes=rng.choice(OUTCOMES[outcome]) if OUTCOMES[outcome] else None,
    )


def _campaign_steps(campaign: OutreachCampaign, now: datetime) -> list[StatusStep[OutreachStatus]]:
    sent = campaign.sent_date or now
    outcome = campaign.response_status or SENT
    return [
        StatusStep(SENT, sent),
        StatusStep(outcome, campaign.response_date or sent + timedelta(hours=5), campaign.notes),
    ]
