"""The site that answers this request."""

from __future__ import annotations

from typing import cast

from flask import current_app

from trustweb.core import Core


def core() -> Core:
    """Return the Core of the site that answers this request."""
    return cast("Core", current_app.extensions["trustweb"])
