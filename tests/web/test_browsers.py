"""The name of a browser and its system, from the User-Agent header."""

from __future__ import annotations

import pytest

from trustweb import browsers

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
MOZILLA = "Mozilla/5.0"
WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
CHROME = f"{WEBKIT} Chrome/140.0.0.0"
MAC = "(Macintosh; Intel Mac OS X 10_15_7)"
IPHONE = "(iPhone; CPU iPhone OS 18_0 like Mac OS X)"
WINDOWS = "(Windows NT 10.0; Win64; x64)"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (FIREFOX, "Firefox, Linux"),
        (f"{MOZILLA} {WINDOWS} {CHROME} Safari/537.36 Edg/140.0", "Edge, Windows"),
        (f"{MOZILLA} {MAC} {WEBKIT} Version/18.0 Safari/605.1.15", "Safari, Mac"),
        (f"{MOZILLA} {IPHONE} {WEBKIT} CriOS/140.0 Mobile Safari/604.1", "Chrome, iPhone"),
        (f"{MOZILLA} (Linux; Android 15) {CHROME} Mobile Safari/537.36", "Chrome, Android"),
        ("curl/8.0", ""),
        (f"{MOZILLA} (Windows NT 10.0)", "Windows"),
        ("something else", ""),
        ("", ""),
        ("x" * 100_000 + FIREFOX, ""),
    ],
)
def test_a_browser_is_told_in_a_few_words(user_agent: str, name: str) -> None:
    assert browsers.name(user_agent) == name
