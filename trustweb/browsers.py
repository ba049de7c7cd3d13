"""What a browser says it is, in words that its owner knows it by. Pure."""

from __future__ import annotations

import re

# The first that fits: Edge and Opera call themselves Chrome too, and Chrome calls itself Safari.
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
    """ "Firefox, Linux", or nothing when it does not say. Only words of ours: what a browser says may be anything."""
    start = user_agent[:512]
    return ", ".join(filter(None, (_first(_BROWSERS, start), _first(_SYSTEMS, start))))


def _first(words: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((word for word, pattern in words if re.search(pattern, user_agent)), "")
