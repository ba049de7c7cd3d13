"""Who may ask for what: every route at every stage, and every form from where it may come."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from werkzeug.routing import Rule

from trustweb import accounts, notices
from trustweb.models import Account, Factor
from trustweb.web import guards

from .http_client import Visitor
from .kit import ALICE, FIXED, MOBILE, OTHER_MOBILE, PASSWORD, Kit

ANYBODY = {
    "assets.asset", "health.healthz", "sign_in.home", "sign_in.page", "sign_in.with_password",
    "invitations.page", "invitations.accept", "receipts.receive", "not_me.page", "not_me.stop", "not_me.stopped",
}  # fmt: skip
HALF_WAY = {
    "sign_in.code", "sign_in.with_code", "sign_in.send", "sign_in.sent", "sign_in.status", "sign_in.cancel",
}  # fmt: skip
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


@pytest.fixture(scope="module")
def one_kit(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    kit = Kit(template, tmp_path_factory.mktemp("guards") / "instance")
    kit.account(numbers=(MOBILE, OTHER_MOBILE))
    kit.signed_in().submit("Trust")
    kit.clock.forward(minutes=20)
    yield kit
    kit.core.database.engine.dispose()


def routes(kit: Kit) -> list[tuple[str, str, str]]:
    """Every endpoint with its address and each method that it knows."""
    with kit.core.database.reading() as work:
        ids = {factor.kind + "s": factor.public_id for factor in work.db.query(Factor)}
    values = {"token": "x", "transport": "recording_texts", "version": "0", "name": "icon.svg", "word": "1-x"}

    def address(rule: Rule) -> str:
        mine = values | {"public_id": ids.get(rule.endpoint.partition(".")[0], "x")}
        return re.sub("<(.*?)>", lambda name: mine[name[1]], rule.rule)

    return [
        (rule.endpoint, address(rule), method)
        for rule in kit.app.url_map.iter_rules()
        for method in sorted(rule.methods or ())
    ]


def ask(visitor: Visitor, method: str, path: str) -> int:
    client = visitor._wire.client  # type: ignore[union-attr]
    return int(client.open(path, method=method, base_url="http://localhost:8000").status_code)


def goes_to(visitor: Visitor, method: str, path: str) -> str:
    client = visitor._wire.client  # type: ignore[union-attr]
    answer = client.open(path, method=method, base_url="http://localhost:8000")
    return urlsplit(answer.headers["Location"]).path if answer.status_code == 303 else f"answered {answer.status_code}"


def test_a_stranger_is_sent_to_sign_in_from_every_other_page(one_kit: Kit) -> None:
    closed = [each for each in routes(one_kit) if each[0] not in ANYBODY]

    answers = {goes_to(one_kit.visitor(), method, path) for _, path, method in closed}

    assert len(closed) > 40
    assert answers == {"/sign-in"}


def test_half_way_only_the_code_pages_answer(one_kit: Kit) -> None:
    visitor = one_kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)
    closed = [each for each in routes(one_kit) if each[0] not in ANYBODY | HALF_WAY]

    answers = {goes_to(visitor, method, path) for _, path, method in closed}

    assert len(closed) > 30
    assert answers == {"/sign-in/code"}


def test_signed_in_the_code_pages_of_signing_in_are_closed(one_kit: Kit) -> None:
    one_kit.clock.forward(minutes=20)
    visitor = one_kit.signed_in()
    closed = [each for each in routes(one_kit) if each[0] in HALF_WAY]

    answers = {goes_to(visitor, method, path) for _, path, method in closed}

    assert answers == {"/security"}


def test_a_signed_in_person_gets_every_page(one_kit: Kit) -> None:
    one_kit.clock.forward(minutes=20)
    visitor = one_kit.signed_in()

    pages = [path for name, path, method in routes(one_kit) if name not in ANYBODY | HALF_WAY and method == "GET"]
    statuses = {path: ask(visitor, "GET", path) for path in pages}

    assert len(pages) > 10
    assert set(statuses.values()) <= {200, 303}


def test_what_a_route_does_not_know_is_405_for_anybody(one_kit: Kit) -> None:
    known = {(path, method) for _, path, method in routes(one_kit)}
    unknown = [(path, method) for path in {path for path, _ in known} for method in METHODS]

    statuses = {ask(one_kit.visitor(), method, path) for path, method in unknown if (path, method) not in known}

    assert statuses == {405}


def test_a_view_without_a_stage_stops_the_start(template: Path, tmp_path: Path) -> None:
    kit = Kit(template, tmp_path / "instance")
    kit.app.add_url_rule("/forgotten", "forgotten", lambda: "secret")

    with pytest.raises(RuntimeError, match="declare no stage: forgotten"):
        guards.check_every_view(kit.app)


NUMBER = {"country": "GB", "phone_number": "020 7031 3000", "verify_with": "call"}
FORMS = {
    "sign_in.with_password": ("anybody", "/sign-in", "Sign In", {"account": ALICE, "password": PASSWORD}),
    "sign_in.with_code": ("half", "/sign-in/code", "Continue", {"code": "code"}),
    "sign_in.send": ("half", "/sign-in/code", "Call me", {}),
    "sign_in.cancel": ("half", "/sign-in/code", "Cancel", {}),
    "sign_in.sign_out": ("full", "/security", "Sign out", {}),
    "invitations.accept": ("invited", "", "Continue", {"account": "bob@example.com", "password": PASSWORD}),
    "security.strangers_read": ("full", "/security", "It was me", {}),
    "trusted_numbers.send_code": ("full", "/security/numbers/add", "Continue", NUMBER),
    "trusted_numbers.verify": ("adding", "/security/numbers/code", "verify", {"code": "code"}),
    "trusted_numbers.send_again": ("adding", "/security/numbers/code", "Send a new code", {}),
    "trusted_numbers.cancel": ("adding", "/security/numbers/code", "Cancel", {}),
    "trusted_numbers.remove": ("two", "/security/numbers/{id}/remove", "Remove", {}),
    "trusted_numbers.change": ("full", "/security/numbers/{id}/change", "Save", {"label": "Mine"}),
    "trusted_numbers.restore": ("removed", "/security/numbers", "Put back +44 •• •••• ••00", {}),
    "not_me.stop": ("told", "", "This wasn’t me: stop it", {}),
    "step_up.with_code": ("proving", "/verify", "/verify", {"code": "code"}),
    "step_up.with_password": ("off", "/verify", "Continue", {"password": PASSWORD}),
    "step_up.send": ("full", "/verify", "Text me at +44 •••• ••••56", {}),
    "step_up.cancel": ("proving", "/verify", "Cancel", {}),
    "trusted_devices.trust": ("full", "/security/devices", "Trust this browser", {}),
    "trusted_devices.remove": ("trusted", "/security/devices/{id}/remove", "Remove", {}),
    "trusted_devices.change": ("trusted", "/security/devices/{id}/change", "Save", {"label": "Mine"}),
    "trusted_devices.sign_out_everywhere": ("crowded", "/security/devices", "Sign out everywhere else", {}),
    "prompts.allow": ("asked", "/prompts", "Allow", {}),
    "prompts.deny": ("asked", "/prompts", "Don’t Allow", {}),
    "passwords.change": (
        "full", "/security/password", "Change password",
        {"current_password": PASSWORD, "new_password": "staple battery horse"},
    ),
}  # fmt: skip


def test_every_form_is_looked_at_here(one_kit: Kit) -> None:
    posts = {name for name, _, method in routes(one_kit) if method == "POST"}

    assert posts - {"receipts.receive"} == set(FORMS)


def scene(kit: Kit, stage: str, path: str) -> tuple[Visitor, str]:
    """Somebody on the page with the form, and the code that a phone got last."""
    kit.account(numbers={"off": (), "two": (MOBILE, FIXED), "removed": (MOBILE, FIXED)}.get(stage, (MOBILE,)))
    visitor, got = kit.visitor(), MOBILE
    if stage == "invited":
        with kit.core.database.writing() as work:
            path = f"/invitation/{accounts.invite(work)}"
    elif stage == "half":
        visitor.get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)
    elif stage != "anybody":
        visitor = kit.signed_in()
        kit.clock.forward(minutes=1)
        visitor.get("/security")
    if stage == "crowded":
        kit.signed_in()
    if stage in {"trusted", "asked"}:
        visitor.get("/security?trust=ask").submit("Trust")
    if stage == "asked":
        kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)
    if stage == "removed":
        visitor.get("/security/numbers").submit("Remove +44 •• •••• ••00").submit("Remove")
    if stage == "told":
        with kit.core.database.writing() as work:
            notices.tell(work, work.db.query(Account.id).scalar(), "password_changed")
        path = urlsplit(kit.messages(MOBILE)[-1].text.split()[-1]).path
    if stage == "adding":
        visitor.get("/security/numbers/add").submit("Continue", **NUMBER)
        got = FIXED
    if stage == "proving":
        visitor.get("/verify").submit("Text me at +44 •••• ••••56")
    return on_the_page(kit, visitor, path), kit.code(got) if kit.messages(got) else ""


def on_the_page(kit: Kit, visitor: Visitor, path: str) -> Visitor:
    with kit.core.database.writing() as work:
        account = accounts.find(work, ALICE)
        assert account
        account.strangers_blocked_at = work.now
        kind = "trusted_device" if "devices" in path else "trusted_number"
        factor = work.db.query(Factor.public_id).filter(Factor.kind == kind).first()
    kit.clock.forward(seconds=31)
    return visitor.get(path.replace("{id}", factor[0] if factor else ""))


def unchanged(kit: Kit) -> list[str]:
    """All of the database but the counters of limits."""
    return [line for line in kit.database_text().splitlines() if '"rate_limit"' not in line]


def with_token(visitor: Visitor, value: str | None) -> Visitor:
    tab = visitor.tab()
    for node in tab.page.all("input"):
        if node.get("name") == "csrf_token":
            node.attributes |= {"value": value or ""}
            if value is None:
                del node.attributes["name"]
    return tab


def coming_from(visitor: Visitor, **headers: str) -> Visitor:
    tab = visitor.tab()
    tab._from_here = lambda _method: headers  # type: ignore[method-assign]
    return tab


@pytest.mark.parametrize("endpoint", FORMS)
def test_a_form_from_elsewhere_changes_nothing(endpoint: str, kit: Kit) -> None:
    stage, path, button, fields = FORMS[endpoint]
    visitor, code = scene(kit, stage, path)
    filled = fields | ({"code": code} if "code" in fields else {})
    before = unchanged(kit)

    for forged in (
        with_token(visitor, None),
        with_token(visitor, "stale"),
        coming_from(visitor, Origin="https://evil.example"),
        coming_from(visitor, Origin="null"),
        coming_from(visitor, **{"Sec-Fetch-Site": "cross-site"}),
        coming_from(visitor, **{"Sec-Fetch-Site": "same-site"}),
    ):
        forged.submit(button, **filled)
        assert unchanged(kit) == before, forged.text

    visitor.submit(button, **filled)
    assert unchanged(kit) != before
