"""The admission to password hashing: strangers need a place in the queue before their request's body is read.

A request that waits, for its turn or for a slow body, occupies one of the server's few threads.
"""

from __future__ import annotations

from contextlib import ExitStack

from flask import Flask, g, request

from trustweb.authentication import known_browsers, sessions
from trustweb.authentication.passwords import Hasher
from trustweb.factors import trusted_devices
from trustweb.web.base.guards import declared
from trustweb.web.base.site import core
from trustweb.web.base.this_browser import device_cookies, sent_browser_token
from trustweb.web.base.visitors import end_reading, reading, visitor


def register(app: Flask) -> None:
    app.before_request(_take_place)
    app.teardown_request(_leave_place)


def hasher() -> Hasher:
    """Return the password hasher, in a view that declares ``hashes=True``."""
    assert declared()["hashes"], "a view that hashes passwords says so: @stage(…, hashes=True)"
    return core().hasher


def _take_place() -> None:
    """Take a place in the queue for a stranger's request. Raises TooBusy."""
    if request.method == "POST" and declared()["hashes"] and not _is_known():
        g.place = ExitStack()
        g.place.enter_context(core().hasher.place(known_browser=False))


def _leave_place(_error: BaseException | None = None) -> None:
    if (place := g.pop("place", None)) is not None:
        place.close()


def _is_known() -> bool:
    """Return True if any account was signed in in this browser before.

    The password check itself asks whether it was the account that is signed in to.
    """
    if (who := visitor()) is not None and who.session.stage == sessions.FULL:
        return True
    browser, devices = sent_browser_token(), device_cookies()
    if not browser and not devices:
        return False
    known = bool(trusted_devices.presented(reading(), devices)) or known_browsers.is_known_to_any(reading(), browser)
    end_reading()  # otherwise the transaction would stay open while the password is hashed
    return known
