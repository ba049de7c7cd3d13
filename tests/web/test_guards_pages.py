"""Headers, host, cookies, sessions, errors and stale forms of every page."""

from __future__ import annotations

import pytest

from tests.support.csrf import with_token
from tests.support.http_client import Visitor
from tests.support.kit import ALICE, MOBILE, OTHER_MOBILE, PASSWORD, Kit
from tests.support.sign_in import set_session_cookie

HTTPS = {"TRUSTWEB_PUBLIC_URL": "https://account.example.com"}


@pytest.fixture
def alice(kit: Kit) -> Visitor:
    kit.account(numbers=(MOBILE,))
    return kit.signed_in()


def test_every_answer_has_the_security_headers(alice: Visitor) -> None:
    for path in ("/security", "/security/numbers/add", "/nothing", "/healthz", "/security/password", "/verify"):
        headers = alice.get(path).answer.headers
        policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
        assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/", 303), ("PUT", "/sign-in", 405), ("GET", "/x", 404)]
)
def test_redirects_and_errors_have_them_too(method: str, path: str, status: int, kit: Kit) -> None:
    answer = kit.app.test_client().open(path, method=method, base_url="http://localhost:8000")

    assert answer.status_code == status
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_nothing_on_a_page_is_inline(alice: Visitor) -> None:
    for path in ("/security", "/security/numbers/add", "/verify", "/nothing"):
        page = alice.get(path).page
        assert all(script.get("src").startswith("/static/") for script in page.all("script"))
        assert page.all("style") == []
        assert not [n for n in page.root.walk() for name in n.attributes if name == "style" or name.startswith("on")]


def test_static_files_are_kept_and_come_from_here(kit: Kit) -> None:
    page = kit.visitor().get("/sign-in").page
    files = [node.get("src") or node.get("href") for node in page.all("script", "link")]

    answers = [kit.visitor().get(path) for path in files]

    assert {answer.status for answer in answers} == {200}
    assert all("immutable" in answer.answer.headers["Cache-Control"] for answer in answers)


@pytest.mark.parametrize(("method", "status"), [("GET", 308), ("HEAD", 308), ("POST", 421), ("PUT", 421)])
def test_another_host_is_sent_to_ours(method: str, status: int, kit: Kit) -> None:
    answer = kit.app.test_client().open("/sign-in?x=1", method=method, base_url="http://evil.example")

    assert answer.status_code == status
    assert answer.headers.get("Location") == ("http://localhost:8000/sign-in?x=1" if status == 308 else None)


def test_a_forwarded_host_of_an_unknown_proxy_is_not_believed(kit: Kit) -> None:
    headers = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.9"}

    answer = kit.app.test_client().get("/sign-in", base_url="http://localhost:8000", headers=headers)

    assert answer.status_code == 200
    assert "evil.example" not in answer.text


def test_cookies_on_https_are_bound_to_the_host(make_kit) -> None:
    kit = make_kit(**HTTPS)
    kit.account()
    visitor = Visitor("https://account.example.com", client=kit.app.test_client())
    visitor.get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)

    for name in ("__Host-trustweb", "__Host-trustweb-browser"):
        cookie = visitor._wire.client.get_cookie(name, "account.example.com")  # type: ignore[union-attr]
        assert (cookie.secure, cookie.http_only, cookie.same_site, cookie.path) == (True, True, "Lax", "/")
        assert cookie.origin_only
    assert "max-age=" in visitor.answer.headers["Strict-Transport-Security"]


def test_cookies_on_localhost_are_out_of_reach_of_scripts(alice: Visitor) -> None:
    for name in ("trustweb", "trustweb-browser"):
        cookie = alice._wire.client.get_cookie(name)  # type: ignore[union-attr]
        assert (cookie.http_only, cookie.same_site) == (True, "Lax")


def test_the_session_has_a_new_token_at_every_stage_and_the_old_one_is_dead(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = kit.visitor().get("/sign-in")
    before = visitor.cookie("trustweb")
    half = visitor.submit("Sign In", account=ALICE, password=PASSWORD).cookie("trustweb")
    visitor.submit("Continue", verification_code=kit.code())

    assert len({before, half, visitor.cookie("trustweb")}) == 3
    for old in (before, half):
        thief = kit.visitor()
        set_session_cookie(thief, old)
        assert thief.get("/security").path == "/sign-in"


def test_an_unused_session_ends_after_an_hour(alice: Visitor, kit: Kit) -> None:
    kit.clock.forward(minutes=59)
    assert alice.get("/security").path == "/security"

    kit.clock.forward(minutes=60)

    assert alice.get("/security").path == "/sign-in"


def test_every_session_ends_after_a_day(alice: Visitor, kit: Kit) -> None:
    for _ in range(47):
        kit.clock.forward(minutes=30)
        assert alice.get("/security").path == "/security"

    kit.clock.forward(minutes=30)

    assert alice.get("/security").path == "/sign-in"


@pytest.mark.parametrize("poll", ["/security/numbers/code/status", "/verify/status"])
def test_polls_keep_no_session_alive(poll: str, alice: Visitor, kit: Kit) -> None:
    for _ in range(3):
        kit.clock.forward(minutes=19)
        assert alice.get(poll).status == 200

    kit.clock.forward(minutes=4)

    assert alice.get("/security").path == "/sign-in"


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("GET", "/nothing", 404, "There is nothing here"),
        ("POST", "/security", 405, "That cannot be done here"),
        ("POST", "/sign-in", 413, "That is too large"),
    ],
)
@pytest.mark.parametrize("htmx", [False, True])
def test_errors_have_pages(method: str, path: str, status: int, words: str, htmx: bool, alice: Visitor) -> None:
    client = alice._wire.client  # type: ignore[union-attr]
    body, headers = {"account": "x" * 70_000} if status == 413 else {}, {"HX-Request": "true"} if htmx else {}

    answer = client.open(path, method=method, data=body, headers=headers, base_url="http://localhost:8000")

    assert answer.status_code == status
    assert words in answer.text
    assert "Trustweb" in answer.text


def test_a_cross_site_post_gets_a_page_that_says_so(alice: Visitor) -> None:
    alice._from_here = lambda _method: {"Sec-Fetch-Site": "cross-site"}  # type: ignore[method-assign]

    alice.submit("Sign out")

    assert alice.status == 403
    assert "Something asked this site to act for you from outside. Nothing was done." in alice.text


STALE = [
    (
        "Add a Trusted Phone Number",
        "Continue",
        {"country": "United States (+1)", "phone_number": "201 555 0123", "label": "Mum"},
    ),
    ("Change +44 •••• ••••56", "Save", {"label": "Mine"}),
]


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize(("where", "button", "fields"), STALE)
def test_a_stale_form_comes_back_with_what_was_typed(
    where: str, button: str, fields: dict[str, str], htmx: bool, kit: Kit
) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = kit.signed_in(htmx=htmx)
    visitor.submit("Edit").submit(where)

    stale = with_token(visitor, "stale").submit(button, **fields)

    assert stale.status == 422
    assert "Nothing is lost: please press the button again." in stale.text
    assert [stale.value(name) for name in fields] == list(fields.values())
    assert stale.submit(button).status == 200


def test_a_stale_sign_in_comes_back_with_the_name_and_without_the_password(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))

    stale = with_token(kit.visitor().get("/sign-in"), "stale").submit("Sign In", account=ALICE, password=PASSWORD)
    assert "Nothing is lost" in stale.text
    assert stale.value("Account") == ALICE
    assert PASSWORD not in stale.body

    assert stale.submit("Sign In", password=PASSWORD).path == "/sign-in/code"


def test_a_stale_code_is_still_there(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)

    stale = with_token(visitor, "stale").submit("Continue", verification_code=kit.code())

    assert "Nothing is lost" in stale.text
    assert stale.submit("Continue").path == "/security"


@pytest.mark.parametrize("act", ["/cancel", "/code", "/code/send"])
def test_a_stale_form_whose_code_is_gone_is_no_error(act: str, alice: Visitor) -> None:
    with_token(alice, "stale").post(f"/security/numbers{act}", code="123456", method="text")
    alice.get("/security/numbers/add")

    stale = with_token(alice, "stale").post(f"/security/numbers{act}", code="123456", method="text")

    assert stale.status in {200, 422}


def test_a_form_is_good_across_tabs_and_stages(kit: Kit) -> None:
    kit.account(numbers=(MOBILE, OTHER_MOBILE))
    visitor = kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)
    tab = visitor.tab()

    tab.submit("Text me at +44 •••• ••••56")
    visitor.submit("Text me at +49 •••• •••••89")

    assert visitor.status == 200
    assert "Enter the code sent to +49" in visitor.text
