"""Ticks on the page *What if I lose…?*."""

from __future__ import annotations

import re

from tests.support.http_client import Visitor


def thing(visitor: Visitor, name: str) -> str:
    """The id of what is called so on the page."""
    row = next(each for each in visitor.get("/security/lose").body.split("<li><label>") if name in each)
    found = re.search(r'name="lost" value="([^"]+)"', row)
    assert found
    return found[1]


def lose(visitor: Visitor, *names: str) -> Visitor:
    query = "&".join(f"lost={thing(visitor, each)}" for each in names)
    return visitor.get(f"/security/lose?{query}")
