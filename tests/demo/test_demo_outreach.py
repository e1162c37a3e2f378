from jobbot_gql.models import (
    Company,
    Opportunity,
    OutreachCampaign,
)
from tests.demo.conftest import Data


def test_outreach_follows_from_research(data: Data) -> None:
    opportunities = data.by(Opportunity, "company_id")
    campaigns = data.by(OutreachCampaign, "company_id")
    by_opportunity = data.by(OutreachCampaign, "opportunity_id")
    opportunity_events, campaign_events = data.courses("opportunity_id"), data.courses("outreach_campaign_id")
    for company in data[Company]:
        assert company["website"] is None or company["website"].endswith(".example")
        assert 0 < company["confidence_score"] <= 1
        for column in ("automation_opportunities", "technology_stack", "pain_points", "decision_makers"):
            assert company[column] == list(dict.fromkeys(company[column])) != []
        moments = [
            event["occurred_at"] for row in opportunities[company["id"]] for event in opportunity_events[row["id"]]
        ]
        moments += [event["occurred_at"] for row in campaigns[company["id"]] for event in campaign_events[row["id"]]]
        assert company["research_date"] < min(moments)
        assert company["last_updated"] in {max(moments), None}
        problems = [row["problem_description"] for row in opportunities[company["id"]]]
        assert len(problems) == len(set(problems))
        for campaign in campaigns[company["id"]]:
            assert campaign["contact_person"] in company["decision_makers"]
    for opportunity in data[Opportunity]:
        statuses = [event["to_status"] for event in opportunity_events[opportunity["id"]]]
        assert opportunity["proof_of_concept_created"] == ("poc_created" in statuses)
        assert 0 < opportunity["confidence_score"] <= 1
        outcome = [campaign["response_status"] for campaign in by_opportunity[opportunity["id"]]][-1:]
        if opportunity["status"] in {"accepted", "rejected"}:
            assert outcome == ["interested" if opportunity["status"] == "accepted" else "rejected"]
        assert (opportunity["status"] == "identified") == (outcome == [])


def test_campaigns_are_in_order(data: Data) -> None:
    companies = {row["id"]: row["company_id"] for row in data[Opportunity]}
    for campaign in data[OutreachCampaign]:
        answered = campaign["response_status"] in {"replied", "interested", "rejected"}
        assert (campaign["response_date"] is not None) == answered
        last = campaign["response_date"] or campaign["sent_date"]
        assert last >= campaign["sent_date"]
        assert (campaign["follow_up_scheduled"] is None) == (campaign["response_status"] == "rejected")
        assert campaign["follow_up_scheduled"] is None or campaign["follow_up_scheduled"] > last
        assert (campaign["contact_method"], campaign["response_status"]) != ("phone", "opened")
        if campaign["opportunity_id"]:
            assert companies[campaign["opportunity_id"]] == campaign["company_id"]
    assert sum(campaign["opportunity_id"] is None for campaign in data[OutreachCampaign]) == 18
