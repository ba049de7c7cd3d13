"""The way to a service: the pages of sign-in and step-up, under the path of the request that led to them.

``/authorize/<id>/sign-in`` is the page of ``/sign-in`` with the same views. There each address of such a page begins
with the request's path, and what leads to the Security page elsewhere leads back to the request.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from flask import g
from flask.globals import request_ctx
from werkzeug.routing import MapAdapter

from trustweb.models import ServiceView

_REQUEST = re.compile(r"(/authorize/[A-Za-z0-9_-]{43})(/.*)?", re.DOTALL)
_SHARED = ("/sign-in", "/verify", "/security/devices/trust")
"""The beginnings of the addresses of pages that are also on the way to a service."""
_ARRIVAL = "security.page"
"""Where a person arrives who is not on the way to a service."""


class Address(MapAdapter):
    """A request's address, and the addresses that its page leads to."""

    way = ""
    """The path of the request on whose way this page is; "" elsewhere."""

    def build(self, endpoint: str, values: Mapping[str, Any] | None = None, *more: Any, **options: Any) -> str:
        path = super().build(endpoint, values, *more, **options)
        if not self.way:
            return path
        if endpoint == _ARRIVAL:
            _, mark, query = path.partition("?")
            return f"{self.way}{mark}{query}"
        return self.way + path if is_shared(path) else path


def apart(path: str) -> tuple[str, str]:
    """Return the path of the request on whose way a page is, or "", and the path of the page itself."""
    if not path.startswith("/authorize/") or (found := _REQUEST.fullmatch(path)) is None:
        return "", path
    way, page = found[1], found[2] or ""
    return way, page if is_shared(page) else path


def is_shared(path: str) -> bool:
    """Return True if the page is also on the way to a service."""
    return path.startswith(_SHARED)


def path() -> str:
    """Return the path of the request on whose way this page is, or ""."""
    return cast("Address", request_ctx.url_adapter).way


def request_id() -> str:
    """Return the id of the request on whose way this page is, or ""."""
    return path().rpartition("/")[2]


def needs() -> str | None:
    """Return the least proof of those who go there."""
    return cast("str | None", g.get("needs"))


def service() -> ServiceView | None:
    """Return the service to which the person is on the way."""
    return cast("ServiceView | None", g.get("service"))
