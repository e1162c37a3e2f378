"""Mutations of follow-ups."""

from typing import Any
from zoneinfo import ZoneInfo

import strawberry

import jobbot_gql.follow_ups.schema  # noqa: F401 - inputs are derived from its types
from jobbot_gql.api.mutations.fields import action, create, delete, update, upsert
from jobbot_gql.api.mutations.inputs import (
    IDEMPOTENCY_KEY,
    VERSION_IF_IT_MATTERS,
    InputField,
    column_field,
    id_field,
    text_field,
)
from jobbot_gql.applications.models import Application
from jobbot_gql.follow_ups import service
from jobbot_gql.follow_ups.models import FollowUp
from jobbot_gql.follow_ups.service import FOLLOW_UPS
from jobbot_gql.follow_ups.steps import zone_of
from jobbot_gql.history.models import Change
from jobbot_gql.interviews.service import InvalidTimeZone
from jobbot_gql.outreach.models import OutreachCampaign
from jobbot_gql.writing.rules import shown


def _zone(name: str) -> ZoneInfo:
    try:
        return zone_of(name)
    except ValueError:
        message = f"must be the name of an IANA time zone, such as Europe/Berlin; got {shown(name)}."
        raise InvalidTimeZone(message) from None


_ID = id_field("id", FollowUp, "Follow-up to change, computed or stored.")
_ZONE = InputField(
    "time_zone",
    str,
    "IANA time zone in which days begin, such as `Europe/Berlin`. Default: UTC.",
    _zone,
    default="UTC",
    nullable=False,
)
_GIVES: dict[str, tuple[Any, str]] = {
    "follow_up": (FollowUp, "Follow-up after the mutation; null if the request was rejected.")
}


@strawberry.type
class FollowUpMutations:
    """Root fields that write follow-ups."""

    create_follow_up, create_follow_ups = create(FOLLOW_UPS)
    update_follow_up, update_follow_ups = update(FOLLOW_UPS)
    upsert_follow_up, upsert_follow_ups = upsert(FOLLOW_UPS)
    delete_follow_up, delete_follow_ups = delete(FOLLOW_UPS, Change)

    schedule_follow_up = action(
        "ScheduleFollowUp",
        "Schedule a follow-up on an application or campaign, or move one to another day.",
        service.schedule_follow_up,
        [
            id_field("id", FollowUp, "Follow-up to move, computed or stored.", required=False),
            id_field("application_id", Application, "Application to follow up on.", required=False),
            id_field("outreach_campaign_id", OutreachCampaign, "Outreach campaign to follow up on.", required=False),
            VERSION_IF_IT_MATTERS,
            column_field(FollowUp.due_on, required=True, nullable=False),
            column_field(FollowUp.note),
            _ZONE,
            IDEMPOTENCY_KEY,
        ],
        _GIVES,
        with_settings=True,
    )
    snooze_follow_up = action(
        "SnoozeFollowUp",
        "Snooze a follow-up until a later day. `dueOn` stays.",
        service.snooze_follow_up,
        [
            _ID,
            VERSION_IF_IT_MATTERS,
            column_field(FollowUp.snoozed_until, "Day on which it is shown again.", name="until", required=True),
            _ZONE,
        ],
        _GIVES,
        with_settings=True,
    )
    complete_follow_up = action(
        "CompleteFollowUp",
        "Mark a follow-up as done.",
        service.complete_follow_up,
        [_ID, VERSION_IF_IT_MATTERS, text_field("outcome", "Result."), _ZONE],
        _GIVES,
        with_settings=True,
    )
    dismiss_follow_up = action(
        "DismissFollowUp",
        "Mark a follow-up as not needed.",
        service.dismiss_follow_up,
        [
            _ID,
            VERSION_IF_IT_MATTERS,
            InputField("reason", str, "Why it is not needed.", text_field("", "", blank=False).check, required=True),
            _ZONE,
        ],
        _GIVES,
        with_settings=True,
    )
