"""Other people's programs in the tests: what is installed is pinned, and from no particular place."""

from __future__ import annotations

import json
import re

import pytest
from packaging.requirements import Requirement

from tests.support.clients.environments import NAMES, NODE_PACKAGES, PINS, PYTHON_PACKAGES, pins
from tests.support.paths import ROOT

EXAMPLE = ROOT / "examples" / "app.py"


@pytest.mark.parametrize("name", PYTHON_PACKAGES)
def test_each_is_pinned_in_its_range(name: str) -> None:
    lines = (PINS / f"{name}.in").read_text("utf-8").splitlines()
    wanted = {each.name: each for each in map(Requirement, filter(re.compile(r"\w").match, lines))}
    versions = dict(re.findall(r"^([\w.-]+)(?:\[\w+\])?==([^\s;]+)", pins(name)[0].read_text("utf-8"), re.M))

    assert {each for each in wanted if versions[each] not in wanted[each].specifier} == set()


@pytest.mark.parametrize("name", PYTHON_PACKAGES)
def test_each_pin_has_a_hash(name: str) -> None:
    text = pins(name)[0].read_text("utf-8")

    assert all("--hash=sha256:" in each for each in re.split(r"^(?=\w)", text, flags=re.M)[1:])


def test_the_packages_of_node_are_pinned_with_hashes() -> None:
    packages = json.loads((PINS / NODE_PACKAGES / "package-lock.json").read_text("utf-8"))["packages"]
    packages.pop("")

    assert len(packages) == 3
    assert all(each["integrity"].startswith("sha512-") for each in packages.values())


@pytest.mark.parametrize("name", NAMES)
def test_no_pin_says_where_from(name: str) -> None:
    text = "".join(each.read_text("utf-8") for each in pins(name))

    assert '"resolved"' not in text
    assert "://" not in text


def test_the_example_is_read_in_a_minute() -> None:
    assert len(EXAMPLE.read_text("utf-8").splitlines()) <= 60
