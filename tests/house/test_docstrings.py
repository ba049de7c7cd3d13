"""Docstrings in plain English: of a function what it does, of anything else what it is."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.paths import ROOT

pytestmark = pytest.mark.slow

QUESTIONS = {"what", "where", "whether", "who", "whom", "whose", "why", "how", "when", "which"}
NO_VERBS = QUESTIONS | {"as", "of", "with", "without", "by", "nobody", "somebody", "anybody", "none", "raises"}
LATER = {"migrations"}
"""Parts of the package that are not rewritten yet."""
LATER_FILES = {"worker.py"}
TREES = [path for folder in ("trustweb", "plugins") for path in sorted((ROOT / folder).rglob("*.py"))]
SOURCES = [
    path
    for path in TREES
    if not LATER & set(path.relative_to(ROOT).with_suffix("").parts)
    and not (path.parent.name == "delivery" and path.name in LATER_FILES)
]
TESTS = sorted((ROOT / "tests").rglob("*.py"))
SUPPORT = [path for path in TESTS if "support" in path.parts]


def is_function(node: ast.AST) -> bool:
    """Not a property or a fixture, named like a value; nor a command, whose docstring operators read as its help."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    decorators = " ".join(ast.unparse(each) for each in node.decorator_list)
    return not any(word in decorators for word in ("property", "fixture", "command", "group"))


def docstrings(path: Path) -> Iterator[tuple[ast.AST, str, str]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if text := ast.get_docstring(node):
            where = f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"
            yield node, where, text.split()[0].strip("`*:,.;").lower()


def test_a_function_s_docstring_begins_with_what_it_does() -> None:
    found = [
        (node, where, word)
        for path in [*SOURCES, *SUPPORT]
        for node, where, word in docstrings(path)
        if is_function(node)
    ]

    assert len(found) > 300
    assert [where for _, where, word in found if word in NO_VERBS] == []


def test_a_class_s_or_a_module_s_docstring_begins_with_what_it_is() -> None:
    found = [
        each
        for path in [*SOURCES, *TESTS]
        for each in docstrings(path)
        if isinstance(each[0], ast.Module | ast.ClassDef)
    ]

    assert len(found) > 100
    assert [where for _, where, word in found if word in QUESTIONS] == []
