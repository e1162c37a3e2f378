"""Types and validators of settings."""

import re
from ipaddress import IPv6Address, ip_address
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field

from jobbot_gql.db.url import normalise

LOOPBACK: Final = ("localhost", "127.0.0.1", "[::1]")
ORIGIN_SCHEMES: Final = ("http", "https", "chrome-extension", "moz-extension", "tauri")
"""Schemes of origins whose pages may be allowed."""
_PORTS: Final = {"http": "80", "https": "443"}
_EVERY_ADDRESS: Final = ("0.0.0.0", "::")  # noqa: S104 - compared with, not bound to


def supported_url(url: str) -> str:
    """Check that a database URL is supported. Raises DatabaseUrlError."""
    normalise(url)
    return url


def host_name(text: str) -> str:
    """A host name in lower case, or an IP address; IPv6 without its brackets."""
    try:
        return str(IPv6Address(text.removeprefix("[").removesuffix("]")))
    except ValueError:
        if re.fullmatch(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?", text.lower()):
            return text.lower()
        raise ValueError("must be a host name or an IP address, without scheme and port") from None


def is_loopback(host: str) -> bool:
    """Whether a host is `localhost` or a loopback address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def in_host_header(host: str) -> str:
    """A host in the form of the Host header: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host


def host_header(text: str) -> str:
    """A checked host in the form of the Host header."""
    return in_host_header(host_name(text))


def path_prefix(path: str) -> str:
    """A path without a trailing slash, or `/`."""
    if not re.fullmatch(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*/?", path):
        raise ValueError("must be a path of letters, digits, '.', '_', '~' and '-', such as /jobs")
    return path.rstrip("/") or "/"


def ascending(days: tuple[int, ...]) -> tuple[int, ...]:
    """Check that days are in ascending order."""
    if not days or list(days) != sorted(set(days)):
        raise ValueError("must be days in ascending order")
    return days


def split(value: object) -> object:
    """Split a comma-separated text."""
    return tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value


def split_or_none(value: object) -> object:
    """Split a comma-separated text; `none` is empty."""
    return () if value == "none" else split(value)


def none_or(value: object) -> object:
    """Convert `none` to None."""
    return None if value == "none" else value


def default_allowed_hosts(validated: dict[str, Any]) -> tuple[str, ...]:
    """Loopback names, and the host to listen on unless it means every address."""
    host = validated.get("host", "")  # absent if it is invalid
    own = in_host_header(host)
    return LOOPBACK if host in _EVERY_ADDRESS or own in ("", *LOOPBACK) else (*LOOPBACK, own)


_ORIGIN = re.compile(
    rf"({'|'.join(ORIGIN_SCHEMES)})://(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{{1,5}}))?/?",
)


def origin(text: str) -> str:
    """An origin as browsers send it: lower case, without the scheme's own port."""
    match = _ORIGIN.fullmatch(text.lower())
    if not match:
        raise ValueError(
            f"must be an origin: scheme ({', '.join(ORIGIN_SCHEMES)}), ://, host name or extension id,"
            " and the port if it is not the scheme's own"
        )
    scheme, host, port = match.groups()
    return f"{scheme}://{host}" + (f":{port}" if port not in (None, _PORTS.get(scheme)) else "")


HostHeader = Annotated[str, AfterValidator(host_header)]
Origin = Annotated[str, AfterValidator(origin)]
Days = Annotated[int, Field(ge=1, le=3650)]
Seconds = Annotated[float, Field(gt=0, le=3600)]
