"""Names of browsers for their owners to recognise, from the User-Agent header. Pure functions."""

from __future__ import annotations

import re

# The first match counts: Edge and Opera claim to be Chrome too, and Chrome claims to be Safari.
_BROWSERS = (
    ("Edge", r"Edg(e|A|iOS)?/"),
    ("Opera", r"OPR/|Opera"),
    ("Samsung Internet", r"SamsungBrowser/"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Chrome", r"Chrome/|CriOS/|Chromium/"),
    ("Safari", r"Version/.*Safari/"),
)
_SYSTEMS = (
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Android", r"Android"),
    ("ChromeOS", r"CrOS"),
    ("Windows", r"Windows"),
    ("Mac", r"Macintosh|Mac OS X"),
    ("Linux", r"Linux|X11"),
)


def name(user_agent: str) -> str:
    """Return a name such as "Firefox, Linux", or "". Nothing is copied from the header, which anybody can forge."""
    start = user_agent[:512]
    return ", ".join(filter(None, (_first(_BROWSERS, start), _first(_SYSTEMS, start))))


def _first(words: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((word for word, pattern in words if re.search(pattern, user_agent)), "")
