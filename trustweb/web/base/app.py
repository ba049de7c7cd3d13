"""The Flask app, for one site at one address: what Flask finds out anew at each request is known here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Request
from jinja2 import BytecodeCache
from werkzeug.routing import MapAdapter

from trustweb.config import Config
from trustweb.delivery.messages import PACKAGE, folder
from trustweb.web.base import templates

View = TypeVar("View", bound=Callable[..., Any])


class App(Flask):
    jinja_environment = templates.Environment

    def __init__(self, config: Config, compiled: BytecodeCache) -> None:
        super().__init__(
            __name__,
            root_path=str(PACKAGE),
            instance_path=str(config.instance),
            static_folder=None,
            template_folder=str(folder("templates")),
        )
        self.jinja_options = {"trim_blocks": True, "lstrip_blocks": True, "bytecode_cache": compiled}
        self._scheme, _, self._host = config.origin.partition("://")

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Bound to the site's own root, whatever a request, or its server, says of host, scheme and SCRIPT_NAME. That
        it was sent to our host is checked before any view (guards)."""
        if request is None:
            return None
        query = request.query_string.decode(errors="replace")
        return MapAdapter(self.url_map, self._host, "/", "", self._scheme, request.path, request.method, query)

    def ensure_sync(self, func: View) -> View:
        """There are no coroutines. Flask asks 15 times a page; to look closer each time costs 2 % of it."""
        return func
