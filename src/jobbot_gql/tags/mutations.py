"""Mutations of tags."""

from typing import Any

import strawberry

import jobbot_gql.tags.schema  # noqa: F401 - registers the types that mutations show
from jobbot_gql.api.mutations.fields import MAX_ITEMS, REQUEST_ID, action
from jobbot_gql.api.mutations.inputs import InputField, decoded_id, ids_field, text
from jobbot_gql.api.types.annotations import list_of
from jobbot_gql.history.row_codec import RowKey
from jobbot_gql.tags import models, service
from jobbot_gql.writing.rules import Required, RuleViolation, RuleViolations, TooMany, WrongType, prefixed, shown

MAX_NAMES = 10


def _subject(value: str) -> RowKey:
    """Read the id of a row that can have tags."""
    entity, row_id = decoded_id(value)
    if entity not in service.SUBJECTS:
        raise WrongType(f"must be the id of a {', '.join(service.SUBJECTS)}; got one of type {entity}: {shown(value)}.")
    return entity, row_id


def _names(values: list[str]) -> list[str]:
    if not values:
        raise Required("must have at least one name.")
    if len(values) > MAX_NAMES:
        raise TooMany(f"must have at most {MAX_NAMES} names; got {len(values)}.")
    violations: list[RuleViolation] = []
    names = []
    for index, value in enumerate(values):
        try:
            names.append(text(" ".join(value.split()), models.Tag.name.type.length, blank=False))
        except RuleViolation as violation:
            violations.append(prefixed((str(index),), violation))
    if violations:
        raise RuleViolations(violations)
    return names


def _fields(verb: str) -> list[InputField]:
    return [
        ids_field(
            "ids",
            _subject,
            MAX_ITEMS,
            f"Jobs, applications, companies and contacts, at most {MAX_ITEMS:,}.",
            required=True,
        ),
        InputField(
            "names",
            list_of(str),
            f"Names of the tags to {verb}, at most {MAX_NAMES}. White space is trimmed.",
            _names,
            required=True,
            nullable=False,
        ),
    ]


_GIVES: dict[str, tuple[Any, str]] = {
    "count": (int, "Number of tags that changed; null if the request was rejected."),
    **REQUEST_ID,
}


@strawberry.type
class TagMutations:
    """Root fields that write tags."""

    add_tags = action(
        "AddTags",
        f"Add tags to up to {MAX_ITEMS:,} rows. Tags that a row already has stay as they are.",
        service.add_tags,
        _fields("add"),
        _GIVES,
    )
    remove_tags = action(
        "RemoveTags",
        f"Remove tags from up to {MAX_ITEMS:,} rows. Tags that a row does not have are ignored.",
        service.remove_tags,
        _fields("remove"),
        _GIVES,
    )
