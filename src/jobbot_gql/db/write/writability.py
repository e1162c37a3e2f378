"""Whether a database can be written to, as far as the last write tells."""

import logging

from jobbot_gql.db.failures import is_full, is_read_only

log = logging.getLogger("jobbot_gql.db")
log.addHandler(logging.NullHandler())  # a command that fails says so itself


class Writability:
    """Remembers why writes fail, and logs it once, until one succeeds."""

    def __init__(self) -> None:
        self.problem: str | None = None
        """`full` or `read-only`."""

    def failed(self, error: BaseException) -> None:
        """Take note of a transaction that failed, for whatever reason."""
        problem = "full" if is_full(error) else "read-only" if is_read_only(error) else None
        if problem and problem != self.problem:
            self.problem = problem
            log.warning("writes fail", extra={"reason": problem})

    def succeeded(self) -> None:
        """Take note of a transaction that was committed."""
        if self.problem:
            self.problem = None
            log.warning("writes succeed again")
