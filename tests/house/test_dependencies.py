"""Dependencies: each one is declared, with the versions that our code was written for."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.paths import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
OURS = {"trustweb", "plugins", "tests"}
# Part of every type checker.
STUBS = {"_typeshed"}
# Nobody imports it by name: it is reached by way of requests, inside of which an adapter of ours stands.
UNNAMED = {"urllib3"}
# Lists and ciphers, of which only the newest are any good.
UNBOUNDED = {"certifi", "cryptography"}
BY_MODULE = packages_distributions()


def declared(lines: Iterable[str]) -> dict[str, Requirement]:
    return {canonicalize_name(each.name): each for each in map(Requirement, lines)}


def group(name: str) -> list[str]:
    lines = PROJECT["dependency-groups"][name]
    included = [line for each in lines if isinstance(each, dict) for line in group(each["include-group"])]
    return [each for each in lines if isinstance(each, str)] + included


NEEDED = declared(PROJECT["project"]["dependencies"])
FOR_WORK = declared(group("dev"))


def imported(path: Path) -> Iterator[str]:
    """The first names of what a file imports, also where only a type checker looks."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (each.name.partition(".")[0] for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def distributions(*folders: str) -> set[str]:
    """What has to be installed for these. A module that is in none is named by itself."""
    files = [path for each in folders for path in (ROOT / each).rglob("*.py")]
    names = {name for path in files for name in imported(path)} - set(sys.stdlib_module_names) - OURS - STUBS
    return {canonicalize_name(each) for name in names for each in BY_MODULE.get(name, [name])}


def pinned(file: str) -> dict[str, str]:
    lines = (ROOT / "requirements" / file).read_text("utf-8")
    return {canonicalize_name(name): version for name, version in re.findall(r"^([\w.-]+)==([^\s;]+)", lines, re.M)}


def test_the_product_imports_nothing_undeclared() -> None:
    assert distributions("trustweb", "plugins") - NEEDED.keys() == set()


def test_nothing_is_declared_that_the_product_does_not_import() -> None:
    assert NEEDED.keys() - distributions("trustweb", "plugins") == UNNAMED


def test_the_tests_import_nothing_undeclared() -> None:
    assert distributions("tests") - NEEDED.keys() - FOR_WORK.keys() == set()


@pytest.mark.parametrize("name", NEEDED)
def test_a_dependency_has_a_range(name: str) -> None:
    signs = {each.operator for each in NEEDED[name].specifier}

    assert signs == ({">="} if name in UNBOUNDED else {">=", "<"})


@pytest.mark.parametrize(("file", "names"), [("run.txt", NEEDED), ("dev.txt", FOR_WORK | NEEDED)], ids=["run", "dev"])
def test_what_is_pinned_is_in_its_range(file: str, names: dict[str, Requirement]) -> None:
    versions = pinned(file)

    assert names.keys() <= versions.keys()
    assert {name for name, each in names.items() if versions[name] not in each.specifier} == set()
