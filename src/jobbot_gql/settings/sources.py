"""Reading settings from the environment, `.env`, secret files and the command line, and describing them."""

import os
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

from dotenv.parser import parse_stream
from pydantic import ValidationError
from pydantic_settings import DotEnvSettingsSource, EnvSettingsSource

from jobbot_gql.db.url import DatabaseUrlError, mask_password
from jobbot_gql.settings.model import SECRETS, VARIABLES, Settings


class SettingsError(ValueError):
    """A setting has an invalid value or an unknown name. The message is one line for the user."""


class SettingRow(NamedTuple):
    """One setting as text for display, with secrets masked."""

    variable: str
    value: str
    source: str
    """default, environment, .env, command line, or the file that `NAME_FILE` names"""
    default: str
    description: str


def traces_exporter(env: Mapping[str, str] = os.environ) -> str | None:
    """The exporter that OpenTelemetry's variables select; None if tracing is off."""
    if env.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return None
    has_endpoint = any(env.get(name) for name in ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"))
    exporter = env.get("OTEL_TRACES_EXPORTER") or ("otlp" if has_endpoint else "none")
    return None if exporter == "none" else exporter


def load_settings(
    env: Mapping[str, str] | None = None, dotenv: Path | None = Path(".env"), **overrides: object
) -> Settings:
    """Read the settings. `overrides` take precedence over `env`, and `env` over the file `dotenv`.

    White space around values is removed. An empty value is an error: with an empty DATABASE_URL, starting on the
    default SQLite file would look like the loss of all data.

    Args:
        env: Environment variables. Default: those of the process.
        dotenv: A file in `.env` format. It need not exist.
        **overrides: Values by field name; None counts as absent.

    Raises:
        SettingsError: A variable is unknown, empty or invalid.
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
    """All settings with value, source and default, in the order of `Settings`."""
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
    """Check the file's syntax. python-dotenv would skip invalid lines, which might be that of DATABASE_URL."""
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
    name = str(problem["loc"][0])  # the variable, or the field if its default is invalid
    variable = VARIABLES.get(name, name)
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
    """The value in the form of an environment variable, with secrets masked."""
    if isinstance(value, tuple):
        return ",".join(map(str, value)) or "none"
    if value is None:
        return "none"
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return mask_password(text) if variable == "DATABASE_URL" else text
