"""Every form: from another site, without our token or with a stale one it changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from trustweb import accounts, notices
from trustweb.codes import links
from trustweb.models import Account, Factor, Recovery
from trustweb.recovery import operator_link

from . import authenticator, mail_kit, programs
from .apps import BEGIN, give, scan
from .authenticator import Authenticator
from .http_client import Visitor
from .kit import ALICE, FIXED, MOBILE, PASSWORD, Kit

NUMBER = {"country": "GB", "phone_number": "020 7031 3000", "verify_with": "call"}
OPTIONAL = {"TRUSTWEB_TWO_FACTOR": "optional"}
SETTINGS = {"optional": OPTIONAL, "turning off": OPTIONAL, "open anybody": {"TRUSTWEB_REGISTRATION": "open"}}
KINDS = {"devices": "trusted_device", "apps": "authenticator_app", "passkeys": "passkey"}
FORMS = {
    "sign_in.with_password": ("anybody", "/sign-in", "Sign In", {"account": ALICE, "password": PASSWORD}),
    "sign_in.with_code": ("half", "/sign-in/code", "Continue", {"code": "code"}),
    "sign_in.with_passkey": ("keyed half", "/sign-in/code", "/sign-in/code/passkey", {"answer": "answer"}),
    "sign_in.with_passkey_alone": ("keyed anybody", "/sign-in", "/sign-in/passkey", {"answer": "answer"}),
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
    "two_factor.turn_on": ("off again", "/security/two-factor", "Turn It On", {}),
    "two_factor.plan_off": ("optional", "/security/two-factor/off", "Turn Off", {"password": PASSWORD}),
    "two_factor.keep_on": ("turning off", "/security", "Keep It On", {}),
    "account_recovery.start": ("lost", "/sign-in/recovery", "Start the wait", {}),
    "account_recovery.send_link": ("waited", "/sign-in/recovery", "Send me the link", {}),
    "account_recovery.finish": (
        "recoverable", "", "Continue", {"current_password": PASSWORD, "new_password": "staple battery horse"}
    ),
    "account_recovery.stop": ("waiting", "/security", "Stop it", {}),
    "prompts.stop_recovery": ("trusted, recovering", "/prompts", "Stop it", {}),
    "recovery.begin_anew": ("recovering", "", "Continue", {"new_password": "staple battery horse"}),
    "lockout.keep_together": ("two", "/security/lose", "Save", {"+44 •••• ••••56": "My phone"}),
    "not_me.stop": ("told", "", "This wasn’t me: stop it", {}),
    "step_up.with_code": ("proving", "/verify", "/verify", {"code": "code"}),
    "step_up.with_passkey": ("keyed", "/verify", "/verify/passkey", {"answer": "answer"}),
    "step_up.with_password": ("off", "/verify", "Continue", {"password": PASSWORD}),
    "step_up.send": ("full", "/verify", "Text me at +44 •••• ••••56", {}),
    "step_up.cancel": ("proving", "/verify", "Cancel", {}),
    "authenticator_apps.begin": ("full", "/security/apps", BEGIN, {}),
    "authenticator_apps.verify": ("app", "/security/apps/code", "verify-app", {"code": "code"}),
    "authenticator_apps.cancel": ("app", "/security/apps/code", "Cancel", {}),
    "authenticator_apps.remove": ("apps", "/security/apps/{id}/remove", "Remove", {}),
    "authenticator_apps.restore": ("removed app", "/security/apps", "Put back Authenticator app", {}),
    "authenticator_apps.change": ("apps", "/security/apps/{id}/change", "Save", {"label": "Mine"}),
    "app_passwords.make": ("full", "/security/app-passwords/new", "Create", {"name": "Laptop", "service": "mail"}),
    "app_passwords.revoke": ("program", "/security/app-passwords/{program}/revoke", "Revoke", {}),
    "app_passwords.revoke_all": ("program", "/security/app-passwords/revoke-all", "Revoke All", {}),
    "passkeys.add": ("full", "/security/passkeys/add", "/security/passkeys/add", {"answer": "answer"}),
    "passkeys.remove": ("keyed", "/security/passkeys/{id}/remove", "Remove", {}),
    "passkeys.restore": ("keyed removed", "/security/passkeys", "Put back Passkey", {}),
    "passkeys.change": ("keyed", "/security/passkeys/{id}/change", "Save", {"name": "Mine"}),
    "trusted_devices.trust": ("full", "/security/devices", "Trust this browser", {}),
    "trusted_devices.remove": ("trusted", "/security/devices/{id}/remove", "Remove", {}),
    "trusted_devices.change": ("trusted", "/security/devices/{id}/change", "Save", {"label": "Mine"}),
    "trusted_devices.sign_out_everywhere": ("crowded", "/security/devices", "Sign out everywhere else", {}),
    "prompts.allow": ("asked", "/prompts", "Allow", {}),
    "prompts.ask_for_code": ("trusted", "/prompts/code", "Show a code", {}),
    "prompts.deny": ("asked", "/prompts", "Don’t Allow", {}),
    "addresses.ask_proof": ("full", "/account", "Send me a link", {}),
    "addresses.ask_change": ("full", "/account/address", "Send a link", {"address": "new@example.com"}),
    "addresses.follow": ("linked", "", "Confirm", {}),
    "registration.ask": ("open anybody", "/create-account", "Continue", {"address": "new@example.com"}),
    "account.save": ("full", "/account", "Save", {"name": "Alice"}),
    "account.download": ("full", "/account/data", "Download", {}),
    "account.plan_deletion": ("full", "/account/delete", "Delete My Account", {}),
    "account.keep": ("leaving", "/account", "Keep my account", {}),
    "passwords.change": (
        "full", "/security/password", "Change password",
        {"current_password": PASSWORD, "new_password": "staple battery horse"},
    ),
}  # fmt: skip


STEPS = {
    "leaving": ("/account/delete", "Delete My Account"),
    "trusted": ("/security?trust=ask", "Trust"),
    "asked": ("/security?trust=ask", "Trust"),
    "removed": ("/security/numbers", "Remove +44 •• •••• ••00", "Remove"),
    "removed app": ("/security/apps", "Remove Authenticator app", "Remove"),
    "proving": ("/verify", "Text me at +44 •••• ••••56"),
    "trusted, recovering": ("/security?trust=ask", "Trust"),
}
WAITED = {"lost": None, "waited": 72, "recoverable": 72, "waiting": 0, "trusted, recovering": 0}
"""How many hours of account recovery are over, at the stages that have to do with it."""


def scene(kit: Kit, stage: str, path: str) -> tuple[Visitor, dict[str, str]]:
    """Somebody on the page with the form, the code that a phone got last, and what a passkey answers there."""
    account = kit.account(numbers={"off": (), "two": (MOBILE, FIXED), "removed": (MOBILE, FIXED)}.get(stage, (MOBILE,)))
    visitor, got, key = comer(kit, stage), MOBILE, Authenticator()
    if stage in WAITED:
        wait(kit, account, WAITED[stage])
    path = link(kit, account, stage) or path
    if stage in {"apps", "removed app"}:
        give(kit, account)
    page, *buttons = STEPS.get(stage, ("",))
    if page:
        visitor.get(page)
    for button in buttons:
        visitor.submit(button)
    if stage == "crowded":
        kit.signed_in()
    if stage == "asked":
        kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)
    if stage == "adding":
        visitor.get("/security/numbers/add").submit("Continue", **NUMBER)
        got = FIXED
    if stage == "program":
        programs.give(kit, account)
    if stage == "app":
        app = scan(visitor.get("/security/apps").submit(BEGIN))
        return on_the_page(kit, visitor, stage, path), {"code": app.at(kit.clock.now)}
    if stage.startswith("keyed"):
        visitor = keyed(kit, visitor, key, stage)
    on_the_page(kit, visitor, stage, path)
    codes = [each.code for each in kit.messages(got) if each.code]
    answers = {"answer": authenticator.answer(visitor, key)} if authenticator.asks(visitor) else {}
    return visitor, answers | ({"code": codes[-1]} if codes else {})


def comer(kit: Kit, stage: str) -> Visitor:
    """Somebody at the stage of signing in that is wanted."""
    if stage in {"invited", "recovering", "recoverable", "anybody", "open anybody"}:
        return kit.visitor()
    if stage in {"half", "lost", "waited"}:
        return kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)
    visitor = kit.signed_in()
    kit.clock.forward(minutes=1)
    return visitor.get("/security")


def link(kit: Kit, account: Account, stage: str) -> str:
    """The address that the person was sent, if any."""
    with kit.core.database.writing(account.id) as work:
        if stage == "invited":
            return f"/invitation/{accounts.invite(work)}"
        if stage == "recovering":
            return f"/recovery/{operator_link.make(work, account.id)}"
        if stage == "told":
            notices.tell(work, account.id, "password_changed")
        if stage == "linked":
            links.send(work, links.PROVE, ALICE, account_id=account.id, language="en")
        if stage == "recoverable":
            links.send(work, links.RECOVER, ALICE, account_id=account.id, language="en")
    if stage in {"linked", "recoverable"}:
        return mail_kit.link(kit, ALICE)
    return urlsplit(kit.messages(MOBILE)[-1].text.split()[-1]).path if stage == "told" else ""


def wait(kit: Kit, account: Account, hours: int | None) -> None:
    """The account's mailbox is confirmed, and so much of a recovery is over; None: there is none."""
    mail_kit.proved(kit, account)
    kit.clock.forward(minutes=11)
    if hours is not None:
        with kit.core.database.writing(account.id) as work:
            row = Recovery(account_id=account.id, kind="waiting", started_at=work.now, seen_at=work.now)
            row.waited = hours * 3600
            work.db.add(row)
            work.db.get_one(Account, account.id).recovers_at = work.now


def keyed(kit: Kit, visitor: Visitor, key: Authenticator, stage: str) -> Visitor:
    """Who has a passkey, at the stage of signing in that is wanted."""
    authenticator.add(visitor, key)
    if stage == "keyed removed":
        return visitor.submit("Remove Passkey").submit("Remove")
    if stage == "keyed half":
        return kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)
    return kit.visitor() if stage == "keyed anybody" else visitor


def on_the_page(kit: Kit, visitor: Visitor, stage: str, path: str) -> Visitor:
    with kit.core.database.writing() as work:
        account = accounts.find(work, ALICE)
        assert account
        account.strangers_blocked_at = work.now
        if stage == "off again":
            account.two_factor_since = None
        if stage == "turning off":
            account.two_factor_off_at = work.now + timedelta(days=1)
        ids = {factor.kind: factor.public_id for factor in work.db.query(Factor).order_by(Factor.id.desc())}
    kind = next((kind for noun, kind in KINDS.items() if noun in path), "trusted_number")
    kit.clock.forward(seconds=31)
    return visitor.get(path.replace("{id}", ids.get(kind, "")).replace("{program}", "h" * 8))


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
def test_a_form_from_elsewhere_changes_nothing(
    endpoint: str, request: pytest.FixtureRequest, make_kit: Callable[..., Kit]
) -> None:
    stage, path, button, fields = FORMS[endpoint]
    kit = make_kit(**SETTINGS[stage]) if stage in SETTINGS else request.getfixturevalue("kit")
    visitor, known = scene(kit, stage, path)
    filled = {name: known.get(value, value) for name, value in fields.items()}
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
