"""Marks for ``make quick``, which leaves out the tests that start programs: a browser, a database, a site.

A test that can start a program is found by the names in its code and in its fixtures', and marked. No other test may
start one, in whichever run: so what ``make quick`` runs needs nothing of the machine but Python.
"""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from types import CodeType, FunctionType
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from tests.support import plain_jinja

STARTERS = (subprocess, sync_playwright)
EVENTS = {"subprocess.Popen", "os.system", "os.posix_spawn"}

_without_programs = False


def pytest_configure(config: pytest.Config) -> None:
    # It makes every page twice, which takes a third of the time.
    plain_jinja.compares = "not services" not in config.getoption("markexpr")


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _names(each)


def _next(thing: Any) -> Iterator[Any]:
    """Yield what a class of ours has, and what a function of ours names."""
    if isinstance(thing, type):
        yield from (*thing.__bases__, *vars(thing).values())
    elif isinstance(thing, property):
        yield thing.fget
    elif isinstance(function := inspect.unwrap(thing) if callable(thing) else None, FunctionType):
        yield from (function.__globals__.get(name) for name in _names(function.__code__))


# A test's code does not change while it runs.
@cache
def starts_programs(thing: Callable[..., object]) -> bool:
    """Tell whether a test, a fixture or a class of the tests can start a program."""
    found, seen = [thing], set[int]()
    while found:
        each = found.pop()
        if any(each is starter for starter in STARTERS):
            return True
        if id(each) not in seen and str(getattr(each, "__module__", "tests")).startswith("tests"):
            seen.add(id(each))
            found.extend(_next(each))
    return False


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Function]) -> None:
    for item in items:
        fixtures = [fixture.func for name in item._fixtureinfo.name2fixturedefs.values() for fixture in name[-1:]]
        if any(starts_programs(each) for each in (item.function, *fixtures)):
            item.add_marker("services")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    global _without_programs
    _without_programs = item.get_closest_marker("services") is None
    try:
        return (yield)
    finally:
        _without_programs = False


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if _without_programs and event in EVENTS:
        raise RuntimeError(f"A test that is not marked as one of services starts {arguments[0]}")


sys.addaudithook(_refuse)
