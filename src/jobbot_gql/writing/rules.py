"""Pending writes, and the rule violations with which they are rejected.

A service raises a violation, or rejects one of many pending writes with it:

    raise NotFound("Job 7 not found.", "job_id")
    pending.reject(MinAboveMax("(50000) must not be greater than salaryMax (40000).", "salary_min"))

The API shows it as a `UserError`. Its code is the name of the class in upper case: `NOT_FOUND`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar, Generic, TypeVar

from jobbot_gql.db.base import Base
from jobbot_gql.db.write.bulk_dml import columns_of, locked
from jobbot_gql.db.write.write_session import WriteSession

M = TypeVar("M", bound=Base)


class RuleViolation(Exception):
    """Why a write was rejected. The docstring of a subclass is the API's description of its code.

    Attributes:
        message: The rule and the value.
        path: Names of the input fields that lead to the value.
        data: Further data for the client.
    """

    kinds: ClassVar[dict[str, type["RuleViolation"]]] = {}
    """All subclasses by code, such as `NOT_FOUND`."""
    code: ClassVar[str]

    def __init__(self, message: str, *path: str, **data: Any) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.data = data

    def __init_subclass__(cls) -> None:
        cls.code = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls.__name__).upper()
        RuleViolation.kinds[cls.code] = cls


def shown(value: object, limit: int = 60) -> str:
    """A client's value for a message: quoted, on one line, truncated to `limit` characters."""
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)"


class RuleViolations(Exception):
    """The rule violations of one request."""

    def __init__(self, violations: Iterable[RuleViolation]) -> None:
        self.violations = list(violations)
        super().__init__("; ".join(violation.message for violation in self.violations))

    def renamed(self, **names: str) -> "RuleViolations":
        """Copies with renamed path steps, given as old=new."""
        return RuleViolations(
            type(one)(one.message, *(names.get(step, step) for step in one.path), **one.data) for one in self.violations
        )


def prefixed(path: tuple[str, ...], violation: RuleViolation) -> RuleViolation:
    """Copy of the violation with a prefix before its path."""
    return type(violation)(violation.message, *path, *violation.path, **violation.data)


class Required(RuleViolation):
    """A required value is missing, null or blank."""


class TooLong(RuleViolation):
    """A string exceeds its maximum length."""


class TooMany(RuleViolation):
    """A list exceeds its maximum length."""


class UnexpectedCount(RuleViolation):
    """The number of rows that match differs from `expectedCount`."""


class DerivedValue(RuleViolation):
    """The value is derived from other rows and cannot be set while there are any."""


class OutOfRange(RuleViolation):
    """A number or time is out of range."""


class InvalidId(RuleViolation):
    """Not a global id."""


class WrongType(RuleViolation):
    """The id belongs to another type."""


class NotFound(RuleViolation):
    """Nothing has this id."""


class InvalidUrl(RuleViolation):
    """Not an http or https URL."""


class StaleVersion(RuleViolation):
    """The row has changed since the version on which the edit is based."""


class MinAboveMax(RuleViolation):
    """A minimum is greater than its maximum."""


class DateOrder(RuleViolation):
    """A date is before the one that it must follow."""


class InFuture(RuleViolation):
    """A time that must not be in the future is in the future."""


class InPast(RuleViolation):
    """A date that must be in the future is not."""


class IdempotencyKeyReused(RuleViolation):
    """The idempotency key was used before with a different input."""


class AnswerErased(RuleViolation):
    """The idempotency key was used before, and a purge has erased the stored result. The request is not executed
    again.
    """


class ReferencedElsewhere(RuleViolation):
    """Rows of a table that is not this API's refer to the row, or to one that would be deleted with it."""


class RowDeleted(RuleViolation):
    """The idempotency key was used before. It is not done again, but what was written then has been deleted since."""


class Aborted(RuleViolation):
    """Not saved because another item of the same atomic request was rejected."""


@dataclass(eq=False)
class PendingWrite(Generic[M]):
    """One row about to be written."""

    given: dict[str, Any]
    """Values given in the input, by field. Omitted fields are missing."""
    row_id: int | None = None
    """Row to change; None to add one."""
    version: int | None = None
    """Expected version; None if it is not checked."""
    violations: list[RuleViolation] = field(default_factory=list)
    row: M = field(init=False)
    """New state of the row, not attached to a session. Rules may change it."""
    before: M | None = field(default=None, init=False)
    """Old state of the row, not attached to a session; None for a new row."""
    parents: dict[str, Any] = field(default_factory=dict, init=False)
    """Locked rows that its foreign keys refer to, by column. Rules may change them."""
    parts: dict[str, list["PendingWrite[Any]"]] = field(default_factory=dict, init=False)
    """Child rows to add with it, by field of the input."""
    found_by_key: bool = field(default=False, init=False)
    """Whether `row_id` was found by a natural key, not given."""
    merged_into: "PendingWrite[M] | None" = field(default=None, init=False)
    """Earlier pending write of the same row that this one was merged into."""
    merged: list["PendingWrite[M]"] = field(default_factory=list, init=False)
    """Later pending writes of the same row that were merged into this one."""
    own_given: dict[str, Any] = field(default_factory=dict, init=False)
    """`given` before anything was merged into it."""

    def reject(self, violation: RuleViolation) -> None:
        """Add a violation, so that the row is not written."""
        self.violations.append(violation)

    def changed(self) -> list[str]:
        """Columns that get another value; all columns of a new row."""
        return [name for name in columns_of(type(self.row)) if self.changes(name)]

    def merge(self, later: "PendingWrite[M]") -> None:
        """Merge a later pending write of the same row into this one. Its values win."""
        if not self.merged:
            self.own_given = dict(self.given)
        self.merged.append(later)
        self.given |= later.given
        later.merged_into = self

    def changed_by(self, one: "PendingWrite[M]") -> bool:
        """Whether one of the merged pending writes changed the row, compared with its state after the earlier ones."""
        if not self.merged:
            return bool(self.changed())
        columns = columns_of(type(self.row))
        state = {name: getattr(self.before or self.row, name) for name in columns}
        steps = [(self, self.own_given), *((later, later.given) for later in self.merged)]
        for index, (step, given) in enumerate(steps):
            after = {
                # Rules may have changed the final value.
                name: value if any(name in later for _, later in steps[index + 1 :]) else getattr(self.row, name)
                for name, value in given.items()
                if name in columns
            }
            if step is one:
                return any(state[name] != value for name, value in after.items())
            state |= after
        return False

    def changes(self, *columns: str) -> bool:
        """Whether any of the columns gets another value."""
        return self.before is None or any(getattr(self.row, name) != getattr(self.before, name) for name in columns)


def api_name(column: str) -> str:
    """Name of a column in the API, such as `salaryMin` for `salary_min`."""
    head, *rest = column.split("_")
    return head + "".join(map(str.capitalize, rest))


def api_names(columns: Iterable[str]) -> str:
    """Names of columns in the API, joined for a message: `salaryMin and jobType`."""
    *others, last = map(api_name, columns)
    return f"{', '.join(others)} and {last}" if others else last


def check_order(pending: PendingWrite[Any], earlier: str, later: str, what: str) -> None:
    """Reject a pending write that changes one of two dates so that `later` is before `earlier`.

    The violation names the later column, unless only the earlier one changes. `what` names the earlier date in
    messages.
    """
    first, second = getattr(pending.row, earlier), getattr(pending.row, later)
    if first is None or second is None or second >= first:
        return
    if pending.changes(later):
        pending.reject(too_early(first, second, what, later))
    elif pending.changes(earlier):
        pending.reject(
            DateOrder(f"must not be after {api_name(later)} ({second.isoformat()}); got {first.isoformat()}.", earlier)
        )


def too_early(earliest: date, given: date, what: str, name: str) -> DateOrder:
    """Violation for a date before `earliest`, which messages call `what`."""
    return DateOrder(f"must not be before {what} ({earliest.isoformat()}); got {given.isoformat()}.", name)


async def row_to_change(
    session: WriteSession, model: type[M], row_id: int, version: int | None = None, name: str = "id"
) -> M:
    """Lock and return a row. Raises NotFound, and StaleVersion if `version` is given and is not the row's."""
    row: Any = (await locked(session, model, [row_id])).get(row_id)
    if row is None:
        raise not_found(model, row_id, name)
    if version is not None and row.version != version:
        raise stale(row, version)
    found: M = row
    return found


def not_found(model: type[Base], row_id: int, name: str) -> NotFound:
    """Violation for the id of a row that does not exist."""
    return NotFound(f"{model.__name__} {row_id} not found.", name)


def stale(row: Any, version: int) -> StaleVersion:
    """Violation for an edit that is based on another version of the row."""
    message = f"The row has changed: its version is {row.version}, not {version}. Read it again and repeat the edit."
    return StaleVersion(message, "version", current_version=row.version)
