"""Resolves constant sentences and addresses when Jinja compiles a template
(docs/decisions/0031-resolved-when-templates-compile.md)."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any

import flask.templating
from flask.sansio.app import App
from jinja2 import TemplateAssertionError, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.visitor import NodeTransformer
from werkzeug.routing import BuildError

from trustweb.web.base import assets, way

SENTENCES = "0sentences"
"""The page's sentences in its language, in a template's context. No template can write or bind this name: Jinja reads
what begins with a digit as a number."""
WAY = "0way"
"""What the addresses of sign-in's pages begin with on the way to a service, in a template's context."""
_RESOLVED = frozenset({"_", "asset", "url_for"})


def _is_sentence(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Getitem) and isinstance(node.node, nodes.Name) and node.node.name == SENTENCES


class _Generator(CodeGenerator):
    """Looks a sentence up and does not escape it: it is Markup already, and Jinja's own way to find that out costs more
    than the look-up."""

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if _is_sentence(node):
            self.write("(")
        else:
            super()._output_child_pre(node, frame, finalize)

    def visit_Getitem(self, node: nodes.Getitem, frame: Frame) -> None:  # noqa: N802 - the visitor's own way of naming
        if not _is_sentence(node):
            super().visit_Getitem(node, frame)
            return
        self.visit(node.node, frame)
        self.write("[")
        self.visit(node.arg, frame)
        self.write("]")


class Environment(flask.templating.Environment):
    code_generator_class = _Generator

    def _generate(self, source: nodes.Template, name: str | None, *arguments: Any, **options: Any) -> str:
        for bound, line in _bound(source):
            if bound in _RESOLVED:
                raise TemplateAssertionError(f"{bound}() is resolved before the page is made", line, name)
        return super()._generate(_Resolver(self.app).visit(source), name, *arguments, **options)

    def make_globals(self, more: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        # No chain of two mappings where the first one is empty: each name of a page would be looked up in both.
        return super().make_globals(more) if more else self.globals


def _bound(source: nodes.Template) -> Iterator[tuple[str, int]]:
    """The names that a template gives to something of its own."""
    for node in source.find_all((nodes.Name, nodes.Macro, nodes.Import, nodes.FromImport)):
        match node:
            case nodes.Name(name=name, ctx="store" | "param") | nodes.Macro(name=name) | nodes.Import(target=name):
                yield name, node.lineno
            case nodes.FromImport(names=names):
                yield from ((each if isinstance(each, str) else each[1], node.lineno) for each in names)


class _Resolver(NodeTransformer):
    """``_("a sentence")`` becomes a look-up in the page's sentences, ``url_for`` and ``asset`` a constant."""

    def __init__(self, app: App) -> None:
        self._routes = app.url_map.bind("localhost")
        self._ours = {name for name, each in app.blueprints.items() if each.import_name.startswith("trustweb.web.")}

    def visit_Call(self, node: nodes.Call) -> nodes.Expr:  # noqa: N802 - the visitor's own way of naming
        self.generic_visit(node)
        if node.dyn_args is not None or node.dyn_kwargs is not None:
            return node
        match node:
            case nodes.Call(node=nodes.Name(name="_"), args=[nodes.Const() as sentence], kwargs=[]):
                return nodes.Getitem(nodes.Name(SENTENCES, "load"), sentence, "load", lineno=node.lineno)
            case nodes.Call(node=nodes.Name(name="asset"), args=[nodes.Const(value=name)], kwargs=[]):
                return nodes.Const(assets.url(name), lineno=node.lineno)
            case nodes.Call(node=nodes.Name(name="url_for"), args=[nodes.Const(value=endpoint)]):
                return self._address(endpoint, node)
        return node

    def _address(self, endpoint: str, node: nodes.Call) -> nodes.Expr:
        values = {each.key: each.value.value for each in node.kwargs if isinstance(each.value, nodes.Const)}
        is_ours = endpoint.partition(".")[0] in self._ours  # a plugin's may be another one when it is asked for
        if not is_ours or len(values) < len(node.kwargs) or any(key.startswith("_") for key in values):  # _anchor
            return node
        try:
            path = self._routes.build(endpoint, values)
        except BuildError:  # it needs values
            return node
        fixed = nodes.Const(path, lineno=node.lineno)
        return nodes.Concat([nodes.Name(WAY, "load"), fixed], lineno=node.lineno) if way.is_shared(path) else fixed
