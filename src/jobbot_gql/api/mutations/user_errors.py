"""Rule violations in the API: `UserError`, and implementors for those with data.

@user_error(AlreadyApplied)
class AlreadyAppliedError(UserError):
    \"""There is an open application to the job.\"""

    application = row_field(models.Application, "application_id", "The application that exists.")
"""

import inspect
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar

import strawberry

from jobbot_gql.api.strawberry_internals import definition_of_class, to_camel_case
from jobbot_gql.api.types.lazy_types import Deferred
from jobbot_gql.writing.rules import RuleViolation, StaleVersion, UnexpectedCount

T = TypeVar("T")

_types: dict[type[RuleViolation], type] = {}


@lru_cache
def error_codes() -> Any:
    """The GraphQL enum of all kinds of rule violations of the domains, `UserErrorCode`."""
    codes = StrEnum("UserErrorCode", {code: code for code in sorted(RuleViolation.kinds)})  # type: ignore[misc] # made from the rule violations
    strawberry.enum(codes, description="Code of a user error.")
    for value in definition_of_class(codes).values:
        value.description = inspect.getdoc(RuleViolation.kinds[value.value])
    return codes


@strawberry.interface(description="An error that the caller can correct; nothing was saved.")
class UserError:
    """The interface of all rule violations."""

    code: Any = strawberry.field(graphql_type=Deferred("UserErrorCode", error_codes), description="Code of the error.")
    message: str = strawberry.field(description="What is wrong: the field, the rule, and the value.")
    path: list[str] | None = strawberry.field(
        description='Path to the argument at fault, such as `["input", "title"]`.'
    )


def user_error(kind: type[RuleViolation]) -> Callable[[type[T]], type[T]]:
    """Make the decorated class the GraphQL type of a kind of rule violation, whose data are its attributes."""

    def decorate(cls: type[T]) -> type[T]:
        _types[kind] = strawberry.type(cls, description=inspect.getdoc(cls))
        return cls

    return decorate


@strawberry.type(description="Violation of a rule, named by `code`.")
class RuleError(UserError):
    """A rule violation without data."""


@user_error(StaleVersion)
class StaleVersionError(UserError):
    """The row has changed since the version on which the edit is based."""

    current_version: int = strawberry.field(description="Current version of the row.")


@user_error(UnexpectedCount)
class UnexpectedCountError(UserError):
    """The number of rows that match differs from `expectedCount`."""

    count: int = strawberry.field(description="Number of rows that match.")


def error_types() -> list[type]:
    """All GraphQL types of rule violations, which the schema needs as a list because no field has their types."""
    return [RuleError, *_types.values()]


def as_user_error(violation: RuleViolation) -> Any:
    """The user error of a rule violation."""
    path = [to_camel_case(step) for step in violation.path]
    named = [index for index, step in enumerate(path) if not step.isdecimal()]
    field = ".".join(path[named[-1] :]) if named else ""
    error: Any = object.__new__(_types.get(type(violation), RuleError))
    error.__dict__.update(
        violation.data,
        code=error_codes()(violation.code),
        message=_sentence(field, violation.message),
        path=path or None,
    )
    return error


def _sentence(field: str, message: str) -> str:
    """The message as a sentence: the field comes before a predicate such as `must not be blank.`."""
    return f"{field} {message}" if field and not message[0].isupper() and message[0] not in "'\"" else message
