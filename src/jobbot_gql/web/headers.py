"""Request headers, decoded once per request."""

from starlette.types import Scope

_KEY = "jobbot_gql.headers"


def headers_of(scope: Scope) -> dict[str, str]:
    """Header values by lower-case name. Repeated headers are joined by commas (RFC 9110, section 5.3).

    A joined value fails the check of a header that must occur once.
    """
    found: dict[str, str] | None = scope.get(_KEY)
    if found is None:
        found = {}
        for raw_name, raw_value in scope["headers"]:
            name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
            found[name] = f"{found[name]}, {value}" if name in found else value
        scope[_KEY] = found
    return found
