"""Read the browser's cookies, as RFC 6265 parts them, and set ours."""

from __future__ import annotations

from typing import Any, cast

from flask import Response, request
from werkzeug.http import dump_cookie

from trustweb.web.base.site import core


def sent() -> str:
    """Return the Cookie header of this request."""
    return cast("str", request.environ.get("HTTP_COOKIE", ""))


def values(header: str, name: str) -> list[str]:
    """Return every value that a Cookie header gives to a name, in its order.

    The header is cut at each semicolon, and a quotation mark is a character like others: with two cookies of its own
    before and behind ours, ``x="a`` and ``y=z"``, a sibling domain would make it a part of one that we do not read.
    """
    pairs = (pair.partition("=") for pair in header.split(";"))
    return [value.strip(" \t") for found, equals, value in pairs if equals and found.strip(" \t") == name]


def keep(response: Response, name: str, value: str, life: int | None) -> None:
    """Set a cookie for ``life`` seconds; None: as long as the browser is open."""
    attributes: dict[str, Any] = {"secure": core().config.secure, "httponly": True, "samesite": "Lax"}
    # Without Expires, which says the same again for browsers of before 2012.
    cookie = dump_cookie(name, value, max_age=life, sync_expires=False, **attributes)
    response.headers.add("Set-Cookie", cookie)
