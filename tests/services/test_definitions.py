"""Definitions of services by their operator; every fault is one sentence, whatever the way it comes."""

from __future__ import annotations

from typing import Any

import pytest

from trustweb import config
from trustweb.config import ConfigError
from trustweb.services import definitions

CALLBACK = "https://photos.example.com/callback"
SITE = config.load({"TRUSTWEB_INSTANCE": "/nowhere", "TRUSTWEB_PUBLIC_URL": "https://account.example.com"})
HERE = config.load({"TRUSTWEB_INSTANCE": "/nowhere"})
OIDC: dict[str, Any] = {"oidc": True, "redirect-uri": [CALLBACK]}


def fault(values: dict[str, Any], name: str = "photos", site: config.Config = SITE) -> str:
    with pytest.raises(ConfigError) as refused:
        definitions.read(name, values, site)
    assert "\n" not in str(refused.value)
    return str(refused.value)


GOOD = [
    CALLBACK, "https://photos.example.com", "https://photos.example.com:8443/cb?app=1&x=%20", "http://localhost/cb",
    "http://localhost:9000/cb", "http://127.0.0.1:1/", "http://[::1]:9000/cb", "https://xn--bcher-kva.example/cb",
    "https://photos.example.com:443/a..b/~me", "https://photos.example.com/cb/@me",
]  # fmt: skip
BAD = [
    "", "photos.example.com/cb", "//photos.example.com/cb", "/cb", "http://photos.example.com/cb",
    "javascript:alert(1)",
    "data:text/html,x", "JavaScript:alert(1)", "https://app@evil.example/cb", "https://a:b@photos.example.com/cb",
    "https://photos.example.com@evil.example", "https://photos.example.com/cb#", "https://photos.example.com/cb#x",
    "https://*.example.com/cb", "https://photos.example.com/*", "https://photos.example.com/cb/../x",
    "https://photos.example.com/cb/..;/x", "https://photos.example.com/cb/%2e%2e/x",
    "https://photos.example.com/cb/.%2E%2Fx", "https://photos.example.com/%252e%252e/x",
    "https://photos.example.com/./cb", "https://photos.example.com\\@evil.example/cb",
    "https://photos.example.com/\\..", "https://photos.example.com/c b", "https://photos.example.com/\r\nX: y",
    "https://photos.example.com/\x00", "https://bücher.example/cb", "https://Photos.example.com/cb",
    "HTTPS://photos.example.com/cb", "https://photos.example.com./cb", "https:///cb", "https://", "https://:443/cb",
    "https://photos.example.com:/cb", "https://photos.example.com:0/cb", "https://photos.example.com:99999/cb",
    "http://localhost.evil.example/cb", "http://127.0.0.2/cb", "http://127.1/cb", "http://[::]/cb", "http://0.0.0.0/",
    "https://0x7f.1/cb", "https://photos.example.com/" + "x" * 512, "ftp://photos.example.com/cb", "file:///etc/passwd",
    "com.example.photos:/cb", "http:photos.example.com", "https:/photos.example.com", " " + CALLBACK, CALLBACK + "\n",
]  # fmt: skip


@pytest.mark.parametrize("uri", GOOD)
def test_a_redirect_is_kept_as_it_was_said(uri: str) -> None:
    found = definitions.read("photos", OIDC | {"redirect-uri": uri, "logout-redirect-uri": [uri]}, SITE)

    assert (found.redirect_uris, found.logout_redirect_uris) == ((uri,), (uri,))


@pytest.mark.parametrize("uri", BAD)
@pytest.mark.parametrize("key", ["redirect-uri", "logout-redirect-uri"])
def test_a_redirect_that_could_lead_elsewhere_is_refused(uri: str, key: str) -> None:
    assert fault(OIDC | {key: [CALLBACK, uri]}).startswith(f"photos: {key} ")


@pytest.mark.parametrize("uri", ["com.example.photos:/cb", "app.immich:///oauth-callback", "com.example.app://cb"])
def test_a_scheme_of_its_own_is_for_public_apps(uri: str) -> None:
    values = OIDC | {"redirect-uri": uri}

    assert definitions.read("photos", values | {"public": True}, SITE).redirect_uris == (uri,)
    assert "for --public apps only" in fault(values)


@pytest.mark.parametrize(
    "uri", ["photos:/cb", "javascript:/alert", "com.example.photos:cb", "com.example.photos:/a/../b", "data:/x",
            "com.example.app://me@cb", "Com.Example.app:/cb", ".a:/cb", "1.a:/cb", "com.example.app:/c#"],
)  # fmt: skip
def test_public_apps_have_no_other_schemes(uri: str) -> None:
    assert fault(OIDC | {"redirect-uri": uri, "public": True}).startswith("photos: redirect-uri ")


@pytest.mark.parametrize("uri", [*BAD, "com.example.photos:/cb", "javascript:/alert"])
def test_where_an_app_hears_of_ended_sign_ins_is_as_plain(uri: str) -> None:
    assert fault(OIDC | {"public": True, "logout-uri": uri}).startswith("photos: logout-uri ")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://photos.example.com", "https://photos.example.com"), ("HTTPS://Photos.Example.com:443", None),
        ("https://photos.example.com:8443", "https://photos.example.com:8443"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
    ],
)  # fmt: skip
def test_the_origin_is_as_browsers_spell_it(given: str, kept: str | None) -> None:
    found = definitions.read("photos", {"browser": True, "origin": given}, SITE)

    assert found.origin == (kept or "https://photos.example.com")


@pytest.mark.parametrize(
    "origin", ["https://photos.example.com/", "https://photos.example.com/x", "https://a@photos.example.com",
               "http://photos.example.com", "http://photos.localhost:9000", "https://account.example.com",
               "https://account.example.com:8443", "https://ACCOUNT.example.com.", "photos.example.com", "null", "",
               "https://localhost", "https://192.0.2.1", "https://[2001:db8::1]", "https://photos.example.com?x",
               "https://*.example.com", "https://photos.example.com#x", "https://photos.example.com\\x"],
)  # fmt: skip
def test_an_origin_that_cannot_be_guarded_is_refused(origin: str) -> None:
    assert fault({"browser": True, "origin": origin}).startswith("photos: origin ")


@pytest.mark.parametrize("origin", ["http://photos.localhost:9000", "http://photos.localhost"])
def test_at_home_a_site_may_be_a_name_of_localhost(origin: str) -> None:
    assert definitions.read("photos", {"browser": True, "origin": origin}, HERE).origin == origin


@pytest.mark.parametrize(
    "origin", ["http://localhost:9000", "http://127.0.0.1:9000", "http://[::1]:9000", "https://localhost:1"]
)
def test_at_home_plain_localhost_is_refused_since_cookies_ignore_ports(origin: str) -> None:
    assert "cookies ignore ports" in fault({"browser": True, "origin": origin}, site=HERE)


@pytest.mark.parametrize("name", ["", "Photos", "my photos", "fotos_1", "x" * 33, "ph/otos", "..", "büro", "photos\n"])
def test_names_are_small_letters_digits_and_dashes(name: str) -> None:
    assert "is no name of a service" in fault(OIDC, name)


@pytest.mark.parametrize(
    ("values", "part"),
    [
        ({}, "needs a door"), ({"title": "Photos"}, "needs a door"), ({"oidc": True}, "needs a redirect-uri"),
        ({"oidc": True, "program": True, "public": True}, "needs a redirect-uri"),
        ({"browser": True}, "origin go together"),
        ({"program": True, "origin": "https://x.example.com"}, "go together"),
        ({"program": True, "redirect-uri": [CALLBACK]}, "redirect-uri belongs to the oidc door"),
        ({"program": True, "public": True}, "public belongs to"),
        ({"program": True, "consent": True}, "consent belongs"),
        (OIDC | {"public": True, "pkce": "optional"}, "pkce is required"), (OIDC | {"pkce": "plain"}, "pkce is one of"),
        (OIDC | {"needs": "nothing"}, "needs is one of password, two-factor, passkey"),
        (OIDC | {"needs": 1}, "needs is"),
        (OIDC | {"user": "mail"}, "user is one of id, name"), (OIDC | {"oidc": "yes"}, "oidc is true or false"),
        (OIDC | {"within": 59}, "within is a time"), (OIDC | {"within": "1w"}, "within is"),
        (OIDC | {"within": True}, "within is"), (OIDC | {"within": -900}, "within is"),
        (OIDC | {"within": 1.5}, "within"),
        (OIDC | {"within": "9" * 5000}, "within is"), (OIDC | {"within": "400d"}, "a year at most"),
        (OIDC | {"group": ["Family"]}, "group 'Family' must be small"), (OIDC | {"group": "a,b"}, "group 'a,b'"),
        (OIDC | {"group": [1]}, "a list of texts"), (OIDC | {"redirect-uri": {"a": 1}}, "a list of texts"),
        (OIDC | {"redirect-uri": [CALLBACK] * 51}, "more than 50"), (OIDC | {"title": "x" * 65}, "title is one line"),
        (OIDC | {"title": "Pho\u202etos"}, "title is one line"), (OIDC | {"title": " x"}, "title is one line"),
        (OIDC | {"title": 1}, "title is a text"), (OIDC | {"logout-uri": [CALLBACK]}, "logout-uri is a text"),
        (OIDC | {"read-by": "photos"}, "read-by names other services"), (OIDC | {"read-by": "Mail"}, "service's name"),
        (OIDC | {"redirect": CALLBACK}, "there is no redirect; there are title"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_one_sentence(values: dict[str, Any], part: str) -> None:
    assert part in fault(values)


@pytest.mark.parametrize("key", ["client-secret", "client_secret", "secret", "secret-mac", "client-id", "client_id"])
def test_secrets_are_the_sites_to_make(key: str) -> None:
    said = fault(OIDC | {key: "hunter2hunter2"})

    assert said == f"photos: take {key.replace('_', '-')} out; the site makes it, and shows it once."


@pytest.mark.parametrize(
    ("within", "seconds"), [(900, 900), ("900", 900), ("90s", 90), ("15m", 900), ("1h", 3600), ("30d", 30 * 86400)]
)
def test_times_are_in_seconds_or_in_words(within: object, seconds: int) -> None:
    assert definitions.read("photos", OIDC | {"within": within}, SITE).within == seconds


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "names no service"), ("photos = 1", "outside a table"), ("[photos", "is no TOML"),
        ("[[photos]]", "outside"),
        ("[photos]\noidc = true\noidc = true", "is no TOML"), ('["Photos"]\nprogram = true', "is no name"),
        ("[photos.oidc]\nclient-secret = 'x'", "oidc is true or false"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_one_sentence(text: str, part: str) -> None:
    with pytest.raises(ConfigError) as refused:
        definitions.read_file(text, SITE)

    assert part in str(refused.value)
    assert "\n" not in str(refused.value)


def test_the_names_of_commands_and_files_may_have_underscores_too() -> None:
    text = f"[photos]\noidc = true\nredirect_uri = '{CALLBACK}'\nread_by = ['mail']\n[mail]\nprogram = true"

    photos, mail = definitions.read_file(text, SITE)

    assert (photos.redirect_uris, photos.read_by, mail.program) == ((CALLBACK,), ("mail",), True)
