"""The public URL in any spelling that browsers accept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser
from werkzeug.test import create_environ, run_wsgi_app

from tests.support.http_client import Visitor
from tests.support.kit import ALICE, PASSWORD, Kit
from trustweb import config, origins
from trustweb.config import ConfigError

pytestmark = pytest.mark.slow

# As somebody types it, and as browsers ask for it.
HOSTS = {
    "account.example.com": "account.example.com", "Account.Example.com": "account.example.com",
    "account.example.com.": "account.example.com", "my_host.example": "my_host.example",
    "konto.bücher.example": "konto.xn--bcher-kva.example", "KONTO.BÜCHER.EXAMPLE": "konto.xn--bcher-kva.example",
    "konto.bu\u0308cher.example": "konto.xn--bcher-kva.example", "xn--BCHER-kva.example": "xn--bcher-kva.example",
    "straße.example": "xn--strae-oqa.example", "βόλος.example": "xn--nxasmm1c.example",
    "مثال.example": "xn--mgbh0fb.example", "例え.example": "xn--r8jz45g.example", "ａccount.example": "account.example",
    "account。example．com": "account.example.com", "bü\u00adcher.example": "xn--bcher-kva.example",
    "192.168.1.5": "192.168.1.5", "１９２.168.1.5": "192.168.1.5", "[2001:DB8:0:0:0:0:0:1]": "[2001:db8::1]",
    "[2001:0db8::0:1]": "[2001:db8::1]", "[2001:db8:0:0:1:0:0:1]": "[2001:db8::1:0:0:1]", "[::1]": "[::1]",
}  # fmt: skip
SCHEMES = ["https", "HTTPS", "Https", "http", "HTTP"]
PORTS = ["", ":", ":443", ":80", ":0443", ":8443", ":65535"]
REFUSED = [
    "https://user@a.example", "https://user:hunter2@a.example", "https://@a.example", "https://a.example:0",
    "https://a.example:65536", "https://a.example:-1", "https://a.example:８0", "https://a..example", "https://.example",
    "https://a.example..", "https://-a.example", "https://a-.example", "https://a b.example", "https://a\tb.example",
    "https://a\nb.example", "https://a\\b.example", "https://a%2eb.example", "https://127.1", "https://0x7f.1",
    "https://1.2.3", "https://2130706433", "https://1.2.3.400", "https://01.2.3.4", "https://[::ffff:1.2.3.4]",
    "https://[fe80::1%25eth0]", "https://[fe80::1%eth0]", "https://[::1", "https://::1", "https://[]", "https://[::1]a",
    "https://☃.example", "https://a.example?", "https://a.example#", "https://a.example/;x", "https:a.example",
    "https:///a.example", "//a.example", "https://" + "a" * 64 + ".example", "https://" + "a." * 130 + "example",
]  # fmt: skip
ASKED = ["Account.Example.com", "konto.bücher.example", "straße.example", "[2001:DB8::0:1]", "account.example.com."]


def load(folder: Path, url: str, **settings: str) -> config.Config:
    return config.load(
        {"TRUSTWEB_INSTANCE": str(folder), "TRUSTWEB_PUBLIC_URL": url, "TRUSTWEB_INSECURE": "1"} | settings
    )


def expected(scheme: str, host: str, port: str) -> str:
    number = int(port[1:] or 0)
    left_out = number in {0, {"https": 443, "http": 80}[scheme.lower()]}
    return f"{scheme.lower()}://{HOSTS[host]}{'' if left_out else f':{number}'}"


@given(st.sampled_from(SCHEMES), st.sampled_from(sorted(HOSTS)), st.sampled_from(PORTS))
def test_every_spelling_is_read_as_browsers_write_it(scheme: str, host: str, port: str) -> None:
    read = origins.origin(f"{scheme}://{host}{port}")

    assert read == expected(scheme, host, port)
    assert origins.origin(read) == read
    assert origins.of_host(read.partition(":")[0], read.partition("//")[2].upper()) == read


@given(st.text(max_size=20), st.sampled_from(["https://{}", "https://a{}.example", "https://a.example:{}", "{}"]))
def test_what_is_accepted_at_all_is_accepted_as_it_is_then(text: str, around: str) -> None:
    try:
        read = origins.origin(around.format(text))
    except ValueError:
        return

    assert read.isascii()
    assert origins.origin(read) == read == read.lower()


@pytest.mark.parametrize("url", REFUSED)
def test_what_is_no_site_s_address_is_refused_with_a_sentence(url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="TRUSTWEB_PUBLIC_URL must") as refused:
        load(tmp_path, url)

    assert "hunter2" not in str(refused.value)


def test_browsers_agree(chromium: Browser) -> None:
    page = chromium.new_page()
    hosts = [host for host in HOSTS if not host.endswith(".")]  # they keep the dot: it is another host to them
    typed = [f"{scheme}://{host}{port}" for scheme in SCHEMES for host in hosts for port in PORTS]

    read = page.evaluate("urls => urls.map(url => new URL(url).origin)", typed)
    page.close()

    assert read == [origins.origin(url) for url in typed]


def test_the_port_of_http_is_left_out_of_localhost_too(tmp_path: Path) -> None:
    read = config.load({"TRUSTWEB_INSTANCE": str(tmp_path), "PORT": "80"})

    assert read.origin == "http://localhost"


@pytest.mark.parametrize("proto", ["https", "HTTPS", "Https"])
@pytest.mark.parametrize("port", ["", ":443", ":8443"])
@pytest.mark.parametrize("host", ASKED)
def test_a_browser_is_served_where_the_public_url_is(
    make_kit: Callable[..., Kit], host: str, port: str, proto: str
) -> None:
    kit = make_kit(TRUSTWEB_PUBLIC_URL=f"HTTPS://{host}{port}", TRUSTWEB_TRUSTED_PROXIES="1")
    asked = kit.core.config.origin.partition("//")[2]
    spellings = {asked, asked.upper(), asked if ":8443" in asked else f"{asked}:443"}
    headers = {"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": proto}

    # Not through the client, which reads hosts as IDNA 2003.
    environs = [create_environ("/sign-in", headers=headers | {"Host": each}) for each in spellings]

    assert [run_wsgi_app(kit.app, each)[1] for each in environs] == ["200 OK"] * len(spellings)


def test_forms_work_where_the_public_url_is_spelt_otherwise(make_kit: Callable[..., Kit]) -> None:
    kit = make_kit(TRUSTWEB_PUBLIC_URL="https://Konto.Bücher.example:443")
    kit.account()
    visitor = Visitor("https://konto.xn--bcher-kva.example", client=kit.app.test_client())

    visitor.get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)

    assert visitor.path != "/sign-in"
    assert kit.core.config.public_host == "konto.xn--bcher-kva.example"
