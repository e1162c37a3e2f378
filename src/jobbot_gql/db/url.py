"""Parser of DATABASE_URL.

PostgreSQL URLs follow libpq (PostgreSQL documentation, "Connection URIs" and "Parameter Key Words"). asyncpg accepts
most of these parameters only in a DSN, not as the keyword arguments into which SQLAlchemy converts the query of a URL.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import unquote, urlencode

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

SQLITE_SCHEMES: Final = {"sqlite", "sqlite+aiosqlite", "sqlite+pysqlite"}
POSTGRESQL_SCHEMES: Final = {
    "postgres",
    "postgresql",
    "postgresql+asyncpg",
    "postgresql+pg8000",
    "postgresql+psycopg",
    "postgresql+psycopg2",
}

_TLS_VERSIONS: Final = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
_CHOICES: Final[dict[str, Sequence[str]]] = {
    "ssl_max_protocol_version": _TLS_VERSIONS,
    "ssl_min_protocol_version": _TLS_VERSIONS,
    "sslmode": ("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
    "sslnegotiation": ("postgres", "direct"),
    "target_session_attrs": ("any", "primary", "standby", "prefer-standby", "read-only", "read-write"),
}
_FILES: Final[tuple[str, ...]] = ("sslrootcert", "sslcert", "sslkey", "sslcrl")
_DSN: Final[tuple[str, ...]] = (
    *_FILES,
    "sslpassword",
    "sslnegotiation",
    "ssl_min_protocol_version",
    "ssl_max_protocol_version",
)
_NUMBERS: Final = ("connect_timeout", "prepared_statement_cache_size", "statement_cache_size")
_ADDRESS: Final = ("user", "password", "dbname")
_KEPT: Final = ("host", "port", "prepared_statement_cache_size")  # SQLAlchemy reads these itself
_DROPPED: Final = ("channel_binding", "gssencmode")  # asyncpg has neither
_OTHERS: Final = ("application_name", "options", "passfile", "ssl")
_KNOWN: Final = frozenset({*_CHOICES, *_DSN, *_NUMBERS, *_ADDRESS, *_KEPT, *_DROPPED, *_OTHERS})


class DatabaseUrlError(ValueError):
    """An invalid database URL. The message is the rule and the value with a masked password."""

    def __init__(self, rule: str, url: str) -> None:
        self.rule = rule
        super().__init__(f"DATABASE_URL {rule}; got {mask_password(url)!r}")


class DatabaseUrl(NamedTuple):
    """A parsed database URL: URL and `connect_args` for `create_async_engine`."""

    url: URL
    connect_args: dict[str, Any]

    @property
    def is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @property
    def sqlite_path(self) -> Path | None:
        """The SQLite file; None for an in-memory database and for PostgreSQL."""
        if not self.is_sqlite or self.url.database in (None, ":memory:"):
            return None
        return Path(self.url.database)


def normalise(url: str) -> DatabaseUrl:
    """Parse a database URL of SQLite, libpq or SQLAlchemy, and set the drivers aiosqlite and asyncpg.

    Raises DatabaseUrlError if the URL is invalid. Does not connect.
    """
    parsed = _parse(url)
    scheme = parsed.drivername.lower()
    if scheme in SQLITE_SCHEMES:
        return _sqlite(parsed, url)
    if scheme in POSTGRESQL_SCHEMES:
        return _postgresql(parsed, url)
    raise DatabaseUrlError("must start with sqlite:// or postgresql://", url)


def mask_password(url: str) -> str:
    """Replace everything that may be a password with `***`. The URL may be invalid."""
    url = re.sub(r"((?:^|//)[^:/@\[]*:)(?!//).*@", r"\1***@", url, flags=re.DOTALL)
    url = re.sub(r"(//[^:/?@\[]*:)(?!\d*(?:[/?]|$)|\*\*\*@)[^/?@]*", r"\1***", url)
    return re.sub(r"(password\s*=\s*)('[^']*'?|[^&\s]*)", r"\1***", url, flags=re.IGNORECASE)


def _parse(url: str) -> URL:
    address, mark, query = url.partition("?")
    try:
        # make_url would treat an @ in the query as the end of the password
        return make_url(address + mark + query.replace("@", "%40"))
    except ArgumentError:
        raise DatabaseUrlError(
            "must be a URL such as sqlite:///./jobbot.db or postgresql://user:password@host/database", url
        ) from None
    except ValueError:
        raise _port_error(url) from None


def _port_error(url: str) -> DatabaseUrlError:
    return DatabaseUrlError(
        "must have a port from 1 to 65535 (and special characters of a password written as %XX)", url
    )


def _sqlite(parsed: URL, url: str) -> DatabaseUrl:
    if parsed.host or parsed.port or parsed.username or parsed.password:
        raise DatabaseUrlError(
            "must have three slashes before a relative path (sqlite:///./jobbot.db) and four before an absolute one",
            url,
        )
    if parsed.database == "":
        raise DatabaseUrlError("must name a file (sqlite:///./jobbot.db) or be sqlite:///:memory:", url)
    if parsed.query:
        raise DatabaseUrlError(f"must have no parameters for SQLite (it has {', '.join(parsed.query)})", url)
    return DatabaseUrl(parsed.set(drivername="sqlite+aiosqlite", database=parsed.database or ":memory:"), {})


def _postgresql(parsed: URL, url: str) -> DatabaseUrl:
    host = unquote(parsed.host or "")
    if "@" in host:
        raise DatabaseUrlError("must have special characters of its password written as %XX (@ is %40)", url)
    if parsed.port is not None and not 1 <= parsed.port <= 65535:
        raise _port_error(url)
    parameters = _parameters(parsed, url)
    address: dict[str, Any] = {
        "username": parameters.get("user", parsed.username),
        "password": parameters.get("password", parsed.password),
        "host": host or None,
        "port": parsed.port,
        "database": parameters.get("dbname", parsed.database) or None,
    }
    query = {name: value for name, value in parsed.query.items() if name in _KEPT}
    if host.startswith("/"):  # the directory of a Unix socket, percent-encoded as the host
        query |= {"host": host, "port": str(parsed.port or 5432)}
        address |= {"host": None, "port": None}
    return DatabaseUrl(URL.create("postgresql+asyncpg", **address, query=query), _connect_args(parameters, url))


def _parameters(parsed: URL, url: str) -> dict[str, str]:
    """Validated parameters of the query. The last one of a name wins."""
    parameters = {
        name: value if isinstance(value, str) else value[-1]
        for name, value in parsed.query.items()
        if name not in _DROPPED
    }
    if "ssl" in parameters:  # SQLAlchemy's name of sslmode for asyncpg
        parameters.setdefault("sslmode", parameters.pop("ssl"))
    for name, value in parameters.items():
        if name not in _KNOWN:
            raise DatabaseUrlError(f"must have no parameter {name!r} (known: {', '.join(sorted(_KNOWN))})", url)
        if name in _CHOICES and value not in _CHOICES[name]:
            raise DatabaseUrlError(f"must have {name} one of {', '.join(_CHOICES[name])}", url)
        if name == "port" and not all(_is_number(port) and 1 <= int(port) <= 65535 for port in value.split(",")):
            raise _port_error(url)
        if name in _NUMBERS and not _is_number(value):
            raise DatabaseUrlError(f"must have {name} a whole number from 0", url)
        if name in _FILES and not (name == "sslrootcert" and value == "system") and not Path(value).is_file():
            raise DatabaseUrlError(f"must have {name} the path of a file that exists", url)
    return parameters


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _connect_args(parameters: dict[str, str], url: str) -> dict[str, Any]:
    """Keyword arguments of asyncpg for parameters of libpq."""
    arguments: dict[str, Any] = {}
    if "sslmode" in parameters:
        arguments["ssl"] = parameters["sslmode"]
    if parameters.get("sslrootcert") == "system":
        # In libpq: verify with the system's certificate authorities. In asyncpg: ssl=True.
        if parameters.get("sslmode", "verify-full") != "verify-full" or "sslcert" in parameters:
            raise DatabaseUrlError(
                "must have sslmode=verify-full and no client certificate with sslrootcert=system", url
            )
        arguments["ssl"] = True
    elif dsn := {name: parameters[name] for name in _DSN if name in parameters}:
        arguments["dsn"] = f"postgresql://?{urlencode(dsn)}"  # completed by SQLAlchemy's host, port, ...
    # Passed through as libpq does: the server parses `-c name=value`.
    settings = {name: parameters[name] for name in ("application_name", "options") if name in parameters}
    if settings:
        arguments["server_settings"] = settings
    if "connect_timeout" in parameters:
        arguments["timeout"] = int(parameters["connect_timeout"]) or None  # in libpq, 0 means no limit
    if "statement_cache_size" in parameters:
        arguments["statement_cache_size"] = int(parameters["statement_cache_size"])
    return arguments | {name: parameters[name] for name in ("passfile", "target_session_attrs") if name in parameters}
