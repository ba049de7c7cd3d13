"""What a text holds by chance: the random letters of links and hashes, where anything short stands sooner or later."""

from __future__ import annotations

import re


def without_links(text: str) -> str:
    """The words of a message."""
    return re.sub(r"https?://\S+", "", text)


def says(text: str, code: str) -> bool:
    """Whether a code stands there by itself, and not as a piece of a hash or of a second's fraction."""
    return re.search(rf"(?<!\w)(?<!\d[.]){re.escape(code)}(?!\w)", text) is not None
