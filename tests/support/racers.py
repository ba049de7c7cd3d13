"""The same browser many times over, in process: each with the cookies of the first, at the same moment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from werkzeug.test import TestResponse

from tests.support.browser_door import client_of, go
from tests.support.crowd import at_once
from tests.support.http_client import Visitor
from tests.support.kit import Kit

HERE = "http://localhost:8000"


def twin(kit: Kit, visitor: Visitor) -> Any:
    """A browser with the same cookies, which sees nothing of what the first one is given afterwards."""
    made = kit.app.test_client()
    made._cookies = dict(client_of(visitor)._cookies)
    return made


def press(kit: Kit, visitor: Visitor, path: str) -> TestResponse:
    """Send the form of a page with one button, or open it, as the path wants."""
    if path.endswith(("/consent", "/cancel")):
        return go(twin(kit, visitor), HERE + path, method="POST", data={"csrf_token": csrf(visitor)})
    return go(twin(kit, visitor), HERE + path)


def csrf(visitor: Visitor) -> str:
    return next(node.get("value") for node in visitor.page.all("input") if node.get("name") == "csrf_token")


def race(kit: Kit, visitor: Visitor, paths: Sequence[str]) -> list[TestResponse]:
    return at_once([lambda each=each: press(kit, visitor, each) for each in paths])  # type: ignore[misc]
