"""What needs attention: the lists, as conditions on the tables."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import QueryableAttribute

from jobbot_gql.api.fields.paging import Listed
from jobbot_gql.applications.models import Application, EmployerResponse, ExperienceClaim, RiskLevel
from jobbot_gql.applications.repeats import is_open
from jobbot_gql.applications.sweep import silent_since
from jobbot_gql.db.base import Base
from jobbot_gql.db.sql.column_values import read_value
from jobbot_gql.db.sql.keyset import OrderTerm
from jobbot_gql.follow_ups.listing import Day, follow_ups
from jobbot_gql.follow_ups.models import FollowUp, FollowUpStatus
from jobbot_gql.follow_ups.steps import start_of, steps_of
from jobbot_gql.history.models import StatusEvent
from jobbot_gql.interviews.models import Interview, InterviewStatus
from jobbot_gql.jobs.models import Job, JobStatus
from jobbot_gql.outreach.models import Opportunity, OpportunityStatus, OutreachCampaign
from jobbot_gql.settings import Settings


class Moment(NamedTuple):
    """The time for which attention is determined."""

    at: datetime
    zone: ZoneInfo
    days: int
    """Number of days to look ahead, today included as day 0."""
    settings: Settings

    @property
    def day(self) -> Day:
        """Its day."""
        return Day(self.at.astimezone(self.zone).date(), self.zone)

    @property
    def last_day(self) -> Any:
        """The last day of those ahead."""
        return self.day.begun + timedelta(days=self.days)

    @property
    def silent_limit(self) -> datetime:
        """Time since which nothing happened to what is silent."""
        return self.at - timedelta(days=self.settings.archive_after_days)


class Section(NamedTuple):
    """One of the lists."""

    model: type[Base]
    order: tuple[OrderTerm, ...]
    listed: Callable[[Moment, str], Listed]
    """Gets the dialect's name too."""


def _follow_ups(moment: Moment, dialect: str) -> Listed:
    today, snoozed_until = moment.day.begun, FollowUp.snoozed_until
    is_awake = or_(snoozed_until.is_(None), snoozed_until <= today)
    where = and_(FollowUp.status == FollowUpStatus.OPEN, FollowUp.due_on <= moment.last_day, is_awake)
    return Listed(where, follow_ups(dialect, steps_of(moment.settings), moment.day))


def _interviews(moment: Moment, dialect: str) -> Listed:
    first = start_of(moment.day.begun, moment.zone)
    end = start_of(moment.last_day + timedelta(days=1), moment.zone)
    is_ahead = and_(Interview.starts_at >= first, Interview.starts_at < end)
    return Listed(and_(Interview.status == InterviewStatus.SCHEDULED, is_ahead))


def _deadlines(moment: Moment, dialect: str) -> Listed:
    is_ahead = Job.application_deadline.between(moment.day.begun, moment.last_day)
    is_open = read_value(Job.status).in_([JobStatus.DISCOVERED, JobStatus.TARGETED])
    return Listed(and_(is_ahead, is_open))


def _requires_action(moment: Moment, dialect: str) -> Listed:
    is_undone = func.coalesce(EmployerResponse.action_taken, "") == ""
    return Listed(
        and_(EmployerResponse.requires_action.is_(True), is_undone, EmployerResponse.application.has(is_open()))
    )


def _silent(moment: Moment, dialect: str) -> Listed:
    return Listed(silent_since(moment.silent_limit))


def _stale_opportunities(moment: Moment, dialect: str) -> Listed:
    closed = [OpportunityStatus.REJECTED, OpportunityStatus.ACCEPTED]
    is_live = or_(Opportunity.status.not_in(closed), Opportunity.status.is_(None))
    return Listed(
        and_(
            is_live,
            *(
                Opportunity.id.not_in(select(key).where(key.is_not(None), at >= moment.silent_limit))
                for key, at in _ACTIVITY_OF_OPPORTUNITIES
            ),
        )
    )


def _high_risk_claims(moment: Moment, dialect: str) -> Listed:
    is_risky: ColumnElement[bool] = ExperienceClaim.risk_level == RiskLevel.HIGH
    return Listed(and_(is_risky, ExperienceClaim.application.has(is_open())))


_ACTIVITY_OF_OPPORTUNITIES: tuple[tuple[QueryableAttribute[Any], QueryableAttribute[Any]], ...] = (
    (StatusEvent.opportunity_id, StatusEvent.occurred_at),
    (OutreachCampaign.opportunity_id, OutreachCampaign.sent_date),
    (OutreachCampaign.opportunity_id, OutreachCampaign.response_date),
)
_NEWEST = OrderTerm("id", descending=True)

SECTIONS: Mapping[str, Section] = {
    "follow_ups": Section(FollowUp, (OrderTerm("due_on"), OrderTerm("id")), _follow_ups),
    "interviews": Section(Interview, (OrderTerm("starts_at"), OrderTerm("id")), _interviews),
    "deadlines": Section(Job, (OrderTerm("application_deadline"), OrderTerm("id")), _deadlines),
    "requires_action": Section(EmployerResponse, (OrderTerm("id"),), _requires_action),
    "silent": Section(Application, (OrderTerm("application_date", descending=True), _NEWEST), _silent),
    "stale_opportunities": Section(Opportunity, (_NEWEST,), _stale_opportunities),
    "high_risk_claims": Section(ExperienceClaim, (_NEWEST,), _high_risk_claims),
}
