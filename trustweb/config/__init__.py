"""The configuration: read once at the start, and never changed.

A setting is read from the environment, else from ``instance/config.toml`` under the same name; for every
setting ``X`` the variable ``X_FILE`` names a file that holds the value.
"""

from trustweb.config.config import Config, settings, variable
from trustweb.config.loading import load
from trustweb.config.sources import read_value
from trustweb.config.values import ConfigError, Rates, networks, time_zones

__all__ = [
    "Config", "ConfigError", "Rates", "load", "networks", "read_value", "settings", "time_zones", "variable",
]  # fmt: skip
