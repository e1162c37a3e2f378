"""Cursors of the change log, which can be verified after the database was restored or replaced.

A sequence alone does not identify a change: a database that was restored from a backup uses the same sequences for
other changes. A cursor therefore also has a digest of the change's immutable columns.
"""

import json
import re
from datetime import UTC
from hashlib import sha256
from typing import Any, NamedTuple, Self

IDENTITY = ("id", "at", "entity", "entity_id", "operation", "request_id")
"""Attributes of a change in its digest, in order. No write changes them, `purge` included."""

_FORM = re.compile(r"([0-9]{1,18})(?:-([0-9a-f]{8}))?", re.ASCII)


class ChangeCursor(NamedTuple):
    """A position in the change log: right after a change, or before the first one.

    Formatted as `70-1f0c93ab`. Without a digest it is a plain sequence, which cannot be verified.
    """

    sequence: int
    digest: str | None = None
    """8 hexadecimal digits."""

    @classmethod
    def of(cls, change: Any) -> Self:
        """Cursor right after a change with the attributes of `IDENTITY`."""
        sequence, at, entity, entity_id, operation, request_id = (getattr(change, name) for name in IDENTITY)
        time = at.astimezone(UTC).isoformat(timespec="microseconds")
        identity = json.dumps(
            [sequence, time, entity, entity_id, str(operation), request_id],
            separators=(",", ":"),
            default=repr,  # bytes that another program has stored
        )
        return cls(sequence, sha256(identity.encode()).hexdigest()[:8])

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse a cursor or a plain sequence. Raises ValueError."""
        found = _FORM.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is not a cursor of the change log")
        return cls(int(found[1]), found[2])

    def __str__(self) -> str:
        return str(self.sequence) if self.digest is None else f"{self.sequence}-{self.digest}"


BEGINNING = ChangeCursor(0)
"""Cursor before the first change."""
