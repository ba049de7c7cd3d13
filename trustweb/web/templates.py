"""How templates become code: what is known before anybody asks for a page is not looked up for each of them.

Jinja's calls and escapes cost several times what they call, and a page has dozens.
"""

from __future__ import annotations

from typing import Any

import flask.templating
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.visitor import NodeTransformer
from werkzeug.routing import BuildError, MapAdapter

from trustweb.web import assets

_WORDS = "_words"


class _Generator(CodeGenerator):
    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        match node:
            case nodes.Getitem(node=nodes.Name(name="_words" | "icons")):
                self.write("(")  # sentences of the catalogue, and our own drawings, are safe already
            case _:
                super()._output_child_pre(node, frame, finalize)


class Environment(flask.templating.Environment):
    code_generator_class = _Generator

    def _generate(self, source: nodes.Template, *arguments: Any, **options: Any) -> str:
        routes = self.app.url_map.bind("localhost")
        return super()._generate(_Known(routes).visit(source), *arguments, **options)


class _Known(NodeTransformer):
    """Makes a look-up in the page's words out of ``_("a sentence")``, and constants out of addresses."""

    def __init__(self, routes: MapAdapter) -> None:
        self.routes = routes

    def visit_Call(self, node: nodes.Call) -> nodes.Expr:  # noqa: N802 - the visitor's own way of naming
        self.generic_visit(node)
        match node:
            case nodes.Call(node=nodes.Name(name="_"), args=[nodes.Const() as sentence], kwargs=[]):
                return nodes.Getitem(nodes.Name(_WORDS, "load"), sentence, "load", lineno=node.lineno)
            case nodes.Call(node=nodes.Name(name="asset"), args=[nodes.Const(value=name)]):
                return nodes.Const(assets.url(name), lineno=node.lineno)
            case nodes.Call(node=nodes.Name(name="url_for"), args=[nodes.Const(value=endpoint)]):
                return self._address(endpoint, node)
        return node

    def _address(self, endpoint: str, node: nodes.Call) -> nodes.Expr:
        values = {each.key: each.value.value for each in node.kwargs if isinstance(each.value, nodes.Const)}
        if len(values) < len(node.kwargs):
            return node
        try:
            return nodes.Const(self.routes.build(endpoint, values), lineno=node.lineno)
        except BuildError:  # it needs values, or belongs to a plugin that is not there
            return node
