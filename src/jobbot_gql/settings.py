"""Every setting, once. Nothing else in the project reads the environment or `.env`."""

import os
import re
from collections.abc import Mapping
from difflib import get_close_matches
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NamedTuple

from dotenv.parser import parse_stream
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from jobbot_gql.db.url import DatabaseUrl, DatabaseUrlError, mask_password, normalise

LOOPBACK: Final = ("localhost", "127.0.0.1", "[::1]")
ORIGIN_SCHEMES: Final = ("http", "https", "chrome-extension", "moz-extension", "tauri")
"""Schemes of origins whose pages may be allowed."""
_PORTS: Final = {"http": "80", "https": "443"}
_EVERY_ADDRESS: Final = ("0.0.0.0", "::")  # noqa: S104 - compared with, not bound to


class SettingsError(ValueError):
    """A setting with a wrong value or an unknown name; the message is one line that a person can act on."""


class SettingRow(NamedTuple):
    """One setting as it is shown; every cell is text, secrets are masked."""

    variable: str
    value: str
    source: str
    """default, environment, .env, command line, or the file that `NAME_FILE` names"""
    default: str
    description: str


def _database_url(url: str) -> str:
    normalise(url)
    return url


def _host(text: str) -> str:
    """A host name in lower case, or an IP address; IPv6 without its brackets."""
    try:
        return str(IPv6Address(text.removeprefix("[").removesuffix("]")))
    except ValueError:
        if re.fullmatch(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?", text.lower()):
            return text.lower()
        raise ValueError("must be a host name or an IP address, without scheme and port") from None


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _in_host_header(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _host_header(text: str) -> str:
    return _in_host_header(_host(text))


def _prefix(path: str) -> str:
    """A path without a slash at its end, or `/`."""
    if not re.fullmatch(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*/?", path):
        raise ValueError("must be a path of letters, digits, '.', '_', '~' and '-', such as /jobs")
    return path.rstrip("/") or "/"


def _ascending(days: tuple[int, ...]) -> tuple[int, ...]:
    if not days or list(days) != sorted(set(days)):
        raise ValueError("must be days in ascending order")
    return days


def _split(value: object) -> object:
    return tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value


def _split_or_none(value: object) -> object:
    return () if value == "none" else _split(value)


def _none(value: object) -> object:
    return None if value == "none" else value


def _default_allowed_hosts(validated: dict[str, Any]) -> tuple[str, ...]:
    host = validated.get("host", "")  # absent when it is wrong
    own = _in_host_header(host)
    return LOOPBACK if host in _EVERY_ADDRESS or own in ("", *LOOPBACK) else (*LOOPBACK, own)


_ORIGIN = re.compile(
    rf"({'|'.join(ORIGIN_SCHEMES)})://(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{{1,5}}))?/?",
)


def _origin(text: str) -> str:
    """An origin as browsers send it: lower case, without the scheme's own port."""
    match = _ORIGIN.fullmatch(text.lower())
    if not match:
        raise ValueError(
            f"must be an origin: scheme ({', '.join(ORIGIN_SCHEMES)}), ://, host name or extension id,"
            " and the port if it is not the scheme's own"
        )
    scheme, host, port = match.groups()
    return f"{scheme}://{host}" + (f":{port}" if port not in (None, _PORTS.get(scheme)) else "")


HostHeader = Annotated[str, AfterValidator(_host_header)]
Origin = Annotated[str, AfterValidator(_origin)]
Days = Annotated[int, Field(ge=1, le=3650)]
Seconds = Annotated[float, Field(gt=0, le=3600)]


class Settings(BaseSettings):
    """The settings of one process. `load_settings` reads them; the constructor takes values and reads nothing."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", case_sensitive=True, validate_by_name=True, dotenv_filtering="only_existing"
    )

    database_url: Annotated[str, AfterValidator(_database_url)] = Field(
        default="sqlite:///./jobbot.db",
        validation_alias="DATABASE_URL",
        description="Database URL, of SQLite or PostgreSQL.",
        repr=False,  # it may hold a password
    )
    sqlalchemy_echo: bool = Field(
        default=False, validation_alias="SQLALCHEMY_ECHO", description="Log every SQL statement with its values."
    )
    database_pool_size: int = Field(
        default=20,
        ge=1,
        validation_alias="DATABASE_POOL_SIZE",
        description="Idle database connections that are kept open.",
    )
    database_max_overflow: int = Field(
        default=30,
        ge=0,
        validation_alias="DATABASE_MAX_OVERFLOW",
        description="PostgreSQL connections beyond those; at most the sum of both is open at a time.",
    )
    database_pool_timeout: Seconds = Field(
        default=3.0,
        validation_alias="JOBBOT_DATABASE_POOL_TIMEOUT",
        description="Seconds to wait for a free database connection.",
    )
    host: Annotated[str, AfterValidator(_host)] = Field(
        default="127.0.0.1",
        validation_alias="JOBBOT_HOST",
        description="Address to listen on: a host name or IP address.",
    )
    port: int = Field(
        default=8000,
        ge=0,
        le=65535,
        validation_alias="JOBBOT_PORT",
        description="TCP port to listen on; 0 selects a free port.",
    )
    root_path: Annotated[str, AfterValidator(_prefix)] = Field(
        default="/",
        validation_alias="JOBBOT_ROOT_PATH",
        description="Path prefix that a reverse proxy removes before it passes requests on, such as /jobs.",
    )
    allowed_hosts: Annotated[tuple[HostHeader, ...], NoDecode, BeforeValidator(_split)] = Field(
        default_factory=_default_allowed_hosts,
        validation_alias="JOBBOT_ALLOWED_HOSTS",
        description="Allowed values of the Host header, separated by commas. The default also has JOBBOT_HOST,"
        " unless that means every address.",
    )
    allowed_origins: Annotated[tuple[Origin, ...], NoDecode, BeforeValidator(_split_or_none)] = Field(
        default=(),
        validation_alias="JOBBOT_ALLOWED_ORIGINS",
        description="Allowed origins of browser requests, separated by commas, such as"
        " http://localhost:5173 or chrome-extension://<id>; or none.",
    )
    require_token: bool = Field(
        default=False,
        validation_alias="JOBBOT_REQUIRE_TOKEN",
        description="Require a token on loopback addresses too; needed behind a reverse proxy.",
    )
    insecure_no_auth: bool = Field(
        default=False,
        validation_alias="JOBBOT_INSECURE_NO_AUTH",
        description="Allow access without a token, on any address.",
    )
    max_body_bytes: int = Field(
        default=1_000_000,
        ge=1,
        validation_alias="JOBBOT_MAX_BODY_BYTES",
        description="Maximum size of a request body, in bytes.",
    )
    max_query_length: int = Field(
        default=50_000,
        ge=1,
        validation_alias="JOBBOT_MAX_QUERY_LENGTH",
        description="Maximum length of a GraphQL document, in characters.",
    )
    max_tokens: int = Field(
        default=5_000,
        ge=1,
        validation_alias="JOBBOT_MAX_TOKENS",
        description="Maximum number of tokens in a GraphQL document.",
    )
    max_depth: int = Field(
        default=20,
        ge=1,
        validation_alias="JOBBOT_MAX_DEPTH",
        description="Maximum nesting of selection sets, with fragments expanded.",
    )
    max_fragment_depth: int = Field(
        default=50,
        ge=1,
        validation_alias="JOBBOT_MAX_FRAGMENT_DEPTH",
        description="Maximum nesting of fragment spreads.",
    )
    max_value_depth: int = Field(
        default=20,
        ge=1,
        validation_alias="JOBBOT_MAX_VALUE_DEPTH",
        description="Maximum nesting of lists and objects in arguments and variables.",
    )
    max_fields: int = Field(
        default=1_000,
        ge=1,
        validation_alias="JOBBOT_MAX_FIELDS",
        description="Maximum number of fields in a GraphQL document, with fragments expanded.",
    )
    max_aliases: int = Field(
        default=50,
        ge=1,
        validation_alias="JOBBOT_MAX_ALIASES",
        description="Maximum number of aliases in a GraphQL document, with fragments expanded.",
    )
    max_directives: int = Field(
        default=50,
        ge=1,
        validation_alias="JOBBOT_MAX_DIRECTIVES",
        description="Maximum number of directives in a GraphQL document, with fragments expanded.",
    )
    max_overlaps: int = Field(
        default=50_000,
        ge=1,
        validation_alias="JOBBOT_MAX_OVERLAPS",
        description="Maximum number of pairs of fields with the same response name.",
    )
    max_list_length: int = Field(
        default=2_000,
        ge=1,
        validation_alias="JOBBOT_MAX_LIST_LENGTH",
        description="Maximum number of items in a list in arguments or variables.",
    )
    max_variable_values: int = Field(
        default=50_000,
        ge=1,
        validation_alias="JOBBOT_MAX_VARIABLE_VALUES",
        description="Maximum number of values in the variables of an operation, nested ones included.",
    )
    max_introspections: int = Field(
        default=2,
        ge=1,
        validation_alias="JOBBOT_MAX_INTROSPECTIONS",
        description="Maximum introspection in a GraphQL document, in multiples of the full introspection query.",
    )
    max_cost: int = Field(
        default=200_000,
        ge=1,
        validation_alias="JOBBOT_MAX_COST",
        description="Maximum number of values that an operation could return: each field counts once per object.",
    )
    max_cached_documents: int = Field(
        default=1_000,
        ge=0,
        validation_alias="JOBBOT_MAX_CACHED_DOCUMENTS",
        description="Maximum number of valid GraphQL documents in the cache; the least recently used is dropped.",
    )
    max_cached_bytes: int = Field(
        default=64_000_000,
        ge=0,
        validation_alias="JOBBOT_MAX_CACHED_BYTES",
        description="Approximate maximum memory of cached GraphQL documents, in bytes.",
    )
    max_response_bytes: int = Field(
        default=32_000_000,
        ge=1_000,
        validation_alias="JOBBOT_MAX_RESPONSE_BYTES",
        description="Maximum size of the answer to an operation, in bytes.",
    )
    trusted_documents: Annotated[Path | None, BeforeValidator(_none)] = Field(
        default=None,
        validation_alias="JOBBOT_TRUSTED_DOCUMENTS",
        description="Folder of manifests of persisted documents; only the operations in them are executed; or none.",
    )
    execution_timeout: Seconds = Field(
        default=5.0,
        validation_alias="JOBBOT_EXECUTION_TIMEOUT",
        description="Time limit of a GraphQL operation, in seconds.",
    )
    receive_timeout: Seconds = Field(
        default=20.0,
        validation_alias="JOBBOT_RECEIVE_TIMEOUT",
        description="Time limit for sending a request, in seconds.",
    )
    send_timeout: Seconds = Field(
        default=20.0,
        validation_alias="JOBBOT_SEND_TIMEOUT",
        description="Seconds without progress after which a client that does not read its answers is disconnected.",
    )
    max_unread_bytes: int = Field(
        default=256_000_000,
        ge=1_000_000,
        validation_alias="JOBBOT_MAX_UNREAD_BYTES",
        description="Maximum memory for answers that slow clients have not read, in bytes, of all connections"
        " together; beyond it the connection with the most is closed.",
    )
    ping_timeout: Seconds = Field(
        default=20.0,
        validation_alias="JOBBOT_PING_TIMEOUT",
        description="Seconds between pings to a WebSocket, and the time limit for its pong.",
    )
    graceful_shutdown: int = Field(
        default=10,
        ge=0,
        le=3600,
        validation_alias="JOBBOT_GRACEFUL_SHUTDOWN",
        description="Seconds that running requests have to finish when the server stops.",
    )
    log_format: Literal["auto", "json", "text"] = Field(
        default="auto",
        validation_alias="JOBBOT_LOG_FORMAT",
        description="json: one JSON object per line; text: human-readable lines; auto: text on a terminal, else json.",
    )
    slow_ms: float = Field(
        default=1000,
        ge=0,
        validation_alias="JOBBOT_SLOW_MS",
        description="Milliseconds from which an operation is logged as slow, with details.",
    )
    follow_up_days: Annotated[tuple[Days, ...], NoDecode, BeforeValidator(_split), AfterValidator(_ascending)] = Field(
        default=(7, 14, 21),
        validation_alias="JOBBOT_FOLLOW_UP_DAYS",
        description="Days after an application's last activity when follow-ups fall due, separated by commas."
        " No effect yet: reserved for follow-ups.",
    )
    archive_after_days: Days = Field(
        default=30,
        validate_default=True,
        validation_alias="JOBBOT_ARCHIVE_AFTER_DAYS",
        description="Days after an application's last activity when archiving is suggested."
        " No effect yet: reserved for follow-ups.",
    )

    _sources: dict[str, str] = PrivateAttr(default_factory=dict)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)

    @field_validator("archive_after_days")
    @classmethod
    def _archive_after_the_last_follow_up(cls, days: int, info: ValidationInfo) -> int:
        last = max(info.data.get("follow_up_days", (0,)))
        if days < last:
            raise ValueError(f"must not be before the last of JOBBOT_FOLLOW_UP_DAYS, {last}")
        return days

    @field_validator("insecure_no_auth")
    @classmethod
    def _not_both(cls, insecure: bool, info: ValidationInfo) -> bool:
        if insecure and info.data.get("require_token"):
            raise ValueError("must not be set together with JOBBOT_REQUIRE_TOKEN")
        return insecure

    @property
    def needs_token(self) -> bool:
        """Whether every request needs a token, whoever sends it."""
        return not self.insecure_no_auth and (self.require_token or not _is_loopback(self.host))

    @property
    def database(self) -> DatabaseUrl:
        return normalise(self.database_url)


def traces_exporter(env: Mapping[str, str] = os.environ) -> str | None:
    """The exporter that OpenTelemetry's own variables ask for, if they ask for traces at all."""
    if env.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return None
    wanted = any(env.get(name) for name in ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"))
    exporter = env.get("OTEL_TRACES_EXPORTER") or ("otlp" if wanted else "none")
    return None if exporter == "none" else exporter


VARIABLES: Final = {name: str(field.validation_alias) for name, field in Settings.model_fields.items()}
"""The environment variable of each field of Settings."""
SECRETS: Final = tuple(VARIABLES[name] for name, field in Settings.model_fields.items() if not field.repr)
"""The variables whose values may be secret: `NAME_FILE` may name a file with the value of each."""


def load_settings(
    env: Mapping[str, str] | None = None, dotenv: Path | None = Path(".env"), **overrides: object
) -> Settings:
    """Read the settings: `overrides` (field names; None is not given) win over `env`, `env` over the file `dotenv`.

    `env` is the process's environment if it is None; a `dotenv` that does not exist is none. White space around a
    value is dropped. `DATABASE_URL_FILE` names a file with the value of DATABASE_URL, as Docker and systemd mount
    secrets. An empty value is an error and does not stand for the default: where a deployment forgets to fill
    DATABASE_URL, starting on an empty SQLite file would look like the loss of all data.

    Raises SettingsError.
    """
    environment = EnvSettingsSource(Settings)
    if env is not None:
        environment.env_vars = env
    file = DotEnvSettingsSource(Settings, env_file=_checked(dotenv))
    given: dict[str, object] = {}
    sources: dict[str, str] = {}
    for source, variables in (
        (".env", file.env_vars),
        ("environment", environment.env_vars),
        ("command line", {VARIABLES[name]: value for name, value in overrides.items() if value is not None}),
    ):
        for variable, value in variables.items():
            secret = variable.removesuffix("_FILE")
            if variable in VARIABLES.values():
                given[variable] = _filled(variable, value, source)
                sources[variable] = source
            elif secret in SECRETS:
                if secret in variables:
                    raise SettingsError(f"{secret} and {variable} must not both be set ({source}); remove one of them")
                given[secret] = _filled(secret, _content(variable, value, source), f"file {value}")
                sources[secret] = f"file {value}"
            elif variable.upper().startswith("JOBBOT_"):
                nearest = get_close_matches(variable.upper(), VARIABLES.values(), n=1, cutoff=0)[0]
                raise SettingsError(f"{variable} is not a setting ({source}); the nearest is {nearest}")
    try:
        settings = Settings.model_validate(given)
    except ValidationError as error:
        raise _first_problem(error, sources) from None
    settings._sources.update(sources)
    return settings


def describe(settings: Settings) -> list[SettingRow]:
    """Every setting with its value, where that comes from, and its default, in the order of Settings."""
    values = dict(settings)
    return [
        SettingRow(
            variable=VARIABLES[name],
            value=_shown(VARIABLES[name], values[name]),
            source=settings._sources.get(VARIABLES[name], "default"),
            default=_shown(VARIABLES[name], field.get_default(call_default_factory=True, validated_data=values)),
            description=field.description or "",
        )
        for name, field in Settings.model_fields.items()
    ]


def _checked(dotenv: Path | None) -> Path | None:
    """Refuse what python-dotenv would skip with a mere warning: an unreadable line may have been DATABASE_URL's."""
    if dotenv is None or not dotenv.exists():
        return None
    try:
        with dotenv.open(encoding="utf-8") as file:
            wrong = next((binding for binding in parse_stream(file) if binding.error), None)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{dotenv} must be a readable text file in UTF-8 ({error})") from None
    if wrong:
        raise SettingsError(f"{dotenv} must have NAME=value in line {wrong.original.line}")
    return dotenv


def _content(variable: str, value: object, source: str) -> str:
    """The content of the file that a variable names."""
    path = str(_filled(variable, value, source))
    try:
        return Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not text in UTF-8"
        raise SettingsError(f"{variable} must name a readable text file ({source}); {path!r}: {reason}") from None


def _filled(variable: str, value: object, source: str) -> object:
    if isinstance(value, str):
        value = value.strip()
    if value in ("", None):
        raise SettingsError(f"{variable} must not be empty ({source}); omit it to use the default")
    return value


def _first_problem(error: ValidationError, sources: Mapping[str, str]) -> SettingsError:
    problem = error.errors()[0]
    place = str(problem["loc"][0])  # the variable, or the field where its default is wrong
    variable = VARIABLES.get(place, place)
    cause = problem.get("ctx", {}).get("error")
    if isinstance(cause, DatabaseUrlError):
        rule = cause.rule
    elif isinstance(cause, ValueError):
        rule = str(cause)
    else:
        rule = problem["msg"].partition(",")[0].replace("Input should", "must")
    source = sources.get(variable, "default")
    return SettingsError(f"{variable} {rule}; got {_shown(variable, problem['input'])!r} ({source})")


def _shown(variable: str, value: object) -> str:
    """The value as one would write it in the environment, its secrets masked."""
    if isinstance(value, tuple):
        return ",".join(map(str, value)) or "none"
    if value is None:
        return "none"
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return mask_password(text) if variable == "DATABASE_URL" else text
