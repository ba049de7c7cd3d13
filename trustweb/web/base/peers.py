"""The peers that may ask what only proxies ask: those at the other end of a connection, never of a forwarded header."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache, lru_cache

from trustweb.config import Config, networks
from trustweb.web.base import network

log = logging.getLogger(__name__)


def trusted(config: Config) -> Callable[[str], bool]:
    """Return the function that says whether a connection's own address is in TRUSTWEB_TRUSTED_PEERS."""
    ours = networks(config.trusted_peers)

    def is_trusted(peer: str) -> bool:
        parsed = network.peer(peer)
        return parsed is not None and any(parsed in each for each in ours)

    # Depends on the peer's address and the setting alone.
    return lru_cache(maxsize=256)(is_trusted)


# Logged once per process, not at every request.
@cache
def warn() -> None:
    log.warning("Somebody outside TRUSTWEB_TRUSTED_PEERS asks what only proxies may ask, and is refused")
