"""Default and maximum page size, the same for every list of the API."""

from jobbot_gql.api.types.errors import BadRequest

DEFAULT_PAGE = 25
MAX_PAGE = 250


def checked_size(argument: str, size: int | None, default: int = DEFAULT_PAGE) -> int:
    """The requested number of rows, or the default. Raises BadRequest if it is out of range."""
    if size is None:
        return default
    if not 0 <= size <= MAX_PAGE:
        raise BadRequest(f"{argument} must be 0 to {MAX_PAGE}; got {size}.")
    return size
