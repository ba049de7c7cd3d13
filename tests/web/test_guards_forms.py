"""Every form, sent from another site, without a token or with a stale one, changes nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.apps import BEGIN
from tests.support.csrf import with_token
from tests.support.http_client import Visitor
from tests.support.kit import ALICE, PASSWORD, Kit
from tests.support.scenes import NUMBER, REAL, scene

pytestmark = pytest.mark.slow

OPTIONAL = {"TRUSTWEB_TWO_FACTOR": "optional"}
SETTINGS = {"optional": OPTIONAL, "turning off": OPTIONAL, "open anybody": {"TRUSTWEB_REGISTRATION": "open"}}
FORMS = {
    "sign_in.with_password": ("anybody", "/sign-in", "Sign In", {"account": ALICE, "password": PASSWORD}),
    "held_sign_in.finish": ("held", "/sign-in/wait", "Continue", {}),
    "sign_in.with_code": ("half", "/sign-in/code", "Continue", {"code": "code"}),
    "sign_in.with_passkey": ("keyed half", "/sign-in/code", "/sign-in/code/passkey", {"answer": "answer"}),
    "sign_in.with_passkey_alone": ("keyed anybody", "/sign-in", "/sign-in/passkey", {"answer": "answer"}),
    "sign_in.with_paper": ("papers half", "/sign-in/code/with/recovery-key", "Continue", {"typed": "key"}),
    "sign_in.send": ("half", "/sign-in/code", "Call me", {}),
    "sign_in.cancel": ("half", "/sign-in/code", "Cancel", {}),
    "sign_in.sign_out": ("full", "/security", "Sign out", {}),
    "end_session.confirm": ("full", "/end-session", "/end-session/confirm", {}),
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
    "password_reset.send_link": ("forgetful", "/forgotten-password/ways", "Send a link to my mailbox", {}),
    "password_reset.with_link": ("forgotten", "", "Set the password", {"new_password": "staple battery horse"}),
    "password_reset.with_key": (
        "papers, forgetful", "/forgotten-password/key", "Set the password",
        {"account": ALICE, "key": "key", "new_password": "staple battery horse"},
    ),
    "lockout.keep_together": ("two", "/security/lose", "Save", {"+44 •••• ••••56": "My phone"}),
    "not_me.stop": ("told", "", "This wasn’t me: stop it", {}),
    "step_up.with_code": ("proving", "/verify", "/verify", {"code": "code"}),
    "step_up.with_passkey": ("keyed", "/verify", "/verify/passkey", {"answer": "answer"}),
    "step_up.with_paper": ("papers", "/verify/with/backup-code", "Continue", {"typed": "backup"}),
    "step_up.with_password": ("off", "/verify", "Continue", {"password": PASSWORD}),
    "service_requests.consent": ("at an app", "", "Allow", {}),
    "service_requests.cancel": ("at an app", "", "Cancel", {}),
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
    "services.leave": ("program", "/security/services/mail/revoke-passwords", "Revoke", {}),
    "passkeys.add": ("full", "/security/passkeys/add", "/security/passkeys/add", {"answer": "answer"}),
    "passkeys.remove": ("keyed", "/security/passkeys/{id}/remove", "Remove", {}),
    "passkeys.restore": ("keyed removed", "/security/passkeys", "Put back Passkey", {}),
    "passkeys.change": ("keyed", "/security/passkeys/{id}/change", "Save", {"name": "Mine"}),
    "recovery_key.create": ("full", "/security/recovery-key/new", "Show the key", {}),
    "recovery_key.confirm": ("shown", "/security/recovery-key/confirm", "Confirm", {"typed": "key"}),
    "recovery_key.remove": ("papers", "/security/recovery-key/remove", "Remove", {}),
    "backup_codes.create": ("full", "/security/backup-codes/new", "Show the codes", {}),
    "backup_codes.remove": ("papers", "/security/backup-codes/remove", "Remove", {}),
    "trusted_devices.trust": ("full", "/security/devices", "Trust this browser", {}),
    "trusted_devices.remove": ("trusted", "/security/devices/{id}/remove", "Remove", {}),
    "trusted_devices.change": ("trusted", "/security/devices/{id}/change", "Save", {"label": "Mine"}),
    "trusted_devices.sign_out_everywhere": ("crowded", "/security/devices", "Sign out everywhere else", {}),
    "notifications.turn_on": ("trusted", "/security", "/security/devices/notifications", {"subscription": REAL}),
    "notifications.turn_off": ("notified", "/security", "Turn off notifications", {}),
    "notifications.renew": ("notified", "/prompts", "/prompts/notifications", {"subscription": REAL}),
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


def unchanged(kit: Kit) -> list[str]:
    """All of the database but the counters of limits."""
    return [line for line in kit.database_text().splitlines() if '"rate_limit"' not in line]


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


def test_every_form_is_in_the_table(kit: Kit) -> None:
    posts = {rule.endpoint for rule in kit.app.url_map.iter_rules() if "POST" in (rule.methods or ())}

    # Carriers and apps post no form; and a name whose password was forgotten is kept in the browser's own cookie only.
    from_apps = {"authorize.ask", "token.token", "token.revoke", "token.introspect", "userinfo.userinfo"}
    from_apps |= {"end_session.posted"}
    assert posts - from_apps - {"receipts.receive", "password_reset.begin"} == set(FORMS)
