"""The headers of a request, read once for all who look at them."""

from starlette.types import Scope

_KEY = "jobbot_gql.headers"


def headers_of(scope: Scope) -> dict[str, str]:
    """The headers by their names in small letters; the values of one that came several times are joined by commas.

    So RFC 9110, section 5.3, has it, and who expects a single value finds one that cannot be right.
    """
    found: dict[str, str] | None = scope.get(_KEY)
    if found is None:
        found = {}
        for raw_name, raw_value in scope["headers"]:
            name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
            found[name] = f"{found[name]}, {value}" if name in found else value
        scope[_KEY] = found
    return found
