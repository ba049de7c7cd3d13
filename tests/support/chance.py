"""Texts without the random characters of links and hashes, in which any short string occurs sooner or later."""

from __future__ import annotations

import re


def without_links(text: str) -> str:
    """The words of a message."""
    return re.sub(r"https?://\S+", "", text)


def says(text: str, code: str) -> bool:
    """Tell whether a text holds a code by itself, and not as a piece of a hash or of a second’s fraction."""
    return re.search(rf"(?<!\w)(?<!\d[.]){re.escape(code)}(?!\w)", text) is not None
