"""How templates become code: what is known before anybody asks for a page is not looked up for each of them.

Jinja's calls and escapes cost several times what they call, and a page has dozens.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

import flask.templating
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.visitor import NodeTransformer
from werkzeug.routing import BuildError, MapAdapter

from trustweb.web.base import assets

_WORDS = "_words"


def _is_there(node: nodes.Node) -> bool:
    """A sentence of the catalogue or a drawing of ours: safe already, and there whenever it is asked for."""
    return isinstance(node, nodes.Getitem) and isinstance(node.node, nodes.Name) and node.node.name in {_WORDS, "icons"}


class _Generator(CodeGenerator):
    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if _is_there(node):
            self.write("(")
        else:
            super()._output_child_pre(node, frame, finalize)

    def visit_Getitem(self, node: nodes.Getitem, frame: Frame) -> None:  # noqa: N802 - the visitor's own way of naming
        if not _is_there(node):
            super().visit_Getitem(node, frame)
            return
        self.visit(node.node, frame)
        self.write("[")
        self.visit(node.arg, frame)
        self.write("]")


class Environment(flask.templating.Environment):
    code_generator_class = _Generator

    def _generate(self, source: nodes.Template, *arguments: Any, **options: Any) -> str:
        routes = self.app.url_map.bind("localhost")
        return super()._generate(_Known(routes).visit(source), *arguments, **options)

    def make_globals(self, more: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        # The same for all templates: Jinja's own chain of two takes long to read through, at each page anew.
        return super().make_globals(more) if more else self.globals


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
