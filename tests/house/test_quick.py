"""``make quick`` leaves out the tests that start programs, and the others start none."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from functools import partial

import pytest

from tests.support import services
from tests.support.kit import Kit
from tests.support.paths import ROOT
from tests.support.quick import starts_programs
from tests.support.services import DATABASES, Nginx
from tests.support.site import Site


def by_name() -> None:
    subprocess.run(["true"], check=True)


@contextmanager
def by_a_helper():
    yield by_name()


def inside() -> None:
    def start() -> None:
        with by_a_helper():
            pass

    start()


class OfAnotherKind(Site):
    pass


@pytest.mark.parametrize("thing", [by_name, by_a_helper, inside, Site, OfAnotherKind, Nginx])
def test_what_starts_programs_is_found(thing: object) -> None:
    assert starts_programs(thing)


@pytest.mark.parametrize("name", ["chromium", "nginx", "postgres", "redis"])
def test_the_fixtures_of_services_are_found(name: str) -> None:
    assert starts_programs(getattr(services, name)._get_wrapped_function())


@pytest.mark.parametrize("thing", [Kit, partial, test_what_starts_programs_is_found, os.system])
def test_the_rest_is_not(thing: object) -> None:
    assert not starts_programs(thing)


def test_a_test_without_the_mark_cannot_start_a_program() -> None:
    with pytest.raises(RuntimeError, match="not marked as one of services starts"):
        os.system("true")


def test_the_command_leaves_out_what_starts_programs(request: pytest.FixtureRequest) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")

    assert '-m "not services and not slow"' in makefile.partition("\nquick:")[2].partition("\n\n")[0]
    assert [each for each in DATABASES if each != "sqlite"] == [pytest.param("postgresql", marks=pytest.mark.services)]
