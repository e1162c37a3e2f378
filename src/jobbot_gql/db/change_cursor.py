"""The cursor of the change log: a position that is recognised again, or not, after the database was replaced.

A sequence alone does not tell one log from another: a database that was restored from a backup gives the same numbers
to other changes. So a cursor also holds a digest of the change that has the sequence, of what never changes in it.
"""

import json
import re
from datetime import UTC
from hashlib import sha256
from typing import Any, NamedTuple, Self

IDENTITY = ("id", "at", "entity", "entity_id", "operation", "request_id")
"""The attributes of a change that its digest is made of, in this order. No write alters them, `purge` included."""

_FORM = re.compile(r"([0-9]{1,18})(?:-([0-9a-f]{8}))?", re.ASCII)


class ChangeCursor(NamedTuple):
    """A position in the change log: right after one change, or before the first.

    Written as `70-1f0c93ab`. A digest that is None is a plain number, of which nothing can be verified.
    """

    sequence: int
    digest: str | None = None
    """8 hexadecimal digits."""

    @classmethod
    def of(cls, change: Any) -> Self:
        """The position right after a change, which has the attributes of `IDENTITY`."""
        sequence, at, entity, entity_id, operation, request_id = (getattr(change, name) for name in IDENTITY)
        time = at.astimezone(UTC).isoformat(timespec="microseconds")
        identity = json.dumps([sequence, time, entity, entity_id, str(operation), request_id], separators=(",", ":"))
        return cls(sequence, sha256(identity.encode()).hexdigest()[:8])

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a cursor or a plain number. Raises ValueError."""
        found = _FORM.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is not a cursor of the change log")
        return cls(int(found[1]), found[2])

    def __str__(self) -> str:
        return str(self.sequence) if self.digest is None else f"{self.sequence}-{self.digest}"


BEGINNING = ChangeCursor(0)
"""Before the first change of any log."""
