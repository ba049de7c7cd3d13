"""The Flask app of one site at one address, which therefore need not be found out again at each request."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from flask import Flask, Request
from jinja2 import BytecodeCache
from werkzeug.routing import MapAdapter, Rule

from trustweb.config import Config
from trustweb.delivery.messages import PACKAGE, folder
from trustweb.web.base import templates
from trustweb.web.base.way import Address, apart

View = TypeVar("View", bound=Callable[..., Any])


class _Rule(Rule):
    """A rule that compiles the code that builds its addresses when the first one is built.

    Werkzeug compiles two functions a rule, which for all of ours takes a tenth of the start of a process.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compile_now = super()._compile_builder

        def build(rule: _Rule, **values: Any) -> tuple[str, str]:
            builder = compile_now(append_unknown)
            setattr(rule, "_build_unknown" if append_unknown else "_build", partial(builder, rule))
            return builder(rule, **values)

        return build


class App(Flask):
    """The Flask app, with our template compiler and a fixed base address."""

    jinja_environment = templates.Environment
    url_rule_class = _Rule

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
        """Return an adapter for the site's own root, whatever host, scheme and SCRIPT_NAME the request has.

        ``guards`` refuses requests for another host before any view.
        """
        if request is None:
            return None
        query = request.query_string.decode(errors="replace")
        way, path = apart(request.path)
        adapter = Address(self.url_map, self._host, "/", "", self._scheme, path, request.method, query)
        adapter.way = way
        return adapter

    def ensure_sync(self, func: View) -> View:
        """Return the view as it is: no view is a coroutine, and Flask's own check, 15 times a page, costs 2 % of it."""
        return func
