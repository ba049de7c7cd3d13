"""The reading of cookies, split as RFC 6265 says, and the setting of ours."""

from __future__ import annotations

from typing import Any, cast

from flask import Response, request
from werkzeug.http import dump_cookie

from trustweb.web.base.site import core


def sent() -> str:
    """Return the Cookie header of this request."""
    return cast("str", request.environ.get("HTTP_COOKIE", ""))


def values(header: str, name: str) -> list[str]:
    """Return every value of a name in a Cookie header, in its order.

    The header is split at each semicolon, and quotation marks have no meaning. If they had, a sibling domain could hide
    our cookie between two of its own, ``x="a`` and ``y=z"``, as a part of one quoted value.
    """
    pairs = (pair.partition("=") for pair in header.split(";"))
    return [value.strip(" \t") for found, equals, value in pairs if equals and found.strip(" \t") == name]


def keep(response: Response, name: str, value: str, life: int | None) -> None:
    """Set a cookie for ``life`` seconds; None: until the browser is closed."""
    attributes: dict[str, Any] = {"secure": core().config.secure, "httponly": True, "samesite": "Lax"}
    # Without Expires, which repeats Max-Age for browsers from before 2012.
    cookie = dump_cookie(name, value, max_age=life, sync_expires=False, **attributes)
    response.headers.add("Set-Cookie", cookie)
