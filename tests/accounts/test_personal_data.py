"""The download of a person’s data: complete, without secrets, and without data of others."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.support import apps, paper
from tests.support.at_services import add, app, come, enter, join, stay
from tests.support.deletion import account_tables
from tests.support.http_client import Visitor
from tests.support.kit import ALICE, BOB, FIXED, MOBILE, OTHER_MOBILE, PASSWORD, Kit
from tests.support.paths import DOCS
from tests.support.step_up import prove_by_text
from trustweb import invitations, personal_data
from trustweb.models import Account, Base, Service

PAGE = DOCS / "personal-data.md"
ROW, SECRET, SAME = "finds its way between rows", "opens something", "stands there in another column"
LEFT_OUT = {
    "account.frozen_until": "a limit", "account.id": ROW, "account.journal_head": SECRET, "account.journal_seq": SAME,
    "account.name_key": SAME, "account.password_hash": SECRET,
    "app_password.account_id": ROW, "app_password.handle": SECRET, "app_password.id": ROW, "app_password.mac": SECRET,
    "app_password.public_id": ROW,
    "authenticator_app.factor_id": ROW, "authenticator_app.last_step": SECRET, "authenticator_app.secret": SECRET,
    "challenge.account_id": ROW, "challenge.counter": SECRET, "challenge.factor_id": ROW,
    "challenge.line": "follows from the number", "challenge.next_send_at": "a limit",
    "challenge.public_id": ROW, "challenge.region": "follows from the number", "challenge.secret": SECRET,
    "challenge.session_id": ROW,
    "delivery.account_id": ROW, "delivery.factor_id": ROW, "delivery.from_seq": ROW, "delivery.kind": SAME,
    "delivery.carrier_id": SECRET, "delivery.counter": SECRET, "delivery.deadline": SAME, "delivery.due_at": ROW,
    "delivery.id": ROW, "delivery.lease": ROW, "delivery.lease_until": ROW, "delivery.tried": ROW,
    "factor.account_id": ROW, "factor.id": ROW, "factor.kind": SAME, "factor.public_id": ROW,
    "delivery.link_id": ROW, "mail_address.factor_id": ROW, "mail_link.account_id": ROW, "mail_link.id": ROW,
    "mail_link.address": "a mistyped one is somebody else’s",
    "invitation.account_id": ROW, "invitation.id": ROW, "invitation.token_hash": SECRET,
    "journal_cut.account_id": ROW, "journal_cut.at": ROW, "journal_cut.id": ROW, "journal_cut.last_mac": SECRET,
    "journal_cut.mac": SECRET, "journal_cut.seq": ROW,
    "journal_entry.account_id": ROW, "journal_entry.id": ROW, "journal_entry.mac": SECRET,
    "known_browser.account_id": ROW, "known_browser.id": ROW, "known_browser.token_hash": SECRET,
    "account.user_handle": ROW,
    "passkey.factor_id": ROW, "passkey.removed_at": SAME,
    "passkey.public_key": "the person's device has it", "passkey.sign_count": "the person's device has it",
    "recovery.account_id": ROW, "recovery.cancelled_by": ROW, "recovery.id": ROW, "recovery.token_hash": SECRET,
    "backup_code.code_hash": SECRET, "backup_code.factor_id": ROW,
    "backup_codes.account_id": ROW, "backup_codes.factor_id": ROW, "backup_codes.secret": SECRET,
    "new_recovery_key.public_id": ROW, "new_recovery_key.secret": SECRET, "new_recovery_key.session_id": ROW,
    "recovery_key.account_id": ROW, "recovery_key.factor_id": ROW, "recovery_key.key_hash": SECRET,
    "delivery.service_id": SAME, "delivery.sid": SECRET, "delivery.sub": SAME,
    "account_group.account_id": ROW,
    "service_access.account_id": ROW, "service_access.id": ROW, "service_access.service_id": ROW,
    **{f"service_code.{name}": "over in a minute" for name in (
        "account_id", "code_challenge", "code_hash", "created_at", "expires_at", "family", "id", "kind", "nonce",
        "path", "redirect_uri", "scope", "service_id", "session_id", "spent_at", "state_hash",
    )},
    **{f"service_request.{name}": "over in ten minutes" for name in (
        "browser_hash", "cancelled", "consented_at", "created_at", "done_at", "expires_at", "id", "kind", "service_id",
        "session_id", "values",
    )},
    "service_session.account_id": ROW, "service_session.by_factor": ROW, "service_session.id": ROW,
    "service_session.proved_by": ROW, "service_session.service_id": ROW, "service_session.session_id": ROW,
    "service_session.sid": SECRET, "service_session.token_hash": SECRET,
    "service_token.family": SECRET, "service_token.handle": SECRET, "service_token.id": ROW,
    "service_token.service_session_id": ROW, "service_token.successor": SECRET,
    "session.account_id": ROW, "session.browser_hash": SECRET, "session.family": SECRET, "session.id": ROW,
    "session.kept_act": "gone once the proof is given that a download needs", "session.proved_by": ROW,
    "session.step_up_by": ROW, "session.token_hash": SECRET,
    "trusted_device.account_id": ROW, "trusted_device.browser_hash": SECRET, "trusted_device.factor_id": ROW,
    "trusted_device.handle": SECRET, "trusted_device.previous_hash": SECRET, "trusted_device.token_hash": SECRET,
    "trusted_device.last_step": SECRET, "trusted_device.shows_until": "over in a moment",
    "trusted_device.turns": SECRET, "trusted_device.push_to": SECRET,
    "trusted_number.account_id": ROW, "trusted_number.factor_id": ROW, "trusted_number.removed_at": SAME,
}  # fmt: skip


def named(columns: Any) -> set[str]:
    return {f"{column.table.name}.{column.name}" for each in columns for column in each.base_columns}


def test_every_column_of_a_person_is_taken_away_or_left_out_for_a_reason() -> None:
    there = named(column for table in account_tables() for column in table.columns)
    taken = {name for each in personal_data.STATEMENTS for name in named(each.selected_columns)}

    assert len(account_tables()) > 6
    assert there - taken - LEFT_OUT.keys() == set()
    assert LEFT_OUT.keys() - there == set()


@pytest.fixture
def alice(kit: Kit) -> Visitor:
    kit.account(numbers=(MOBILE, FIXED))
    visitor = kit.signed_in()
    visitor.submit("Trust")
    return visitor


def taken(visitor: Visitor) -> dict[str, Any]:
    visitor.get("/account").submit("Download my data").submit("Download")
    assert visitor.status == 200, visitor.text
    found: dict[str, Any] = json.loads(visitor.body)
    return found


def test_the_file_is_an_attachment_that_nobody_keeps(alice: Visitor) -> None:
    taken(alice)

    headers = alice.answer.headers
    assert headers["Content-Disposition"] == 'attachment; filename="my-data.json"'
    assert headers["Content-Type"] == "application/json"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_it_says_what_is_stored(kit: Kit, alice: Visitor) -> None:
    apps.add(kit, alice, "Pocket")
    alice.get("/account").submit("Save", name="Alice Liddell")

    found = taken(alice)

    assert (found["account"]["name"], found["account"]["display_name"]) == (ALICE, "Alice Liddell")
    assert [each["number"] for each in found["trusted_numbers"]] == [MOBILE, FIXED]
    assert [each["label"] for each in found["trusted_devices"]] == ["Chrome, Linux"]
    assert [each["label"] for each in found["authenticator_apps"]] == ["Pocket"]
    assert [each["stage"] for each in found["sessions"]] == ["full"]
    assert len(found["known_browsers"]) == 1
    code, app = found["codes"]
    assert (app["purpose"], app["number"], app["messages"]) == ("add_app", "", [])
    assert (code["purpose"], code["outcome"], code["number"]) == ("sign_in", "used", "+44 •••• ••••56")
    assert [(each["destination"], each["state"]) for each in code["messages"]] == [("+44 •••• ••••56", "sent")]


def test_it_has_what_was_removed_as_long_as_it_rests(kit: Kit, alice: Visitor) -> None:
    alice.get("/security/numbers").submit("Remove +44 •• •••• ••00").submit("Remove")

    assert [bool(each["removed_at"]) for each in taken(alice)["trusted_numbers"]] == [False, True]


def test_it_has_a_code_on_devices_and_the_invitation(kit: Kit) -> None:
    with kit.core.database.writing() as work:
        token = invitations.make(work, name=BOB)
    bob = kit.visitor().get(f"/invitation/{token}").submit("Continue", password=PASSWORD)

    found = taken(bob)

    assert [each["name"] for each in found["invitations"]] == [BOB]
    assert token not in bob.body


def test_it_has_the_services_and_what_they_may_read(kit: Kit, alice: Visitor) -> None:
    with kit.core.database.writing() as work:
        whose = work.db.scalars(select(Account.id)).one()
        join(work, whose, "family")
        access = come(work, whose, add(work, title="Photos", **app("photos")), "openid email")
        stay(work, enter(work, whose, work.db.get_one(Service, access.service_id)))

    found = taken(alice)

    assert found["account"]["groups"] == ["family"]
    assert [(each["title"], each["scopes"]) for each in found["services"]] == [("Photos", "openid email")]
    assert [(each["door"], each["browser"]) for each in found["service_sessions"]] == [("oidc", "Firefox, Linux")]
    assert [(each["kind"], each["offline"]) for each in found["service_tokens"]] == [("refresh", True)]


def test_nothing_in_it_opens_anything(kit: Kit, alice: Visitor) -> None:
    code, secret = kit.code(), apps.add(kit, alice).secret
    on_paper = [paper.make_key(alice), paper.show_key(alice), *paper.make_codes(alice)]
    apps.scan(alice.get("/security/apps").submit(apps.BEGIN))
    with kit.core.database.writing() as work:
        whose, service = work.db.scalars(select(Account.id)).one(), add(work, **app("photos"))
        come(work, whose, service)
        stay(work, enter(work, whose, service, token_hash="hash of a cookie")).successor = "the next one"
    taken(alice)

    tables = Base.metadata.tables
    with kit.core.database.reading() as work:
        for name in (name for name, reason in LEFT_OUT.items() if reason == SECRET and not name.endswith("counter")):
            table, _, column = name.partition(".")
            values = work.db.scalars(select(tables[table].c[column])).all()
            assert [each for each in values if each and len(str(each)) > 2 and str(each) in alice.body] == [], name
    assert f'"{code}"' not in alice.body
    assert not [each for each in (secret, *on_paper) if each in alice.body]


def test_nobody_else_is_in_it(kit: Kit, alice: Visitor) -> None:
    kit.account(BOB, numbers=(OTHER_MOBILE,))
    bob = kit.signed_in(BOB, number=OTHER_MOBILE)
    bob.get("/account").submit("Save", name="Robert")
    everything = json.dumps(taken(alice), ensure_ascii=False)

    assert not {each for each in (BOB, OTHER_MOBILE, "Robert", "+49") if each in everything}
    assert [each["number"] for each in taken(bob)["trusted_numbers"]] == [OTHER_MOBILE]


@pytest.mark.parametrize("pressed", [False, True])
def test_it_needs_a_fresh_proof_and_goes_on_to_the_page(pressed: bool, kit: Kit, alice: Visitor) -> None:
    alice.get("/account/data")
    kit.clock.forward(minutes=11)
    alice.submit("Download") if pressed else alice.get("/account/data")
    assert alice.path == "/verify"
    assert MOBILE not in alice.body

    prove_by_text(kit, alice)

    assert alice.path == "/account/data"
    assert MOBILE in alice.submit("Download").body


def test_trust_alone_is_no_proof(kit: Kit, alice: Visitor) -> None:
    kit.clock.forward(seconds=timedelta(hours=2).total_seconds())
    alice.get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)
    assert alice.path == "/security"

    assert alice.get("/account/data").path == "/verify"


def test_a_hostile_name_is_only_letters_in_it(alice: Visitor) -> None:
    name = '</script><script>\u05d0"\\'
    alice.get("/account").submit("Save", name=name)

    assert taken(alice)["account"]["display_name"] == name
    assert alice.body.isascii()


def test_the_docs_name_every_key(alice: Visitor) -> None:
    def keys(value: Any) -> set[str]:
        if isinstance(value, list):
            return set().union(*map(keys, value))
        return set(value).union(*map(keys, value.values())) if isinstance(value, dict) else set()

    there = keys(taken(alice)) | {column.name for each in personal_data.STATEMENTS for column in each.selected_columns}
    assert there - {"id", "challenge_id"} - set(re.findall(r"`(\w+)`", PAGE.read_text("utf-8"))) == set()
