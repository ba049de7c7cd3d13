"""Sign-out at an app's request: a hint that belongs to this browser's session signs out, all else asks first."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.support.http_client import Visitor
from tests.support.kit import BOB, Kit
from tests.support.logout_requests import BACK, come_from_app, here, id_token, is_signed_in, photos
from tests.support.service_endings import KEPT, There, add_service, opens, told
from tests.support.wires import Answer
from trustweb.models import Account, ServiceView

pytestmark = pytest.mark.slow

ASKS = "Do you want to sign out?"


@dataclass
class AtPhotos:
    """Alice, who is signed in and at Photos."""

    kit: Kit
    account: Account
    browser: Visitor
    service: ServiceView
    there: There

    @property
    def hint(self) -> str:
        return id_token(self.kit, self.service, self.there)

    def asks(self, **values: str) -> Visitor:
        return self.browser.get(f"/end-session?{urlencode(values)}")


@pytest.fixture
def alice(kit: Kit) -> AtPhotos:
    account, service = kit.account(), photos(kit)
    browser = kit.signed_in()
    return AtPhotos(kit, account, browser, service, here(kit, account.id, service))


def test_a_hint_of_this_browser_ends_the_whole_session_and_goes_back(alice: AtPhotos) -> None:
    answer = come_from_app(
        alice.browser, id_token_hint=alice.hint, post_logout_redirect_uri=BACK, state="x", client_id="client-photos"
    )

    assert answer.status == 303
    assert answer.headers["Location"] == f"{BACK}?state=x"
    assert not is_signed_in(alice.browser)
    assert opens(alice.kit, alice.there) == KEPT
    assert told(alice.kit) == [alice.there.sid]


@pytest.mark.parametrize("state", ["s" * 2048, "a\r\nLocation: https://evil.example", "\"'<>&=+%20 ü"])
def test_the_state_comes_back_as_it_was(alice: AtPhotos, state: str) -> None:
    answer = come_from_app(
        alice.browser, id_token_hint=alice.hint, post_logout_redirect_uri=f"{BACK}?kept=1", state=state
    )

    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert query == {"kept": ["1"], "state": [state]}


def test_without_a_target_the_person_stays_here(alice: AtPhotos) -> None:
    page = alice.asks(id_token_hint=alice.hint)

    assert "You are signed out." in page.text
    assert not is_signed_in(alice.browser)


def test_a_session_that_fell_idle_is_signed_out_at_once_too(alice: AtPhotos) -> None:
    alice.kit.clock.forward(hours=3)

    answer = come_from_app(alice.browser, id_token_hint=alice.hint, post_logout_redirect_uri=BACK)

    assert answer.headers["Location"] == BACK
    assert told(alice.kit) == [alice.there.sid]


def is_led_nowhere(alice: AtPhotos, answer: Answer) -> bool:
    """Return True if Alice is signed out, and a page of ours says why she is not back at the app."""
    said = "You are signed out" in answer.body and "at an address that it did not register" in answer.body
    return said and answer.status == 200 and "Location" not in answer.headers and not is_signed_in(alice.browser)


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/", f"{BACK}/", f"{BACK}?kept=2", BACK.upper(), f"{BACK}#x", "javascript:alert(1)",
        "https://photos.example.com@evil.example/bye", "//evil.example", f"{BACK}/..;/", "https://photos.example.com:443/bye",
    ],
)  # fmt: skip
def test_a_target_that_nobody_registered_leads_nowhere(alice: AtPhotos, target: str) -> None:
    answer = come_from_app(alice.browser, id_token_hint=alice.hint, post_logout_redirect_uri=target, state="x")

    assert is_led_nowhere(alice, answer)


def test_not_even_a_registered_javascript_target_is_gone_to(alice: AtPhotos) -> None:
    bad = "javascript:alert(1)"
    wiki = add_service(alice.kit, "wiki", logout_redirect_uris=[bad])
    there = here(alice.kit, alice.account.id, wiki)

    answer = come_from_app(alice.browser, id_token_hint=id_token(alice.kit, wiki, there), post_logout_redirect_uri=bad)

    assert is_led_nowhere(alice, answer)


def test_a_target_of_another_service_leads_nowhere(alice: AtPhotos) -> None:
    other = "https://wiki.example.com/bye"
    add_service(alice.kit, "wiki", logout_redirect_uris=[other])

    answer = come_from_app(alice.browser, id_token_hint=alice.hint, post_logout_redirect_uri=other)

    assert is_led_nowhere(alice, answer)


BELIEVED_NOT = {
    "changed": lambda alice: alice.hint[:-8] + "AAAAAAAA",
    "unsigned": lambda alice: ".".join(["eyJhbGciOiJub25lIn0", alice.hint.split(".")[1], ""]),
    "no token": lambda _: "x",
    "half a token": lambda alice: alice.hint.rpartition(".")[0],
    "of another issuer": lambda alice: id_token(alice.kit, alice.service, alice.there, iss="https://evil.example"),
    "a logout token": lambda alice: id_token(alice.kit, alice.service, alice.there, kind="logout+jwt"),
    "without sid": lambda alice: id_token(alice.kit, alice.service, alice.there, sid=None),
    "for two": lambda alice: id_token(alice.kit, alice.service, alice.there, aud=["client-photos", "evil"]),
    "of an unknown app": lambda alice: id_token(alice.kit, alice.service, alice.there, aud="unknown"),
}


@pytest.mark.parametrize("hint", BELIEVED_NOT)
def test_a_hint_that_is_not_ours_is_no_reason_to_sign_out_or_to_leave(alice: AtPhotos, hint: str) -> None:
    page = alice.asks(id_token_hint=BELIEVED_NOT[hint](alice), post_logout_redirect_uri=BACK)

    assert ASKS in page.text
    assert "Photos" not in page.text
    page.submit("/end-session/confirm")
    assert page.path == "/sign-in"
    assert not is_signed_in(alice.browser)


@pytest.mark.parametrize("changed", [{"sid": "other"}, {"sub": "other"}])
def test_a_hint_of_another_session_asks_first(alice: AtPhotos, changed: dict[str, str]) -> None:
    hint = id_token(alice.kit, alice.service, alice.there, **changed)

    page = alice.asks(id_token_hint=hint, post_logout_redirect_uri=BACK, state="x")

    assert ASKS in page.text
    assert "photos asks you to." in page.text
    assert is_signed_in(alice.browser)
    page.submit("/end-session/confirm")
    assert f'content="0; url={BACK}?state=x"' in page.body
    assert not is_signed_in(alice.browser)


def test_a_hint_of_somebody_else_asks_first(alice: AtPhotos) -> None:
    bob = alice.kit.account(BOB)
    his = alice.kit.signed_in(BOB)
    theirs = id_token(alice.kit, alice.service, here(alice.kit, bob.id, alice.service))

    assert ASKS in alice.asks(id_token_hint=theirs).text

    assert is_signed_in(his)
    assert is_signed_in(alice.browser)


@pytest.mark.parametrize("values", [{}, {"state": "x"}, {"post_logout_redirect_uri": BACK}, {"client_id": "unknown"}])
def test_without_a_hint_it_asks_first_and_stays_here(alice: AtPhotos, values: dict[str, str]) -> None:
    page = alice.asks(**values)

    assert ASKS in page.text
    assert is_signed_in(alice.browser)
    page.submit("/end-session/confirm")
    assert "You are signed out." in page.text


def test_an_app_that_says_only_its_name_is_named(alice: AtPhotos) -> None:
    page = alice.asks(client_id="client-photos", post_logout_redirect_uri=BACK)

    assert "photos asks you to." in page.text
    assert page.submit("/end-session/confirm").path == "/sign-in"


def test_a_name_that_is_not_that_of_the_hint_makes_both_void(alice: AtPhotos) -> None:
    add_service(alice.kit, "wiki")

    page = alice.asks(id_token_hint=alice.hint, client_id="client-wiki", post_logout_redirect_uri=BACK)

    assert ASKS in page.text
    assert is_signed_in(alice.browser)


def test_a_parameter_that_stands_there_twice_counts_as_none(alice: AtPhotos) -> None:
    twice = urlencode([("id_token_hint", alice.hint), ("id_token_hint", alice.hint)])

    assert ASKS in alice.browser.get(f"/end-session?{twice}").text


def test_who_is_not_signed_in_is_told_so_and_may_go_back(alice: AtPhotos) -> None:
    stranger = alice.kit.visitor()
    query = urlencode({"id_token_hint": alice.hint, "post_logout_redirect_uri": BACK, "state": "x"})

    page = stranger.get(f"/end-session?{query}")

    assert "Nobody is signed in here in this browser." in page.text
    assert f'href="{BACK}?state=x"' in page.body
    assert is_signed_in(alice.browser)


def test_an_app_s_form_is_brought_to_the_same_page(alice: AtPhotos) -> None:
    values = {"id_token_hint": alice.hint, "post_logout_redirect_uri": BACK, "state": "x"}

    answer = come_from_app(alice.kit.visitor(), "POST", **values, ui_locales="de")

    assert answer.status == 303
    path, _, query = answer.headers["Location"].partition("?")
    assert (path, parse_qs(query)) == ("/end-session", {name: [each] for name, each in values.items()})
    assert is_signed_in(alice.browser)
    assert come_from_app(alice.browser, **values).headers["Location"] == f"{BACK}?state=x"


def test_a_form_that_is_too_long_for_an_address_keeps_the_app_s_name(alice: AtPhotos) -> None:
    answer = come_from_app(alice.browser, "POST", state="x" * 5000, client_id="client-photos")

    assert answer.headers["Location"] == "/end-session?client_id=client-photos"


def test_another_site_cannot_press_the_button(alice: AtPhotos) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}

    answer = alice.browser._wire.send("POST", "http://localhost:8000/end-session/confirm", [], headers)

    assert answer.status == 403
    assert is_signed_in(alice.browser)


def test_a_form_without_its_token_asks_again(alice: AtPhotos) -> None:
    alice.asks()

    page = alice.browser.submit("/end-session/confirm", csrf_token="wrong")

    assert page.status == 422
    assert is_signed_in(alice.browser)
