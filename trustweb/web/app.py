"""The Flask app, for one site at one address: what Flask finds out anew at each request is known here."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

from flask import Flask, Request
from werkzeug.routing import MapAdapter

from trustweb.config import Config
from trustweb.web import templates

View = TypeVar("View", bound=Callable[..., Any])


class App(Flask):
    jinja_environment = templates.Environment

    def __init__(self, config: Config, **options: Any) -> None:
        super().__init__(__name__, **options)
        self.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
        self._scheme, _, self._host = config.origin.partition("://")
        self._address = lru_cache(maxsize=256)(super().url_for)

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Bound to the site's address; that the request was sent there is checked before any view (guards)."""
        if request is None:
            return None
        query = request.query_string.decode(errors="replace")
        return MapAdapter(
            self.url_map, self._host, request.root_path or "/", "", self._scheme, request.path, request.method, query
        )

    def url_for(self, endpoint: str, **values: Any) -> str:
        """The same for the same values, whatever page asks."""
        said = {name: value for name, value in values.items() if value is not None}
        return super().url_for(endpoint, **said) if endpoint.startswith(".") else self._address(endpoint, **said)

    def ensure_sync(self, func: View) -> View:
        """There are no coroutines, and it is asked often a page."""
        return func
