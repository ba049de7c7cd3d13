"""The small app in examples/, which signs in by Authlib's client for Flask."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

from tests.support.clients.client import Client
from tests.support.clients.environments import program
from tests.support.paths import DOCS, ROOT

APP = ROOT / "examples" / "app.py"


class FlaskApp(Client):
    PAGE, NAME = DOCS / "services" / "flask.md", "notes"
    BACK_CHANNEL = "/signed-out-elsewhere"
    COOKIE = "example"

    def command(self) -> list[str | Path]:
        return [program("flask-authlib", "python"), APP]

    def who(self, cookie: str | None) -> dict[str, Any]:
        told = re.search(r'<pre id="told"[^>]*>(.*?)</pre>', self.get("/", cookie).text, re.S)
        return json.loads(html.unescape(told[1])) if told else {}
