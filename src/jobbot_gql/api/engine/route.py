"""The routes that an operation can take, and why one takes the fallback."""

from enum import Enum


class Route(Enum):
    """How an operation was executed. `docs/execution.md` states when each route is chosen."""

    PLANNED_TREE = "planned_tree"
    """By its plan; one statement reads several levels."""
    PLANNED_LEVELS = "planned_levels"
    """By its plan, at most one statement for each plan node."""
    INTROSPECTION = "introspection"
    """By graphql-core: it asks about the schema alone."""
    FALLBACK = "fallback"
    """By graphql-core, as a whole or in part, for a `FallbackReason`."""


class FallbackReason(Enum):
    """Why graphql-core executed an operation, or some of its fields."""

    VARIABLES = "variables"
    """The values of the variables are not valid."""
    UNPLANNED_FIELD = "unplanned_field"
    """The plan does not cover a field that is selected."""
    SCHEMA_FIELDS = "schema_fields"
    """Fields about the schema are selected beside others; graphql-core executes the former alone."""
    ERROR = "error"
    """A root field failed on the planned route; graphql-core executes it again and reports the errors."""
    FORCED = "forced"
    """The caller requested it."""
