"""Who may have a password hashed: strangers need a place in the queue before the body of their request is read.

A request that waits holds one of the server's few threads, whether for its turn or for a body that comes slowly.
"""

from __future__ import annotations

from contextlib import ExitStack

from flask import Flask, g, request

from trustweb.authentication import known_browsers, sessions
from trustweb.authentication.passwords import Hasher
from trustweb.factors import trusted_devices
from trustweb.web.base.guards import declared
from trustweb.web.base.site import core
from trustweb.web.base.this_browser import device_cookies, known_as
from trustweb.web.base.visitors import end_reading, reading, visitor


def register(app: Flask) -> None:
    app.before_request(_take_place)
    app.teardown_request(_leave_place)


def hasher() -> Hasher:
    """For views that declare that they hash."""
    assert declared()["hashes"], "a view that hashes passwords says so: @stage(…, hashes=True)"
    return core().hasher


def _take_place() -> None:
    """Raises TooBusy."""
    if request.method == "POST" and declared()["hashes"] and not _is_known():
        g.place = ExitStack()
        g.place.enter_context(core().hasher.place(known_browser=False))


def _leave_place(_error: BaseException | None = None) -> None:
    if (place := g.pop("place", None)) is not None:
        place.close()


def _is_known() -> bool:
    """Whether somebody was signed in here before, whoever it was; the check itself asks whether it was the account's
    owner."""
    if (who := visitor()) is not None and who.session.stage == sessions.FULL:
        return True
    browser, devices = known_as(), device_cookies()
    if not browser and not devices:
        return False
    known = bool(trusted_devices.presented(reading(), devices)) or known_browsers.is_known_to_any(reading(), browser)
    end_reading()  # it would be kept open while the password is checked
    return known
