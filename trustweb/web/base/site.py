"""The site that answers this request."""

from __future__ import annotations

from typing import cast

from flask import current_app

from trustweb.core import Core


def core() -> Core:
    return cast("Core", current_app.extensions["trustweb"])
