"""Whether the last write failed because of a full or read-only database."""

import logging

from jobbot_gql.db.failures import is_full, is_read_only

log = logging.getLogger("jobbot_gql.db")
log.addHandler(logging.NullHandler())  # commands report failures themselves


class Writability:
    """Records why writes fail, and logs each change."""

    def __init__(self) -> None:
        self.problem: str | None = None
        """`full` or `read-only`."""

    def failed(self, error: BaseException) -> None:
        """Record the failure of a transaction."""
        problem = "full" if is_full(error) else "read-only" if is_read_only(error) else None
        if problem and problem != self.problem:
            self.problem = problem
            log.warning("writes fail", extra={"reason": problem})

    def succeeded(self) -> None:
        """Record a committed transaction."""
        if self.problem:
            self.problem = None
            log.warning("writes succeed again")
