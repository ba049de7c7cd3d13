"""The objects that one process shares, made once by ``create_app`` and by ``trustweb worker``."""

from __future__ import annotations

import time
from functools import partial

from trustweb import deletion, factors, invitations, notices, phone_numbers
from trustweb.authentication import guesses, sessions, two_factor
from trustweb.authentication.passwords import Hasher
from trustweb.clock import Clock, Monotonic, utc_now
from trustweb.codes import limits, links, once
from trustweb.config import Config, ConfigError
from trustweb.database import Database
from trustweb.delivery import receipts
from trustweb.delivery.apps import Apps
from trustweb.delivery.messages import languages
from trustweb.delivery.queue import Queue
from trustweb.delivery.routes import Routes
from trustweb.delivery.worker import Sender
from trustweb.factors import app_passwords, on_paper
from trustweb.keys import KeyRing
from trustweb.places import Places
from trustweb.readiness import Readiness
from trustweb.recovery import waiting
from trustweb.registry import Registry
from trustweb.services import housekeeping, logout_tokens

_HOUSEKEEPING = (
    guesses.forget_old,
    limits.forget_old, receipts.forget_old, sessions.forget_old, factors.forget_removed, notices.forget_old,
    once.forget_used, links.forget_old, invitations.forget_unused, app_passwords.forget_revoked,
    on_paper.forget_removed, housekeeping.forget_old,
)  # fmt: skip


class Core:
    """The objects that one process shares: settings, keys, database, transports, queue and housekeeping."""

    def __init__(
        self,
        config: Config,
        keys: KeyRing,
        registry: Registry,
        clock: Clock = utc_now,
        monotonic: Monotonic = time.monotonic,
    ) -> None:
        """Connect the parts. Raises ConfigError when no transport carries codes, or a setting has an unknown name."""
        self.config = config
        self.keys = keys
        self.transports = registry.transports
        self.database = Database(config, keys, clock, monotonic)
        self.readiness = Readiness(self.database, monotonic)
        self.hasher = Hasher(config)
        self.places = Places(config)
        self.routes = Routes(registry.transports, config.transports)
        self.sender = Sender(
            self.database,
            self.routes,
            _HOUSEKEEPING,
            deferred=[two_factor.turn_off_due, deletion.delete_due, waiting.look_at_all, guesses.tell_due],
            may_send=links.may_send,
            apps=Apps(partial(logout_tokens.sign, self.database)),
        )
        self.queue = Queue(config, keys.subkeys("queue")[0], self.sender)
        self.database.wake = self.queue.wake
        _check_names(config, registry)
        if not self.routes.methods:
            raise ConfigError(
                "No transport can carry a code: set VONAGE_API_KEY and what goes with it, add a plugin, "
                "or set TRUSTWEB_DEMO=1 to play the phones on a page."
            )
        if config.registration == "open" and not self.routes.mail:
            raise ConfigError("TRUSTWEB_REGISTRATION=open sends links by e-mail: set SMTP_HOST and what goes with it.")


def _check_names(config: Config, registry: Registry) -> None:
    """Refuse misspelt names in settings at start, before somebody misses what they name. Raises ConfigError."""
    known = {each.name for each in registry.found}
    for name in filter(None, (part.strip() for part in config.transports.split(","))):
        if name not in known:
            raise ConfigError(f"TRUSTWEB_TRANSPORTS names {name}, and there is no such transport.")
    for region in config.allowed_countries - phone_numbers.REGIONS:
        raise ConfigError(f"TRUSTWEB_COUNTRIES names {region}, which is not a country's two letters.")
    if config.language not in languages():
        raise ConfigError(f"TRUSTWEB_LANGUAGE is {config.language}; there are {', '.join(languages())}.")
