"""The browser of this request: the token by which accounts know it, and the trusted devices that it is."""

from __future__ import annotations

import secrets
from typing import cast

from flask import Response, g, session

from trustweb.authentication.sign_in import Browser
from trustweb.config import Config
from trustweb.factors import prompts
from trustweb.factors.prompts import DevicePrompts
from trustweb.web.base import cookies
from trustweb.web.base.site import core
from trustweb.web.base.visitors import reading

MAX_DEVICES = 5
"""The most accounts that may trust one browser, since the cookie has to stay short."""
_BROWSER_LIFE = 400 * 86400


def browser_token() -> str:
    """Return the token by which accounts know this browser; make one if it has none yet."""
    if "browser" not in g:
        g.browser = sent_browser_token() or secrets.token_urlsafe(32)
    return cast("str", g.browser)


def sent_browser_token() -> str:
    """Return the token that this browser sent, or ""."""
    return next((each for each in cookies.values(cookies.sent(), _browser_cookie()) if len(each) == 43), "")


def this_browser() -> Browser:
    """Return the browser as sign-in needs it."""
    return Browser(browser_token(), session.get("csrf_token", ""), device_cookies())


def keep_browser(response: Response) -> Response:
    """Set the cookie with the browser's token."""
    cookies.keep(response, _browser_cookie(), browser_token(), _BROWSER_LIFE)
    return response


def devices() -> list[DevicePrompts]:
    """Return the trusted devices that this browser is, of any account, with the prompts that they have to show."""
    here = g._get_current_object()
    if "devices" not in here:
        sent = device_cookies()
        here.devices = prompts.of_browser(reading(), sent) if sent else []
    return cast("list[DevicePrompts]", here.devices)


def device_cookies() -> list[str]:
    return devices_in(cookies.sent(), core().config)


def devices_in(header: str, config: Config) -> list[str]:
    """Return the cookie of each trusted device in a Cookie header, of which each account has one."""
    sent = cookies.values(header, _device_cookie(config))
    return [each for value in sent for each in value.split("~") if each][:MAX_DEVICES]


def keep_device(response: Response, cookie: str) -> Response:
    """Set the cookie of a trusted device, and keep those of other accounts."""
    handle = cookie.partition(".")[0]
    others = [each for each in device_cookies() if each.partition(".")[0] != handle]
    every = "~".join([cookie, *others][:MAX_DEVICES])
    cookies.keep(response, _device_cookie(core().config), every, core().config.device_life)
    return response


def forget_devices(response: Response) -> Response:
    """Delete the cookie with all trusted devices."""
    cookies.keep(response, _device_cookie(core().config), "", 0)
    return response


def _device_cookie(config: Config) -> str:
    return "__Host-trustweb-devices" if config.secure else "trustweb-devices"


def _browser_cookie() -> str:
    return "__Host-trustweb-browser" if core().config.secure else "trustweb-browser"
