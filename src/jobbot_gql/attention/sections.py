"""What needs attention: the lists, as conditions on the tables."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, and_, bindparam, func, literal_column, or_, select, union_all
from sqlalchemy.orm import QueryableAttribute

from jobbot_gql.api.fields.paging import Listed
from jobbot_gql.applications.models import Application, EmployerResponse, ExperienceClaim, RiskLevel
from jobbot_gql.applications.repeats import OPEN
from jobbot_gql.applications.sweep import silent_since
from jobbot_gql.db.sql.column_types import UtcDateTime
from jobbot_gql.db.sql.column_values import read_value
from jobbot_gql.db.sql.keyset import OrderTerm
from jobbot_gql.follow_ups.listing import DayParameters, follow_ups
from jobbot_gql.follow_ups.models import FollowUp, FollowUpStatus
from jobbot_gql.follow_ups.steps import earliest_activity, start_of, steps_of
from jobbot_gql.history.models import StatusEvent
from jobbot_gql.interviews.models import Interview, InterviewStatus
from jobbot_gql.jobs.models import Job, JobStatus
from jobbot_gql.outreach.models import Opportunity, OpportunityStatus, OutreachCampaign
from jobbot_gql.settings import Settings


class Frame(NamedTuple):
    """For what the lists are made; their statements can be sent for any time."""

    dialect: str
    zone: ZoneInfo
    settings: Settings


TODAY: ColumnElement[date] = bindparam("today", type_=Date())
LAST_DAY: ColumnElement[date] = bindparam("last_day", type_=Date())
BEGINS: ColumnElement[datetime] = bindparam("begins", type_=UtcDateTime())
ENDS: ColumnElement[datetime] = bindparam("ends", type_=UtcDateTime())
SILENT_SINCE: ColumnElement[datetime] = bindparam("silent_since", type_=UtcDateTime())
EARLIEST: ColumnElement[datetime] = bindparam("earliest", type_=UtcDateTime())


def values(frame: Frame, at: datetime, days: int) -> dict[str, Any]:
    """Values of the parameters for a time, and a number of days to look ahead."""
    today = at.astimezone(frame.zone).date()
    last_day = today + timedelta(days=days)
    return {
        "today": today,
        "last_day": last_day,
        "begins": start_of(today, frame.zone),
        "ends": start_of(last_day + timedelta(days=1), frame.zone),
        "silent_since": at - timedelta(days=frame.settings.archive_after_days),
        "earliest": earliest_activity(today, frame.zone, steps_of(frame.settings)),
    }


class Section(NamedTuple):
    """One of the lists."""

    model: Any
    order: tuple[OrderTerm, ...]
    listed: Callable[[Frame], Listed]


def _follow_ups(frame: Frame) -> Listed:
    snoozed_until = FollowUp.snoozed_until
    is_awake = or_(snoozed_until.is_(None), snoozed_until <= TODAY)
    where = and_(FollowUp.status == FollowUpStatus.OPEN, FollowUp.due_on <= LAST_DAY, is_awake)
    day = DayParameters(frame.zone, TODAY, EARLIEST)
    return Listed(where, follow_ups(frame.dialect, steps_of(frame.settings), day))


def _interviews(frame: Frame) -> Listed:
    is_ahead = and_(Interview.starts_at >= BEGINS, Interview.starts_at < ENDS)
    return Listed(and_(Interview.status == InterviewStatus.SCHEDULED, is_ahead))


def _deadlines(frame: Frame) -> Listed:
    is_ahead = Job.application_deadline.between(TODAY, LAST_DAY)
    return Listed(and_(is_ahead, read_value(Job.status).in_([JobStatus.DISCOVERED, JobStatus.TARGETED])))


def _of_open_application(key: QueryableAttribute[Any]) -> ColumnElement[bool]:
    # Two SELECTs: SQLite would read the whole index on the status for one with OR.
    words, unknown = Application.status.in_(OPEN), Application.status.is_(None)
    return key.in_(union_all(*(select(Application.id).where(one) for one in (words, unknown))))


def _requires_action(frame: Frame) -> Listed:
    is_undone = func.coalesce(EmployerResponse.action_taken, "") == ""
    is_open = _of_open_application(EmployerResponse.application_id)
    return Listed(and_(EmployerResponse.requires_action.is_(True), is_undone, is_open))


def _silent(frame: Frame) -> Listed:
    return Listed(silent_since(SILENT_SINCE))


def _stale_opportunities(frame: Frame) -> Listed:
    closed = [OpportunityStatus.REJECTED, OpportunityStatus.ACCEPTED]
    is_live = or_(Opportunity.status.not_in(closed), Opportunity.status.is_(None))
    active = (
        Opportunity.id.not_in(select(key).where(key.is_not(None), at >= SILENT_SINCE))
        for key, at in _ACTIVITY_OF_OPPORTUNITIES
    )
    return Listed(and_(is_live, *active))


def _high_risk_claims(frame: Frame) -> Listed:
    # A constant in the statement, so that an index of such claims can be used.
    is_risky: ColumnElement[bool] = ExperienceClaim.risk_level == literal_column(f"'{RiskLevel.HIGH}'")
    return Listed(and_(is_risky, _of_open_application(ExperienceClaim.application_id)))


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
