import re
from pathlib import Path

import pytest

from jobbot_gql.settings import VARIABLES, SettingRow, Settings, SettingsError, describe, load_settings

DOCUMENTATION = Path(__file__).parents[1] / "docs" / "settings.md"


@pytest.fixture(autouse=True)
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def row(settings: Settings, variable: str) -> SettingRow:
    return next(row for row in describe(settings) if row.variable == variable)


def test_defaults() -> None:
    settings = load_settings({})
    assert settings.model_dump() == {
        "database_url": "sqlite:///./jobbot.db",
        "sqlalchemy_echo": False,
        "database_pool_size": 20,
        "database_max_overflow": 30,
        "database_pool_timeout": 3.0,
        "host": "127.0.0.1",
        "port": 8000,
        "root_path": "/",
        "allowed_hosts": ("localhost", "127.0.0.1", "[::1]"),
        "allowed_origins": (),
        "require_token": False,
        "insecure_no_auth": False,
        "max_body_bytes": 1_000_000,
        "max_query_length": 50_000,
        "max_tokens": 5_000,
        "max_depth": 20,
        "max_fragment_depth": 50,
        "max_value_depth": 20,
        "max_fields": 1_000,
        "max_aliases": 50,
        "max_directives": 50,
        "max_overlaps": 50_000,
        "max_list_length": 2_000,
        "max_variable_values": 50_000,
        "max_introspections": 2,
        "max_cost": 200_000,
        "max_cached_documents": 1_000,
        "max_cached_bytes": 64_000_000,
        "max_response_bytes": 32_000_000,
        "trusted_documents": None,
        "execution_timeout": 5.0,
        "export_timeout": 300.0,
        "max_subscriptions": 2_000,
        "max_subscriptions_per_connection": 20,
        "subscription_seconds": 3600.0,
        "receive_timeout": 20.0,
        "send_timeout": 20.0,
        "max_unread_bytes": 256_000_000,
        "ping_timeout": 20.0,
        "graceful_shutdown": 10,
        "log_format": "auto",
        "slow_ms": 1000.0,
        "follow_up_days": (7, 14, 21),
        "archive_after_days": 30,
    }
    assert settings == Settings()
    assert settings.database.sqlite_path == Path("jobbot.db")


def test_every_variable_reaches_its_field() -> None:
    settings = load_settings(
        {
            "DATABASE_URL": " postgres://ada:pw@db.example/jobbot\n",
            "SQLALCHEMY_ECHO": "true",
            "DATABASE_POOL_SIZE": "5",
            "DATABASE_MAX_OVERFLOW": "0",
            "JOBBOT_DATABASE_POOL_TIMEOUT": "2.5",
            "JOBBOT_HOST": "[::2]",
            "JOBBOT_PORT": "0",
            "JOBBOT_ROOT_PATH": "/jobs/",
            "JOBBOT_ALLOWED_HOSTS": "Jobs.Example, 10.0.0.1,[::2],::3",
            "JOBBOT_ALLOWED_ORIGINS": "HTTP://Localhost:5173/, https://a.example:443,http://[::1]:80",
            "JOBBOT_REQUIRE_TOKEN": "no",
            "JOBBOT_INSECURE_NO_AUTH": "yes",
            "JOBBOT_MAX_BODY_BYTES": "4096",
            "JOBBOT_MAX_QUERY_LENGTH": "1",
            "JOBBOT_MAX_TOKENS": "2",
            "JOBBOT_MAX_DEPTH": "3",
            "JOBBOT_MAX_FRAGMENT_DEPTH": "33",
            "JOBBOT_MAX_VALUE_DEPTH": "4",
            "JOBBOT_MAX_FIELDS": "5",
            "JOBBOT_MAX_ALIASES": "6",
            "JOBBOT_MAX_DIRECTIVES": "7",
            "JOBBOT_MAX_OVERLAPS": "8",
            "JOBBOT_MAX_LIST_LENGTH": "9",
            "JOBBOT_MAX_VARIABLE_VALUES": "10",
            "JOBBOT_MAX_INTROSPECTIONS": "11",
            "JOBBOT_MAX_COST": "12",
            "JOBBOT_MAX_CACHED_DOCUMENTS": "13",
            "JOBBOT_MAX_CACHED_BYTES": "14",
            "JOBBOT_MAX_RESPONSE_BYTES": "1500",
            "JOBBOT_TRUSTED_DOCUMENTS": "manifests",
            "JOBBOT_EXECUTION_TIMEOUT": "0.5",
            "JOBBOT_EXPORT_TIMEOUT": "1.5",
            "JOBBOT_MAX_SUBSCRIPTIONS": "15",
            "JOBBOT_MAX_SUBSCRIPTIONS_PER_CONNECTION": "16",
            "JOBBOT_SUBSCRIPTION_SECONDS": "60",
            "JOBBOT_RECEIVE_TIMEOUT": "1",
            "JOBBOT_SEND_TIMEOUT": "2",
            "JOBBOT_MAX_UNREAD_BYTES": "2000000",
            "JOBBOT_PING_TIMEOUT": "3",
            "JOBBOT_GRACEFUL_SHUTDOWN": "0",
            "JOBBOT_LOG_FORMAT": "json",
            "JOBBOT_SLOW_MS": "0",
            "JOBBOT_FOLLOW_UP_DAYS": "3, 10",
            "JOBBOT_ARCHIVE_AFTER_DAYS": "10",
            "PATH": "/usr/bin",
        }
    )
    assert settings.model_dump() == {
        "database_url": "postgres://ada:pw@db.example/jobbot",
        "sqlalchemy_echo": True,
        "database_pool_size": 5,
        "database_max_overflow": 0,
        "database_pool_timeout": 2.5,
        "host": "::2",
        "port": 0,
        "root_path": "/jobs",
        "allowed_hosts": ("jobs.example", "10.0.0.1", "[::2]", "[::3]"),
        "allowed_origins": ("http://localhost:5173", "https://a.example", "http://[::1]"),
        "require_token": False,
        "insecure_no_auth": True,
        "max_body_bytes": 4096,
        "max_query_length": 1,
        "max_tokens": 2,
        "max_depth": 3,
        "max_fragment_depth": 33,
        "max_value_depth": 4,
        "max_fields": 5,
        "max_aliases": 6,
        "max_directives": 7,
        "max_overlaps": 8,
        "max_list_length": 9,
        "max_variable_values": 10,
        "max_introspections": 11,
        "max_cost": 12,
        "max_cached_documents": 13,
        "max_cached_bytes": 14,
        "max_response_bytes": 1_500,
        "trusted_documents": Path("manifests"),
        "execution_timeout": 0.5,
        "export_timeout": 1.5,
        "max_subscriptions": 15,
        "max_subscriptions_per_connection": 16,
        "subscription_seconds": 60.0,
        "receive_timeout": 1.0,
        "send_timeout": 2.0,
        "max_unread_bytes": 2_000_000,
        "ping_timeout": 3.0,
        "graceful_shutdown": 0,
        "log_format": "json",
        "slow_ms": 0.0,
        "follow_up_days": (3, 10),
        "archive_after_days": 10,
    }
    assert settings.database.url.drivername == "postgresql+asyncpg"
    assert {row.source for row in describe(settings)} == {"environment"}


def test_the_process_environment_is_read_when_no_other_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOBBOT_PORT", "8123")
    assert load_settings().port == 8123
    assert load_settings({}).port == 8000
    assert Settings().port == 8000


def test_the_command_line_wins_over_the_environment_and_that_over_the_file(working_folder: Path) -> None:
    (working_folder / ".env").write_text(
        "# comment\nJOBBOT_HOST=file.example\nexport JOBBOT_PORT='1'\nDATABASE_POOL_SIZE=1\nPOSTGRES_PASSWORD=x\n"
    )
    settings = load_settings({"JOBBOT_PORT": "2", "DATABASE_POOL_SIZE": "2"}, database_pool_size=3, host=None)
    assert (settings.host, settings.port, settings.database_pool_size) == ("file.example", 2, 3)
    assert {row.variable: row.source for row in describe(settings) if row.source != "default"} == {
        "JOBBOT_HOST": ".env",
        "JOBBOT_PORT": "environment",
        "DATABASE_POOL_SIZE": "command line",
    }
    assert load_settings({}, dotenv=None).host == "127.0.0.1"
    assert load_settings({}, dotenv=working_folder / ".env").host == "file.example"


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("127.0.0.1", ("localhost", "127.0.0.1", "[::1]")),
        ("::1", ("localhost", "127.0.0.1", "[::1]")),
        ("192.168.0.7", ("localhost", "127.0.0.1", "[::1]", "192.168.0.7")),
        ("2001:db8::0:7", ("localhost", "127.0.0.1", "[::1]", "[2001:db8::7]")),
        ("0.0.0.0", ("localhost", "127.0.0.1", "[::1]")),  # noqa: S104 - nothing is bound
        ("::", ("localhost", "127.0.0.1", "[::1]")),
    ],
)
def test_the_address_listened_on_is_an_allowed_host(host: str, allowed: tuple[str, ...]) -> None:
    settings = load_settings({"JOBBOT_HOST": host})
    assert settings.allowed_hosts == allowed
    assert row(settings, "JOBBOT_ALLOWED_HOSTS")[1:4] == (",".join(allowed), "default", ",".join(allowed))


ORIGIN = (
    "must be an origin: scheme (http, https, chrome-extension, moz-extension, tauri), ://,"
    " host name or extension id, and the port if it is not the scheme's own"
)
HOST = "must be a host name or an IP address, without scheme and port"


@pytest.mark.parametrize(
    ("variable", "value", "rule", "shown"),
    [
        ("DATABASE_URL", "mysql://a:pw@h/d", "must start with sqlite:// or postgresql://", "mysql://a:***@h/d"),
        ("SQLALCHEMY_ECHO", "maybe", "must be a valid boolean", "maybe"),
        ("DATABASE_POOL_SIZE", "-1", "must be greater than or equal to 1", "-1"),
        ("DATABASE_POOL_SIZE", "0", "must be greater than or equal to 1", "0"),
        ("DATABASE_POOL_SIZE", "many", "must be a valid integer", "many"),
        ("DATABASE_MAX_OVERFLOW", "-1", "must be greater than or equal to 0", "-1"),
        ("JOBBOT_DATABASE_POOL_TIMEOUT", "0", "must be greater than 0", "0"),
        ("JOBBOT_DATABASE_POOL_TIMEOUT", "nan", "must be less than or equal to 3600", "nan"),
        ("JOBBOT_HOST", "http://localhost", HOST, "http://localhost"),
        ("JOBBOT_HOST", "localhost:8000", HOST, "localhost:8000"),
        ("JOBBOT_PORT", "70000", "must be less than or equal to 65535", "70000"),
        ("JOBBOT_PORT", "-1", "must be greater than or equal to 0", "-1"),
        ("JOBBOT_PORT", "80.5", "must be a valid integer", "80.5"),
        ("JOBBOT_ALLOWED_HOSTS", "a.example,b.example:80", HOST, "b.example:80"),
        ("JOBBOT_ALLOWED_HOSTS", "a.example,,", HOST, ""),
        ("JOBBOT_ALLOWED_HOSTS", "*", HOST, "*"),
        ("JOBBOT_ALLOWED_ORIGINS", "*", ORIGIN, "*"),
        ("JOBBOT_ALLOWED_ORIGINS", "null", ORIGIN, "null"),
        ("JOBBOT_ALLOWED_ORIGINS", "http://a.example,b.example", ORIGIN, "b.example"),
        ("JOBBOT_ALLOWED_ORIGINS", "http://a.example/path", ORIGIN, "http://a.example/path"),
        ("JOBBOT_MAX_BODY_BYTES", "1 MB", "must be a valid integer", "1 MB"),
        ("JOBBOT_MAX_DEPTH", "0", "must be greater than or equal to 1", "0"),
        ("JOBBOT_EXECUTION_TIMEOUT", "inf", "must be less than or equal to 3600", "inf"),
        ("JOBBOT_EXECUTION_TIMEOUT", "5s", "must be a valid number", "5s"),
        ("JOBBOT_GRACEFUL_SHUTDOWN", "-1", "must be greater than or equal to 0", "-1"),
        ("JOBBOT_FOLLOW_UP_DAYS", "14,7", "must be days in ascending order", "14,7"),
        ("JOBBOT_FOLLOW_UP_DAYS", "7,7", "must be days in ascending order", "7,7"),
        ("JOBBOT_FOLLOW_UP_DAYS", "0,7", "must be greater than or equal to 1", "0"),
        ("JOBBOT_FOLLOW_UP_DAYS", "7;14", "must be a valid integer", "7;14"),
        ("JOBBOT_ARCHIVE_AFTER_DAYS", "20", "must not be before the last of JOBBOT_FOLLOW_UP_DAYS, 21", "20"),
    ],
)
def test_a_wrong_value_is_one_line_with_variable_rule_and_value(
    working_folder: Path, variable: str, value: str, rule: str, shown: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({variable: value})
    assert str(caught.value) == f"{variable} {rule}; got {shown!r} (environment)"

    (working_folder / ".env").write_text(f"{variable}='{value}'\n")
    with pytest.raises(SettingsError) as caught:
        load_settings({})
    assert str(caught.value) == f"{variable} {rule}; got {shown!r} (.env)"


def test_a_wrong_value_on_the_command_line_names_its_variable() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({}, port=70000)
    assert str(caught.value) == "JOBBOT_PORT must be less than or equal to 65535; got '70000' (command line)"


def test_a_default_that_another_value_makes_wrong_is_named() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({"JOBBOT_FOLLOW_UP_DAYS": "7,60"})
    assert str(caught.value) == (
        "JOBBOT_ARCHIVE_AFTER_DAYS must not be before the last of JOBBOT_FOLLOW_UP_DAYS, 60; got '30' (default)"
    )


@pytest.mark.parametrize("variable", VARIABLES.values())
@pytest.mark.parametrize("value", ["", " "])
def test_an_empty_value_is_not_the_default(working_folder: Path, variable: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({variable: value})
    assert str(caught.value) == f"{variable} must not be empty (environment); omit it to use the default"

    for line in (f"{variable}={value}\n", f"{variable}\n"):
        (working_folder / ".env").write_text(line)
        with pytest.raises(SettingsError) as caught:
            load_settings({})
        assert str(caught.value) == f"{variable} must not be empty (.env); omit it to use the default"


@pytest.mark.parametrize(
    ("variable", "nearest"),
    [
        ("JOBBOT_PROT", "JOBBOT_PORT"),
        ("jobbot_port", "JOBBOT_PORT"),
        ("JOBBOT_DATABASE_URL", "DATABASE_URL"),
        ("JOBBOT_FOLLOWUP_DAYS", "JOBBOT_FOLLOW_UP_DAYS"),
    ],
)
def test_an_unknown_variable_of_ours_is_rejected(working_folder: Path, variable: str, nearest: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({variable: "1"})
    assert str(caught.value) == f"{variable} is not a setting (environment); the nearest is {nearest}"

    (working_folder / ".env").write_text(f"{variable}=1\n")
    with pytest.raises(SettingsError) as caught:
        load_settings({})
    assert str(caught.value) == f"{variable} is not a setting (.env); the nearest is {nearest}"


def test_a_file_that_is_no_text_is_rejected(working_folder: Path) -> None:
    (working_folder / ".env").write_bytes(b"JOBBOT_HOST=\xff\n")
    with pytest.raises(SettingsError, match=r"^\.env must be a readable text file in UTF-8 \(.*\)$"):
        load_settings({})


def test_a_folder_in_its_place_is_rejected(working_folder: Path) -> None:
    (working_folder / ".env").mkdir()
    with pytest.raises(SettingsError) as caught:
        load_settings({})
    assert str(caught.value) == (".env must be a readable text file in UTF-8 ([Errno 21] Is a directory: '.env')")


@pytest.mark.parametrize("line", ["DATABASE_URL postgresql://ada:pw@h/jobbot", "DATABASE_URL='postgresql://h", "=1"])
def test_a_line_of_the_file_that_cannot_be_read_is_named_and_not_shown(working_folder: Path, line: str) -> None:
    (working_folder / ".env").write_text(f"# ours\nJOBBOT_PORT=1\n{line}\n")
    with pytest.raises(SettingsError) as caught:
        load_settings({})
    assert str(caught.value) == ".env must have NAME=value in line 3"


def test_no_password_is_shown() -> None:
    settings = load_settings({"DATABASE_URL": "postgresql://ada:s3cret@h/jobbot?sslpassword=s3cret"})
    assert row(settings, "DATABASE_URL").value == "postgresql://ada:***@h/jobbot?sslpassword=***"
    assert "s3cret" not in repr(settings)
    assert "s3cret" not in str(settings)
    assert "s3cret" not in str(describe(settings))


def test_what_is_described_can_be_read_back() -> None:
    settings = load_settings({"JOBBOT_HOST": "jobs.example", "JOBBOT_EXECUTION_TIMEOUT": "2.5"})
    again = load_settings({row.variable: row.value for row in describe(settings)})
    assert again.model_dump() == settings.model_dump()


def test_the_documentation_has_exactly_these_settings() -> None:
    section = DOCUMENTATION.read_text().partition("\n## ")[0]
    documented = re.findall(r"^\| `(\w+)` \| `([^`]*)` \| (.+) \|$", section, flags=re.MULTILINE)
    assert documented == [(row.variable, row.default, row.description) for row in describe(load_settings({}))]


def test_a_secret_is_read_from_a_file(working_folder: Path) -> None:
    (working_folder / "secret").write_text("postgresql://ada:s3cret@h/jobbot\n")
    settings = load_settings({"DATABASE_URL_FILE": "secret"})
    assert settings.database_url == "postgresql://ada:s3cret@h/jobbot"
    shown = row(settings, "DATABASE_URL")
    assert (shown.value, shown.source) == ("postgresql://ada:***@h/jobbot", "file secret")

    (working_folder / ".env").write_text("DATABASE_URL_FILE=secret\n")
    assert load_settings({}).database_url == settings.database_url
    assert load_settings({"DATABASE_URL": "sqlite:///x.db"}).database_url == "sqlite:///x.db"  # the environment wins


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "DATABASE_URL_FILE must name a readable text file (environment); 'secret': No such file or directory"),
        ("folder", "DATABASE_URL_FILE must name a readable text file (environment); 'secret': Is a directory"),
        (b"\xff", "DATABASE_URL_FILE must name a readable text file (environment); 'secret': not text in UTF-8"),
        (b" \n", "DATABASE_URL must not be empty (file secret); omit it to use the default"),
        (
            b"mysql://a:s3cret@h/x",
            "DATABASE_URL must start with sqlite:// or postgresql://; got 'mysql://a:***@h/x' (file secret)",
        ),
    ],
)
def test_a_secret_that_cannot_be_read(working_folder: Path, content: bytes | str | None, message: str) -> None:
    if content == "folder":
        (working_folder / "secret").mkdir()
    elif isinstance(content, bytes):
        (working_folder / "secret").write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        load_settings({"DATABASE_URL_FILE": "secret"})
    assert str(caught.value) == message


def test_a_secret_is_not_given_twice(working_folder: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({"DATABASE_URL_FILE": "secret", "DATABASE_URL": "sqlite:///x.db"})
    assert str(caught.value) == (
        "DATABASE_URL and DATABASE_URL_FILE must not both be set (environment); remove one of them"
    )


@pytest.mark.parametrize("variable", ["DATABASE_URL_FILE", "JOBBOT_PORT_FILE"])
def test_an_empty_or_unknown_name_of_a_file(variable: str) -> None:
    with pytest.raises(SettingsError, match=r"must not be empty|is not a setting"):
        load_settings({variable: ""})
