"""The ``otpauth:`` address that an authenticator app scans, whatever the site and the account are called."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote

import pyotp
import pytest
import segno
from hypothesis import example, given
from hypothesis import strategies as st

from trustweb import one_time_code

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SYNTAX = set(":/?#[]@!$&'()*+,;=%\"<>\\^`{|}")
PIECE = r"(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})+"
STRICT = re.compile(rf"otpauth://totp/({PIECE}):({PIECE})\?secret=([A-Z2-7]+)&issuer=({PIECE})")


def read(uri: str) -> tuple[str, str]:
    """Issuer and account, as somebody reads them who keeps to the letter."""
    found = STRICT.fullmatch(uri)
    assert found is not None, uri
    prefix, account, secret, issuer = found.groups()
    assert (prefix, secret) == (issuer, SECRET)
    return unquote(issuer, errors="strict"), unquote(account, errors="strict")


def written(site: str, account: str = "alice@example.com") -> str:
    return one_time_code.uri(SECRET, account=account, issuer=site)


NAMES = {
    "Acme": "Acme", "Acme: Mail": "Acme Mail", "Acme:Mail": "Acme Mail", "Acme%3AMail": "Acme 3AMail",
    "A/B": "A B", "//evil": "evil", "Who?": "Who", "C# & F#": "C F", "a=b&issuer=c": "a b issuer c", "1+1": "1 1",
    'The "Site"': "The Site", "O'Brien": "O’Brien", "100 %": "100", "a\\b": "a b", "Acme： Mail": "Acme Mail",
    "Bücher & Söhne": "Bücher Söhne", "ナマエ": "ナマエ", "Ａｃｍｅ": "Acme", "☕": "☕",
    "a\nb\x00\u200b\u202ec": "a bc", "℀": "a c", "  Acme\u2028Mail ": "Acme Mail",
}  # fmt: skip


@pytest.mark.parametrize(("site", "issuer"), NAMES.items(), ids=map(ascii, NAMES))
def test_a_site_is_called_by_its_name_without_what_is_syntax(site: str, issuer: str) -> None:
    assert read(written(site)) == (issuer, "alice@example.com")


@pytest.mark.parametrize("site", ["", ":", "://", "%", "\u200b", " ", "?!", "...", "\x00"], ids=ascii)
def test_a_site_of_whose_name_nothing_is_left_has_the_one_that_sites_have(site: str) -> None:
    assert read(written(site))[0] == "Trustweb"


ACCOUNTS = [
    "alice+home@example.com", "o'brien@example.com", "a/b?c#d&e=f%25g@example.com", "%3A@example.com", "jörg@bücher.de",
    "юзер@почта.рф", "{x|y}~`^$!*@example.com",
]  # fmt: skip


@pytest.mark.parametrize("account", ACCOUNTS)
def test_an_account_keeps_its_name(account: str) -> None:
    assert read(written("Acme: Mail", account))[1] == account
    assert pyotp.parse_uri(written("Acme: Mail", account)).name == account


@pytest.mark.parametrize("account", [f"{'юзер' * 16}@{'.'.join(['почта' * 8] * 5)}", "a" * 254, "𝒳" * 300])
@pytest.mark.parametrize("site", ["x" * 5000, "ж" * 500, "☕ " * 400])
def test_a_camera_can_read_it_however_long_the_names_are(site: str, account: str) -> None:
    uri = written(site, account)

    issuer, named = read(uri)
    assert site.startswith(issuer)
    assert account.startswith(named)
    assert int(segno.make(uri, error="m", micro=False).version) <= 20


@given(site=st.text(), account=st.text(min_size=1))
@example(site="℀：", account=":b")
def test_no_name_is_taken_for_syntax(site: str, account: str) -> None:
    uri = written(site, f"a{account}")

    issuer, named = read(uri)
    assert SYNTAX.isdisjoint(issuer)
    assert ":" not in named
    assert not [c for c in issuer + named if unicodedata.category(c)[0] == "C"]
    app = pyotp.parse_uri(uri)
    assert (app.issuer, app.name, app.secret) == (issuer, named, SECRET)
