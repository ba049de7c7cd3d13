"""A page and its parts become one template, and that changes nothing but the time it takes."""

from __future__ import annotations

import pytest
from jinja2 import DictLoader

from .kit import Kit

pytest_plugins = ["tests.fixtures"]

PARTS = {
    "page.html": '{% set name = "page" %}{% for each in people %}{% include "part.html" %}{% endfor %}'
    '{% include "part.html" %}{{ name }}',
    "part.html": '{% set name = each or "nobody" %}<{{ name }}>{% if each %}{% include ["none", "end.html"] %}{% endif %}',
    "end.html": ".",
}


@pytest.mark.parametrize("auto_reload", [False, True])
def test_a_part_knows_what_its_page_knows_and_changes_nothing_there(kit: Kit, auto_reload: bool) -> None:
    environment = kit.app.jinja_env.overlay(loader=DictLoader(PARTS), auto_reload=auto_reload)

    page = environment.get_template("page.html").render(people=["ada", "<b>"])

    assert page == "<ada>.<&lt;b&gt;>.<nobody>page"


def test_while_templates_are_worked_on_a_part_is_read_again(kit: Kit) -> None:
    parts = {"page": "{% include 'part' %}", "part": "before"}
    environment = kit.app.jinja_env.overlay(loader=DictLoader(parts), auto_reload=True)
    assert environment.get_template("page").render() == "before"

    parts["part"] = "after"

    assert environment.get_template("page").render() == "after"
