"""Pages and pictures: nothing lies about that no reader comes to, and what a log says is explained as it is said."""

import re

from tests.support.paths import DOCS, ROOT

SOURCES = "".join(path.read_text("utf-8") for place in ("trustweb", "plugins") for path in (ROOT / place).rglob("*.py"))


def test_every_picture_is_shown_by_a_page_and_they_are_few() -> None:
    pages = "".join(page.read_text("utf-8") for page in (ROOT / "README.md", *DOCS.rglob("*.md")))
    pictures = {path.name for path in (DOCS / "images").iterdir()}

    assert pictures == set(re.findall(r"images/([\w-]+\.png)", pages))
    assert len(pictures) <= 12


def test_the_start_page_leads_to_every_page_for_operators() -> None:
    start = (DOCS / "run-it.md").read_text("utf-8")

    assert [page.name for page in (DOCS / "deploy").glob("*.md") if f"(deploy/{page.name}" not in start] == []


def test_every_line_of_the_log_that_is_explained_is_one_that_is_written() -> None:
    text = (DOCS / "deploy" / "monitoring.md").read_text("utf-8")
    lines = re.findall(r"^\| `([^`]+)` \|", text.partition("| `message` |")[2], re.M)
    pieces = [piece.strip(" :=") for line in lines for piece in line.split("…") if piece.strip(" :=")]

    assert len(lines) > 10
    assert [piece for piece in pieces if piece not in SOURCES] == []
