"""CSRF tokens in forms."""

from __future__ import annotations

from tests.support.http_client import Visitor


def with_token(visitor: Visitor, value: str | None) -> Visitor:
    """Return a tab with the same page, in whose forms the token is this one; with None, none."""
    tab = visitor.tab()
    for node in tab.page.all("input"):
        if node.get("name") == "csrf_token":
            node.attributes |= {"value": value or ""}
            if value is None:
                del node.attributes["name"]
    return tab
