"""Trustweb: a self-hosted account-security centre."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from trustweb.clock import utc_now

if TYPE_CHECKING:
    from flask import Flask

    from trustweb.clock import Clock, Monotonic


def create_app(
    environ: Mapping[str, str] | None = None, *, clock: Clock = utc_now, monotonic: Monotonic = time.monotonic
) -> Flask:
    """Make the WSGI app from settings, keys, database, transports and pages.

    Raises config.ConfigError, with one sentence for the operator, when one of them is missing or wrong.
    """
    from trustweb import config as configuration
    from trustweb import keys as key_ring
    from trustweb import logs, registry, schema
    from trustweb.core import Core
    from trustweb.factors import passkeys
    from trustweb.services import programs
    from trustweb.web import pages
    from trustweb.web.base import compiled

    config = configuration.load(os.environ if environ is None else environ)
    logs.set_up(config.log_level)
    keys = key_ring.load(config)
    core = Core(config, keys, registry.load(config), clock, monotonic)
    schema.check(core.database.engine, keys)
    with core.database.reading() as work:
        passkeys.check_host(work)
        programs.warn_of_missing(work)
    app = pages.make(config, compiled.load(config, keys))
    pages.register(app, core)
    logging.getLogger(__name__).info("ready", extra={"transports": ",".join(t.name for t in core.transports)})
    return app
