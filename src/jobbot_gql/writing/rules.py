"""Rules on writes: rows that are about to be written, and the refusals that a rule answers with.

A domain's service refuses with a plain exception, or says so about one row of many:

    raise NotFound("Job 7 not found.", "job_id")
    save.refuse(MinAboveMax("(50000) must not be greater than salaryMax (40000).", "salary_min"))

The API shows it as a `UserError`, whose code is the exception's name: `NOT_FOUND`.
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
    """A rule refuses what was asked.

    `message` tells rule and value; `path` leads to the value, in the names of the input's fields; `data` is what else
    the client should know. A subclass is a kind of refusal, and its docstring the description of its code.
    """

    kinds: ClassVar[dict[str, type["RuleViolation"]]] = {}
    """Every kind by its code, such as `NOT_FOUND`."""
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
    """A client's own value for a message: quoted, one line, cut to `limit` characters."""
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)"


class RuleViolations(Exception):
    """Several refusals of one request."""

    def __init__(self, violations: Iterable[RuleViolation]) -> None:
        self.violations = list(violations)
        super().__init__("; ".join(violation.message for violation in self.violations))

    def renamed(self, **names: str) -> "RuleViolations":
        """The same, where values were asked for under other names: old=new."""
        return RuleViolations(
            type(one)(one.message, *(names.get(step, step) for step in one.path), **one.data) for one in self.violations
        )


def about(path: tuple[str, ...], violation: RuleViolation) -> RuleViolation:
    """The refusal, which was about the value at hand, as one about what the path leads to."""
    return type(violation)(violation.message, *path, *violation.path, **violation.data)


class Required(RuleViolation):
    """A required value is missing, null or blank."""


class TooLong(RuleViolation):
    """A string exceeds its maximum length."""


class TooMany(RuleViolation):
    """A list exceeds its maximum length."""


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
    """One row about to be written, as its rules see it."""

    given: dict[str, Any]
    """What was asked, by field of the input; what was left out is missing."""
    row_id: int | None = None
    """The row to change; None for one to add."""
    version: int | None = None
    """The version that the change is based on, if it matters."""
    violations: list[RuleViolation] = field(default_factory=list)
    row: M = field(init=False)
    """The row as it is to be. Rules may change it; it belongs to no session."""
    before: M | None = field(default=None, init=False)
    """The row as it was, None for one to add; it belongs to no session either."""
    parents: dict[str, Any] = field(default_factory=dict, init=False)
    """The rows that its foreign keys name, by the keys' columns, locked; rules may change them."""
    parts: dict[str, list["PendingWrite[Any]"]] = field(default_factory=dict, init=False)
    """Rows to add together with it and under it, by field of the input."""
    by_key: bool = field(default=False, init=False)
    """Whether `row_id` was found by a natural key, and not asked for."""
    same_as: "PendingWrite[M] | None" = field(default=None, init=False)
    """An earlier save of the same row, which has taken over what was asked here."""
    taken: list["PendingWrite[M]"] = field(default_factory=list, init=False)
    """Later saves of the same row, whose `given` this one has taken over."""
    asked: dict[str, Any] = field(default_factory=dict, init=False)
    """What was asked here before anything was taken over."""

    def reject(self, violation: RuleViolation) -> None:
        """Say that the row cannot be written."""
        self.violations.append(violation)

    def changed(self) -> list[str]:
        """The columns that get another value; all in a row to add."""
        return [name for name in columns_of(type(self.row)) if self.changes(name)]

    def take(self, later: "PendingWrite[M]") -> None:
        """Take over what a later save of the same row asks."""
        if not self.taken:
            self.asked = dict(self.given)
        self.taken.append(later)
        self.given |= later.given
        later.same_as = self

    def changed_by(self, one: "PendingWrite[M]") -> bool:
        """Whether one of this save and those that it has taken changed what the row was after those before it."""
        if not self.taken:
            return bool(self.changed())
        columns = columns_of(type(self.row))
        state = {name: getattr(self.before or self.row, name) for name in columns}
        steps = [(self, self.asked), *((later, later.given) for later in self.taken)]
        for place, (step, given) in enumerate(steps):
            after = {
                # The last word is as the rules have left it.
                name: value if any(name in later for _, later in steps[place + 1 :]) else getattr(self.row, name)
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
    """A column's name in the API: `salaryMin` of `salary_min`."""
    head, *rest = column.split("_")
    return head + "".join(map(str.capitalize, rest))


def api_names(columns: Iterable[str]) -> str:
    """The columns' names in the API, as a list in words: `salaryMin and jobType`."""
    *others, last = map(api_name, columns)
    return f"{', '.join(others)} and {last}" if others else last


def check_order(pending: PendingWrite[Any], earlier: str, later: str, what: str) -> None:
    """Refuse a row whose date `later` lies before its date `earlier`, called `what`, if the write changes any of them.

    The refusal is about the later one, unless the write changes the earlier one only.
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
    """The refusal of a date before the one, called `what`, that it follows."""
    return DateOrder(f"must not be before {what} ({earliest.isoformat()}); got {given.isoformat()}.", name)


async def row_to_change(
    session: WriteSession, model: type[M], row_id: int, version: int | None = None, name: str = "id"
) -> M:
    """The row with the id, locked. Raises NotFound, and StaleVersion where a version is given that is not the row's."""
    row: Any = (await locked(session, model, [row_id])).get(row_id)
    if row is None:
        raise not_found(model, row_id, name)
    if version is not None and row.version != version:
        raise stale(row, version)
    found: M = row
    return found


def not_found(model: type[Base], row_id: int, name: str) -> NotFound:
    """The refusal of an id that no row has."""
    return NotFound(f"{model.__name__} {row_id} not found.", name)


def stale(row: Any, version: int) -> StaleVersion:
    """The refusal of an edit that is based on another version than the row's."""
    message = f"The row has changed: its version is {row.version}, not {version}. Read it again and repeat the edit."
    return StaleVersion(message, "version", current_version=row.version)
