"""Every page that a test makes is made by plain Jinja too, and is the same, byte for byte."""

from __future__ import annotations

from typing import Any

import flask.templating
from flask import Flask
from jinja2 import BytecodeCache, Environment, Template
from jinja2.bccache import Bucket

from trustweb.web import kinds
from trustweb.web.base import words


class CompiledTemplates(BytecodeCache):
    """Compiled once for all tests of a process: that takes longer than most tests."""

    def __init__(self) -> None:
        self.compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.compiled:
            bucket.bytecode_from_string(self.compiled[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.compiled[bucket.key] = bucket.bytecode_to_string()


compares = True
"""Whether kits compare their pages."""
COMPILED, COMPILED_PLAINLY = CompiledTemplates(), CompiledTemplates()


def plain(app: Flask) -> Environment:
    """Return the environment that the app would have without our compiler."""
    app.jinja_environment = flask.templating.Environment
    environment = app.create_jinja_environment()
    environment.bytecode_cache = COMPILED_PLAINLY
    words.equip(environment)
    kinds.equip(environment)
    environment.globals["push_key"] = app.jinja_env.globals["push_key"]
    return environment


def keep_compiled(app: Flask) -> None:
    """Compile each template once for all apps of this process."""
    app.jinja_env.bytecode_cache = COMPILED


def compare(app: Flask) -> None:
    """From here on, a page of this app that plain Jinja makes differently raises AssertionError."""
    plainly = plain(app)

    class Compared(Template):
        def render(self, *arguments: Any, **values: Any) -> str:
            ours = super().render(*arguments, **values)
            if self.name is not None:  # a test's own has no file
                assert ours == plainly.get_template(self.name).render(*arguments, **values), self.name
            return ours

    app.jinja_env.template_class = Compared
