"""The settings: names, types, defaults and descriptions."""

from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from jobbot_gql.db.url import DatabaseUrl, normalise
from jobbot_gql.settings.values import (
    Days,
    HostHeader,
    Origin,
    Seconds,
    ascending,
    default_allowed_hosts,
    host_name,
    is_loopback,
    none_or,
    path_prefix,
    split,
    split_or_none,
    supported_url,
)


class Settings(BaseSettings):
    """The settings of one process. `load_settings` reads them; the constructor only takes values."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", case_sensitive=True, validate_by_name=True, dotenv_filtering="only_existing"
    )

    database_url: Annotated[str, AfterValidator(supported_url)] = Field(
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
    host: Annotated[str, AfterValidator(host_name)] = Field(
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
    root_path: Annotated[str, AfterValidator(path_prefix)] = Field(
        default="/",
        validation_alias="JOBBOT_ROOT_PATH",
        description="Path prefix that a reverse proxy removes before it passes requests on, such as /jobs.",
    )
    allowed_hosts: Annotated[tuple[HostHeader, ...], NoDecode, BeforeValidator(split)] = Field(
        default_factory=default_allowed_hosts,
        validation_alias="JOBBOT_ALLOWED_HOSTS",
        description="Allowed values of the Host header, separated by commas. The default also has JOBBOT_HOST,"
        " unless that means every address.",
    )
    allowed_origins: Annotated[tuple[Origin, ...], NoDecode, BeforeValidator(split_or_none)] = Field(
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
        description="Without effect: `JOBBOT_MAX_CACHED_BYTES` bounds the cache. Accepted for older configurations.",
    )
    max_cached_bytes: int = Field(
        default=64_000_000,
        ge=0,
        validation_alias="JOBBOT_MAX_CACHED_BYTES",
        description="Approximate maximum memory of GraphQL documents and all that is cached for them, in bytes.",
    )
    max_response_bytes: int = Field(
        default=32_000_000,
        ge=1_000,
        validation_alias="JOBBOT_MAX_RESPONSE_BYTES",
        description="Maximum size of the answer to an operation, in bytes.",
    )
    trusted_documents: Annotated[Path | None, BeforeValidator(none_or)] = Field(
        default=None,
        validation_alias="JOBBOT_TRUSTED_DOCUMENTS",
        description="Folder of manifests of persisted documents; only the operations in them are executed; or none.",
    )
    execution_timeout: Seconds = Field(
        default=5.0,
        validation_alias="JOBBOT_EXECUTION_TIMEOUT",
        description="Time limit of a GraphQL operation, in seconds.",
    )
    export_timeout: Seconds = Field(
        default=300.0,
        validation_alias="JOBBOT_EXPORT_TIMEOUT",
        description="Time limit of an export over HTTP, until its client has read it, in seconds.",
    )
    max_subscriptions: int = Field(
        default=2_000,
        ge=0,
        validation_alias="JOBBOT_MAX_SUBSCRIPTIONS",
        description="Maximum number of open subscriptions.",
    )
    max_subscriptions_per_connection: int = Field(
        default=20,
        ge=0,
        validation_alias="JOBBOT_MAX_SUBSCRIPTIONS_PER_CONNECTION",
        description="Maximum number of open subscriptions of one connection.",
    )
    subscription_seconds: Seconds = Field(
        default=3600.0,
        validation_alias="JOBBOT_SUBSCRIPTION_SECONDS",
        description="Seconds after which a subscription is completed, 10 % more or less; its client may begin again.",
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
    follow_up_days: Annotated[tuple[Days, ...], NoDecode, BeforeValidator(split), AfterValidator(ascending)] = Field(
        default=(7, 14, 21),
        validation_alias="JOBBOT_FOLLOW_UP_DAYS",
        max_length=9,
        description="Days after the last activity of an application or outreach campaign when follow-ups fall due,"
        " separated by commas; at most 9.",
    )
    archive_after_days: Days = Field(
        default=30,
        validate_default=True,
        validation_alias="JOBBOT_ARCHIVE_AFTER_DAYS",
        description="Days after the last activity when archiving is suggested, and no more follow-ups fall due.",
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
        """Whether requests from this machine need a token too."""
        return not self.insecure_no_auth and (self.require_token or not is_loopback(self.host))

    @property
    def database(self) -> DatabaseUrl:
        """The parsed `database_url`."""
        return normalise(self.database_url)


VARIABLES: Final = {name: str(field.validation_alias) for name, field in Settings.model_fields.items()}
"""The environment variable of each field of Settings."""
SECRETS: Final = tuple(VARIABLES[name] for name, field in Settings.model_fields.items() if not field.repr)
"""Variables with secret values. `NAME_FILE` may name a file that holds the value."""
