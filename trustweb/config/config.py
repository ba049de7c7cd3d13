"""The settings, each declared once with its type, default, bounds and secrecy; limits are in ``config.limits``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from trustweb import origins
from trustweb.config.limits import Limits
from trustweb.config.values import Line, Rates, setting


@dataclass(frozen=True, kw_only=True, repr=False)
class Config(Limits):
    # Where things are
    instance: Path = setting("The folder for keys, the database and config.toml; absolute.", Path("instance"))
    database_url: str = setting("An SQLAlchemy URL; empty: SQLite in the instance folder.", "", secret=True)
    queue_url: str = setting("memory:, redis://… or postgresql://…", "memory:", secret=True)
    public_url: str = setting("The address that people type; empty: http://localhost and the port.", "")
    host: str = setting("The address that `trustweb serve` listens on.", "127.0.0.1")
    port: int = setting("The port that `trustweb serve` listens on.", 8000, env="PORT", floor=1, ceiling=65535)
    web_processes: int = setting("Processes of `trustweb serve`.", 1, floor=1)
    web_threads: int = setting("Threads of each process, also of a server of your own.", 4, floor=1)
    trusted_proxies: int = setting("How many proxies stand in front, counted from here.", 0, floor=0)
    forwarded_header: str = setting(
        "The one header in which these proxies say who asks.",
        "X-Forwarded-For",
        choices=("X-Forwarded-For", "Forwarded"),
    )
    trusted_peers: str = setting(
        "Proxies that may ask about app-specific passwords and browsers: networks.", "127.0.0.0/8,::1"
    )
    plugins: str = setting("One more folder with plugins.", "")
    demo: bool = setting("1 plays the phones on a page, the handset; localhost only.", False)
    insecure: bool = setting("1 allows a public URL with http elsewhere than localhost.", False)
    log_level: str = setting("How much is logged.", "INFO", choices=("DEBUG", "INFO", "WARNING", "ERROR"))
    # What people see
    site_name: Line = setting("The name on the page and in messages.", "Trustweb")
    language: str = setting("The language for people whose browser asks for none that is there.", "en")
    time_zone: str = setting("The time zone of new accounts.", "UTC")
    geoip: str = setting("A database (.mmdb) that says where addresses are, roughly; empty: no places are shown.", "")
    # Keys
    keys: str = setting("The key ring, newest first: id:base64,id:base64.", "", secret=True)
    keys_path: str = setting("The key ring's file; empty: keys in the instance folder.", "")
    # Rules
    two_factor: str = setting(
        "required, or optional (then a password alone has at least 15 characters).",
        "required",
        choices=("required", "optional"),
    )
    registration: str = setting(
        "invitation, or open: whoever reads the mailbox of an address may make an account for it.",
        "invitation",
        choices=("invitation", "open"),
    )
    countries: str = setting(
        "Countries that numbers may be added from: GB,DE; or all. Empty: the one chosen at set-up, in the demo all.", ""
    )
    voip: str = setting(
        "Internet phone numbers: warn before sending, block or allow.",
        "warn",
        choices=("warn", "block", "allow"),
    )
    max_numbers: int = setting("Trusted phone numbers an account.", 10, floor=2, ceiling=50)
    max_apps: int = setting("Authenticator apps an account.", 5, floor=1, ceiling=20)
    trust_age: int = setting("Seconds until a factor may remove older ones.", 86400, floor=3600)
    max_devices: int = setting("Trusted devices an account.", 10, floor=1, ceiling=50)
    device_life: int = setting(
        "Seconds that a trusted device is trusted after it was last used to sign in.", 2592000, floor=3600
    )
    max_passkeys: int = setting("Passkeys and security keys an account.", 10, floor=2, ceiling=50)
    passkey_life: int = setting("Seconds that a passkey may take to answer.", 300, floor=60, ceiling=600)
    services: str = setting("The services for programs that a new database begins with.", "mail,calendar")
    max_app_passwords: int = setting("App-specific passwords an account.", 25, floor=1, ceiling=100)
    two_factor_off_rest: int = setting(
        "Seconds until two-factor is off, after its owner asked for that; only where it is optional.", 86400, floor=3600
    )
    removed_rest: int = setting("Seconds until a removed factor is deleted.", 259200, floor=86400)
    deletion_rest: int = setting("Seconds until an account is deleted whose owner wants that.", 259200, floor=3600)
    invitation_life: int = setting("Seconds that an invitation is good.", 604800, floor=60)
    recovery_wait: int = setting(
        "Seconds that somebody waits who has lost every way to sign in, but has password and mailbox.",
        259200,
        floor=86400,
    )
    recovery_starts: Rates = setting("Account recoveries that may be started, an account.", ((3, 2592000),), floor=1)
    recovery_link_life: int = setting(
        "Seconds that the link of `trustweb account recover` is good.", 86400, floor=600, ceiling=86400
    )
    # Delivery
    worker: bool = setting("0: messages are sent by `trustweb worker` processes only.", True)
    worker_threads: int = setting("Threads that send messages, a process.", 2, floor=1, ceiling=64)
    lease: int = setting("Seconds that one attempt may hold a message; a send is cut off at 0.8 of it.", 30, floor=2)
    sweep: int = setting("Seconds between two looks for messages left behind.", 5, floor=1, ceiling=60)
    transports: str = setting("Transports in the order to try them: vonage_sms,other; empty: as found.", "")

    environment: Mapping[str, str] = field(default_factory=dict, metadata={"internal": True})
    """The environment and config.toml merged: the source of the transports' own settings."""

    @cached_property
    def origin(self) -> str:
        """The site's address as browsers spell it."""
        return self.public_url or origins.origin(f"http://localhost:{self.port}")

    @property
    def secure(self) -> bool:
        return self.origin.startswith("https://")

    @property
    def local(self) -> bool:
        """True when only this machine can reach the public URL."""
        return self.public_host in {"localhost", "127.0.0.1", "::1"}

    @property
    def public_host(self) -> str:
        return urlsplit(self.origin).hostname or ""

    @property
    def key_file(self) -> Path:
        return Path(self.keys_path) if self.keys_path else self.instance / "keys"

    @property
    def database(self) -> str:
        url = self.database_url or f"sqlite:///{quote(str(self.instance / 'trustweb.db'))}"
        return url.replace("postgresql:", "postgresql+psycopg:", 1)  # the driver that is installed

    @property
    def service_names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(part.strip() for part in self.services.split(",") if part.strip()))

    @property
    def allowed_countries(self) -> frozenset[str]:
        """The countries that numbers may be from; empty: all, or those that the operator chose at set-up."""
        named = frozenset(part.strip().upper() for part in self.countries.split(",") if part.strip())
        return frozenset() if named == {"ALL"} else named

    @property
    def asks_country(self) -> bool:
        """True when the operator chooses at set-up which country numbers may be from."""
        return not self.demo and not self.countries.strip(", ")


def settings() -> tuple[Field[Any], ...]:
    return tuple(each for each in fields(Config) if not each.metadata.get("internal"))


def variable(each: Field[Any]) -> str:
    return each.metadata["env"] or f"TRUSTWEB_{each.name.upper()}"
