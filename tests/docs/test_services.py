"""docs/services/README.md is true: its commands and its file work, and its table has every name."""

from __future__ import annotations

import re
import shlex

import pytest

from tests.support.kit import ALICE, BOB, MOBILE, OTHER_MOBILE, Kit
from tests.support.markdown import blocks
from tests.support.paths import DOCS
from tests.support.service_commands import done, none, run
from trustweb.services import definitions

PAGE = DOCS / "services" / "README.md"


@pytest.fixture
def kit(kit_now: Kit) -> Kit:
    none(kit_now)
    kit_now.account(ALICE, numbers=(MOBILE,))
    kit_now.account(BOB, numbers=(OTHER_MOBILE,))
    return kit_now


def test_the_table_has_every_name_that_a_service_can_have() -> None:
    table = PAGE.read_text("utf-8").partition("| Name | Says |")[2].partition("\n\n")[0]

    assert sorted(re.findall(r"^\| `([\w-]+)` \|", table, re.M)) == sorted(definitions.KEYS)


def test_the_commands_work_one_after_the_other(kit: Kit) -> None:
    for block in blocks(PAGE, "sh"):
        for line in filter(None, block.splitlines()):
            words = shlex.split(line.removeprefix("trustweb "))
            if words[:2] == ["service", "test"]:  # needs a site that runs
                continue
            typed = blocks(PAGE, "toml")[0]
            done(kit, *["-" if each == "services.toml" else each for each in words], typed=typed)

    listed = run(kit, "service", "list").stdout

    assert listed.split() == ["files", "program", "photos", "oidc", "needs:", "two-factor"]


def test_the_file_can_be_applied_to_a_site_without_services(kit: Kit) -> None:
    assert done(kit, "service", "apply", "-", typed=blocks(PAGE, "toml")[0]).startswith("photos: new (oidc)\nwiki: new")
