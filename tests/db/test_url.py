from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import URL
from sqlalchemy.dialects import registry

from jobbot_gql.db.url import (
    POSTGRESQL_SCHEMES,
    SQLITE_SCHEMES,
    DatabaseUrl,
    DatabaseUrlError,
    mask_password,
    normalise,
)


def asyncpg_arguments(url: str) -> dict[str, Any]:
    """What asyncpg.connect gets in the end: SQLAlchemy's reading of the URL, and the arguments beside it."""
    database = normalise(url)
    dialect = registry.load("postgresql.asyncpg")()
    arguments: dict[str, Any] = dialect.create_connect_args(database.url)[1]
    assert not arguments.keys() & database.connect_args.keys()
    return arguments | database.connect_args


@pytest.mark.parametrize(
    ("url", "file", "path"),
    [
        ("sqlite:///./jobbot.db", "./jobbot.db", Path("jobbot.db")),
        ("sqlite+aiosqlite:///data/jobbot.db", "data/jobbot.db", Path("data/jobbot.db")),
        ("sqlite+pysqlite:///jobbot.db", "jobbot.db", Path("jobbot.db")),
        ("SQLite:///jobbot.db", "jobbot.db", Path("jobbot.db")),
        ("sqlite:////srv/jobbot.db", "/srv/jobbot.db", Path("/srv/jobbot.db")),
        ("sqlite:///a@b.db", "a@b.db", Path("a@b.db")),
        ("sqlite:///C:/jobs/jobbot.db", "C:/jobs/jobbot.db", Path("C:/jobs/jobbot.db")),
        ("sqlite:///:memory:", ":memory:", None),
        ("sqlite+aiosqlite:///:memory:", ":memory:", None),
        ("sqlite://", ":memory:", None),
    ],
)
def test_sqlite(url: str, file: str, path: Path | None) -> None:
    database = normalise(url)
    assert database.url == URL.create("sqlite+aiosqlite", database=file)
    assert database.connect_args == {}
    assert database.is_sqlite
    assert database.sqlite_path == path


@pytest.mark.parametrize("scheme", sorted(POSTGRESQL_SCHEMES))
def test_every_postgresql_scheme_becomes_asyncpg(scheme: str) -> None:
    database = normalise(f"{scheme}://ada:pw@db.example:5433/jobbot")
    assert database.url.render_as_string(hide_password=False) == "postgresql+asyncpg://ada:pw@db.example:5433/jobbot"
    assert database.connect_args == {}
    assert not database.is_sqlite
    assert database.sqlite_path is None


@pytest.mark.parametrize(
    ("url", "arguments"),
    [
        ("postgresql://localhost", {"host": "localhost"}),
        ("postgresql://", {}),
        ("postgresql:///jobbot", {"database": "jobbot"}),
        ("postgresql://[::1]:5432/jobbot", {"host": "::1", "port": 5432, "database": "jobbot"}),
        # Unix sockets: libpq's two ways to write one
        ("postgresql:///jobbot?host=/run/pg", {"host": "/run/pg", "database": "jobbot"}),
        ("postgresql:///jobbot?host=/run/pg&port=5433", {"host": "/run/pg", "port": 5433, "database": "jobbot"}),
        ("postgresql://%2Frun%2Fpg/jobbot", {"host": "/run/pg", "port": 5432, "database": "jobbot"}),
        ("postgresql://ada@%2Frun%2Fpg:5433", {"host": "/run/pg", "port": 5433, "user": "ada"}),
        # several hosts, as SQLAlchemy and libpq write them
        ("postgresql:///db?host=a:1&host=b:2", {"host": ["a", "b"], "port": [1, 2], "database": "db"}),
        ("postgresql:///db?host=a,b&port=1,2", {"host": ["a", "b"], "port": [1, 2], "database": "db"}),
        # the address as parameters
        (
            "postgresql://h?user=ada&password=p%40w&dbname=d",
            {"host": "h", "user": "ada", "password": "p@w", "database": "d"},
        ),
        ("postgresql://h?sslmode=disable", {"host": "h", "ssl": "disable"}),
        ("postgresql://h?sslmode=allow", {"host": "h", "ssl": "allow"}),
        ("postgresql://h?sslmode=prefer", {"host": "h", "ssl": "prefer"}),
        ("postgresql://h?sslmode=require", {"host": "h", "ssl": "require"}),
        ("postgresql://h?sslmode=verify-ca", {"host": "h", "ssl": "verify-ca"}),
        ("postgresql://h?sslmode=verify-full", {"host": "h", "ssl": "verify-full"}),
        ("postgresql+asyncpg://h?ssl=require", {"host": "h", "ssl": "require"}),
        ("postgresql://h?sslmode=disable&sslmode=require", {"host": "h", "ssl": "require"}),
        ("postgresql://h?sslmode=verify-full&sslrootcert=system", {"host": "h", "ssl": True}),
        ("postgresql://h?sslrootcert=system", {"host": "h", "ssl": True}),
        (
            "postgresql://h?sslmode=require&ssl_min_protocol_version=TLSv1.3",
            {"host": "h", "ssl": "require", "dsn": "postgresql://?ssl_min_protocol_version=TLSv1.3"},
        ),
        ("postgresql://h?connect_timeout=7", {"host": "h", "timeout": 7}),
        ("postgresql://h?connect_timeout=0", {"host": "h", "timeout": None}),
        ("postgresql://h?channel_binding=require&gssencmode=disable", {"host": "h"}),
        (
            "postgresql://h?application_name=a@b&options=-c%20statement_timeout%3D5s%20-c%20jit%3Doff",
            {
                "host": "h",
                "server_settings": {"application_name": "a@b", "options": "-c statement_timeout=5s -c jit=off"},
            },
        ),
        ("postgresql://h?target_session_attrs=read-write", {"host": "h", "target_session_attrs": "read-write"}),
        ("postgresql://h?passfile=/etc/pgpass", {"host": "h", "passfile": "/etc/pgpass"}),
        (
            "postgresql://h?statement_cache_size=0&prepared_statement_cache_size=0",
            {"host": "h", "statement_cache_size": 0, "prepared_statement_cache_size": 0},
        ),
    ],
)
def test_postgresql_parameters(url: str, arguments: dict[str, Any]) -> None:
    assert asyncpg_arguments(url) == arguments


def test_certificates_reach_asyncpg_in_its_own_form(tmp_path: Path) -> None:
    authority, certificate, key = (tmp_path / name for name in ("root ca.crt", "client.crt", "client.key"))
    for file in (authority, certificate, key):
        file.touch()
    url = (
        f"postgresql://h?sslmode=verify-ca&sslrootcert={authority}&sslcert={certificate}&sslkey={key}&sslpassword=a%26b"
    )
    folder = quote(str(tmp_path), safe="")
    assert normalise(url).connect_args == {
        "ssl": "verify-ca",
        "dsn": f"postgresql://?sslrootcert={folder}%2Froot+ca.crt&sslcert={folder}%2Fclient.crt"
        f"&sslkey={folder}%2Fclient.key&sslpassword=a%26b",
    }


@given(password=st.text(st.characters(codec="utf-8"), min_size=1))
def test_an_encoded_password_arrives_as_it_is(password: str) -> None:
    url = f"postgresql://ada:{quote(password, safe='')}@localhost:5432/jobbot?sslmode=disable"
    assert asyncpg_arguments(url) == {
        "user": "ada",
        "password": password,
        "host": "localhost",
        "port": 5432,
        "database": "jobbot",
        "ssl": "disable",
    }
    assert mask_password(url) == "postgresql://ada:***@localhost:5432/jobbot?sslmode=disable"


FORM = "must be a URL such as sqlite:///./jobbot.db or postgresql://user:password@host/database"
SCHEME = "must start with sqlite:// or postgresql://"
SLASHES = "must have three slashes before a relative path (sqlite:///./jobbot.db) and four before an absolute one"
PORT = "must have a port from 1 to 65535 (and special characters of a password written as %XX)"
SYSTEM = "must have sslmode=verify-full and no client certificate with sslrootcert=system"


@pytest.mark.parametrize(
    ("url", "rule", "shown"),
    [
        ("", FORM, ""),
        ("jobbot.db", FORM, "jobbot.db"),
        ("sqlite:jobbot.db", FORM, "sqlite:jobbot.db"),
        (" sqlite:///jobbot.db", FORM, " sqlite:///jobbot.db"),
        ("'postgresql://ada:pw@h/db'", FORM, "'postgresql://ada:***@h/db'"),
        ("ada:pw@localhost/db", FORM, "ada:***@localhost/db"),
        ("host=h user=ada password='p w' dbname=db", FORM, "host=h user=ada password=*** dbname=db"),
        ("mysql://ada:pw@localhost/db", SCHEME, "mysql://ada:***@localhost/db"),
        ("postgresql+aiopg://ada:pw@localhost/db", SCHEME, "postgresql+aiopg://ada:***@localhost/db"),
        ("sqlite+pysqlcipher:///x.db", SCHEME, "sqlite+pysqlcipher:///x.db"),
        ("sqlite://jobbot.db", SLASHES, "sqlite://jobbot.db"),
        ("sqlite://srv/jobbot.db", SLASHES, "sqlite://srv/jobbot.db"),
        ("sqlite:///", "must name a file (sqlite:///./jobbot.db) or be sqlite:///:memory:", "sqlite:///"),
        ("sqlite:///a.db?mode=ro", "must have no parameters for SQLite (it has mode)", "sqlite:///a.db?mode=ro"),
        ("postgresql://h:0/db", PORT, "postgresql://h:0/db"),
        ("postgresql://h:70000/db", PORT, "postgresql://h:70000/db"),
        ("postgresql:///db?host=/s&port=x", PORT, "postgresql:///db?host=/s&port=x"),
        ("postgresql:///db?host=a,b&port=1,70000", PORT, "postgresql:///db?host=a,b&port=1,70000"),
        # what stands where a port should may be a password
        ("postgresql://ada:pw/db", PORT, "postgresql://ada:***/db"),
        ("postgresql://ada:p?w@h/db", PORT, "postgresql://ada:***@h/db"),
        (
            "postgresql://ada:p@w@h/db",
            "must have special characters of its password written as %XX (@ is %40)",
            "postgresql://ada:***@h/db",
        ),
        (
            "postgresql://ada:pw@h/db?sslmode=on",
            "must have sslmode one of disable, allow, prefer, require, verify-ca, verify-full",
            "postgresql://ada:***@h/db?sslmode=on",
        ),
        (
            "postgresql://h/db?ssl_min_protocol_version=1.2",
            "must have ssl_min_protocol_version one of TLSv1, TLSv1.1, TLSv1.2, TLSv1.3",
            "postgresql://h/db?ssl_min_protocol_version=1.2",
        ),
        (
            "postgresql://h/db?target_session_attrs=master",
            "must have target_session_attrs one of any, primary, standby, prefer-standby, read-only, read-write",
            "postgresql://h/db?target_session_attrs=master",
        ),
        (
            "postgresql://h/db?connect_timeout=-1",
            "must have connect_timeout a whole number from 0",
            "postgresql://h/db?connect_timeout=-1",
        ),
        (
            "postgresql://h/db?sslrootcert=/nowhere/root.crt&sslpassword=pw",
            "must have sslrootcert the path of a file that exists",
            "postgresql://h/db?sslrootcert=/nowhere/root.crt&sslpassword=***",
        ),
        (
            "postgresql://h/db?sslcert=system",
            "must have sslcert the path of a file that exists",
            "postgresql://h/db?sslcert=system",
        ),
        (
            "postgresql://h/db?sslrootcert=system&sslmode=require",
            SYSTEM,
            "postgresql://h/db?sslrootcert=system&sslmode=require",
        ),
    ],
)
def test_a_wrong_url_names_variable_rule_and_value(url: str, rule: str, shown: str) -> None:
    with pytest.raises(DatabaseUrlError) as caught:
        normalise(url)
    assert str(caught.value) == f"DATABASE_URL {rule}; got {shown!r}"
    assert caught.value.rule == rule
    assert isinstance(caught.value, ValueError)


def test_an_unknown_parameter_is_rejected_with_the_known_ones() -> None:
    with pytest.raises(DatabaseUrlError) as caught:
        normalise("postgresql://ada:pw@h/db?schema=public")
    assert str(caught.value) == (
        "DATABASE_URL must have no parameter 'schema' (known: application_name, channel_binding, connect_timeout,"
        " dbname, gssencmode, host, options, passfile, password, port, prepared_statement_cache_size, ssl,"
        " ssl_max_protocol_version, ssl_min_protocol_version, sslcert, sslcrl, sslkey, sslmode, sslnegotiation,"
        " sslpassword, sslrootcert, statement_cache_size, target_session_attrs, user);"
        " got 'postgresql://ada:***@h/db?schema=public'"
    )


@given(url=st.text(st.sampled_from("sqlitepogr+:/@?&=%[]#,. -5*")) | st.text())
def test_any_text_is_read_or_rejected_with_one_line(url: str) -> None:
    try:
        assert isinstance(normalise(url), DatabaseUrl)
    except DatabaseUrlError as error:
        assert len(str(error).splitlines()) == 1  # noqa: PT017 - both outcomes are right, each with its own promise


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        *((f"{scheme}:///./jobbot.db", f"{scheme}:///./jobbot.db") for scheme in sorted(SQLITE_SCHEMES)),
        ("postgresql://ada@localhost/db", "postgresql://ada@localhost/db"),
        ("postgresql://[::1]:5432/db", "postgresql://[::1]:5432/db"),
        ("postgresql://ada:pw@[::1]:5432/db", "postgresql://ada:***@[::1]:5432/db"),
        ("postgresql://:pw@h/db", "postgresql://:***@h/db"),
        ("postgresql://a:p@w:x/y?z#@h/db", "postgresql://a:***@h/db"),
        ("postgresql://h/db?password=pw&user=ada", "postgresql://h/db?password=***&user=ada"),
        ("postgresql://h:5432", "postgresql://h:5432"),
    ],
)
def test_mask_password(url: str, masked: str) -> None:
    assert mask_password(url) == masked
