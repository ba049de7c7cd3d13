"""Routes and the stages of signing in at which they are open."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from werkzeug.routing import Rule

from tests.support import programs
from tests.support.apps import give
from tests.support.authenticator import add
from tests.support.http_client import Visitor
from tests.support.kit import ALICE, MOBILE, OTHER_MOBILE, PASSWORD, Kit
from trustweb.models import AppPassword, Factor
from trustweb.web.base import guards

ANYBODY = {
    "assets.asset", "assets.service_worker", "health.healthz", "health.readyz",
    "sign_in.home", "sign_in.page", "sign_in.with_password",
    "held_sign_in.page", "held_sign_in.finish", "sign_in.answered", "sign_in.with_passkey_alone",
    "invitations.page", "invitations.accept", "receipts.receive", "not_me.page", "not_me.stop", "not_me.stopped",
    "recovery.page", "recovery.begin_anew", "account_recovery.link", "account_recovery.finish",
    "password_reset.page", "password_reset.begin", "password_reset.ways", "password_reset.send_link",
    "password_reset.sent", "password_reset.key", "password_reset.with_key", "password_reset.link",
    "password_reset.with_link", "addresses.link", "addresses.follow", "addresses.followed", "registration.page",
    "registration.ask", "registration.asked",
    "end_session.page", "end_session.posted", "end_session.confirm",
    "authorize.ask", "service_requests.go_on", "service_requests.go", "service_requests.consent",
    "service_requests.cancel", "service_requests.reloaded",
    "discovery.configuration", "discovery.keys", "token.token", "token.revoke", "token.introspect", "userinfo.userinfo",
    "enter.enter",
}  # fmt: skip
HALF_WAY = {
    "sign_in.code", "sign_in.with_code", "sign_in.with_passkey", "sign_in.send", "sign_in.sent", "sign_in.status",
    "sign_in.cancel", "account_recovery.page", "account_recovery.start", "account_recovery.send_link",
    "account_recovery.sent",
    "sign_in.ask_paper", "sign_in.with_paper",
}  # fmt: skip
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


@pytest.fixture(scope="module")
def one_kit(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    kit = Kit(template, tmp_path_factory.mktemp("guards") / "instance")
    alice = kit.account(numbers=(MOBILE, OTHER_MOBILE))
    give(kit, alice)
    programs.give(kit, alice)
    add(kit.signed_in().submit("Trust"))
    kit.clock.forward(minutes=20)
    yield kit
    kit.core.database.close()


def routes(kit: Kit) -> list[tuple[str, str, str]]:
    """Every endpoint with its address and each method that it knows."""
    with kit.core.database.reading() as work:
        ids = {factor.kind + "s": factor.public_id for factor in work.db.query(Factor)}
        ids["app_passwords"] = work.db.query(AppPassword.public_id).scalar()
    values = {"token": "x", "transport": "recording_texts", "version": "0", "name": "icon.svg", "word": "1-x"}
    values |= {"way": "backup-code", "request_id": "x" * 43, "act": "revoke-passwords"}

    def address(rule: Rule) -> str:
        mine = values | {"public_id": ids.get(rule.endpoint.partition(".")[0], "x")}
        mine |= {"name": "mail"} if rule.endpoint.startswith("services.") else {}
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
    known.add(("/security/services/mail/heard", "POST"))  # it could be an act, for which there is one route
    unknown = [(path, method) for path in {path for path, _ in known} for method in METHODS]

    statuses = {ask(one_kit.visitor(), method, path) for path, method in unknown if (path, method) not in known}

    assert statuses == {405}


def test_a_view_without_a_stage_stops_the_start(template: Path, tmp_path: Path) -> None:
    kit = Kit(template, tmp_path / "instance")
    kit.app.add_url_rule("/forgotten", "forgotten", lambda: "secret")

    with pytest.raises(RuntimeError, match="declare no stage: forgotten"):
        guards.check_every_view(kit.app)
