"""How many rows a field returns at once: the same numbers for every list of the API."""

from jobbot_gql.api.types.errors import BadRequest

DEFAULT_PAGE = 25
MAX_PAGE = 250


def checked_size(argument: str, size: int | None, default: int = DEFAULT_PAGE) -> int:
    """The number of rows asked for. Raises BadRequest where it is out of range."""
    if size is None:
        return default
    if not 0 <= size <= MAX_PAGE:
        raise BadRequest(f"{argument} must be 0 to {MAX_PAGE}; got {size}.")
    return size
