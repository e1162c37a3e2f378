"""All settings. No other package reads the environment or `.env`."""

from jobbot_gql.settings.model import VARIABLES, Settings
from jobbot_gql.settings.sources import SettingRow, SettingsError, describe, load_settings, traces_exporter
from jobbot_gql.settings.values import LOOPBACK, ORIGIN_SCHEMES

__all__ = [
    "LOOPBACK",
    "ORIGIN_SCHEMES",
    "VARIABLES",
    "SettingRow",
    "Settings",
    "SettingsError",
    "describe",
    "load_settings",
    "traces_exporter",
]
