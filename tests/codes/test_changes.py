"""The limit of changes that one account writes into its journal; changes that protect it are not limited."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from tests.support.http_client import Visitor
from tests.support.kit import ALICE, FIXED, MOBILE, PASSWORD, Kit
from tests.support.paths import DOCS
from trustweb.codes.changes import is_counted
from trustweb.journal import SIGN_INS
from trustweb.models import Account, JournalEntry

pytestmark = pytest.mark.slow

PAGE = DOCS / "the-journal.md"
SENTENCE = "There were very many changes to your account just now. Please try again in"
MOST = 20
PROTECTS = {
    "service_consent_withdrawn",
    "others_signed_out", "frozen", "number_removed", "app_removed", "passkey_removed", "device_removed",
    "passkey_cloned", "recovery_key_removed", "backup_codes_removed", "app_password_revoked", "app_passwords_revoked",
    "notifications_off", "two_factor_on", "two_factor_kept", "account_kept", "password_changed",
}  # fmt: skip
NOBODY_S_OWN = {  # of the operator, of strangers, of time, or of a link that has a limit of its own
    "account_created", "two_factor_off", "address_changed", "address_proved", "recovery_key_used", "backup_code_used",
    "backup_codes_low", "password_set", "password_reset", "recovery_started", "recovery_half", "recovery_stopped",
    "recovery_expired", "recovery_link_made", "account_recovered", "account_disabled", "account_enabled",
}  # fmt: skip


@pytest.fixture
def busy(make_kit: Callable[..., Kit]) -> Kit:
    """Alice, who has changed as much as may be in an hour."""
    kit = make_kit(TRUSTWEB_CHANGES=f"{MOST}/3600")
    kit.account(numbers=(MOBILE, FIXED))
    return kit


@pytest.fixture
def alice(busy: Kit) -> Visitor:
    alice = busy.signed_in()
    for turn in range(MOST):
        rename(alice, f"Alice {turn}")
        assert alice.status == 200
    return alice


def rename(visitor: Visitor, name: str) -> Visitor:
    return visitor.get("/account").submit("Save", name=name)


def entries(kit: Kit, *events: str) -> int:
    with kit.core.database.reading() as work:
        count = select(func.count(JournalEntry.id))
        return work.db.scalar(count.where(JournalEntry.event.in_(events)) if events else count) or 0


def test_one_change_too_many_is_refused_in_a_sentence_and_loses_nothing(busy: Kit, alice: Visitor) -> None:
    before = entries(busy)

    rename(alice, "Alice the Last")

    assert (alice.status, alice.answer.headers["Retry-After"]) == (429, "3600")
    assert f"{SENTENCE} 60 minutes." in alice.text
    assert 'value="Alice the Last"' in alice.body
    assert entries(busy) == before
    assert account(busy).display_name == f"Alice {MOST - 1}"


def account(kit: Kit) -> Account:
    with kit.core.database.reading() as work:
        return work.db.scalars(select(Account).where(Account.name == ALICE)).one()


def test_after_an_hour_changes_are_possible_again(busy: Kit, alice: Visitor) -> None:
    busy.clock.forward(minutes=61)

    assert "Saved." in rename(busy.signed_in(), "Alice the Last").text


def change_number(visitor: Visitor) -> Visitor:
    visitor.get("/security/numbers").submit("Change +44 •••• ••••56")
    return visitor.submit("Save", label="Mine")


REFUSED: dict[str, Callable[[Visitor], Visitor]] = {
    "a number": change_number,
    "trust": lambda visitor: visitor.get("/security/devices").submit("Trust this browser"),
    "an app password": lambda visitor: visitor.get("/security/app-passwords/new").submit("Create", name="Mail"),
    "data": lambda visitor: visitor.get("/account/data").submit("Download"),
    "codes": lambda visitor: visitor.get("/security/backup-codes/new").submit("Show the codes"),
    "deletion": lambda visitor: visitor.get("/account/delete").submit("Delete My Account"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_changes_of_all_kinds_count_together(busy: Kit, alice: Visitor, what: str) -> None:
    before = entries(busy)

    REFUSED[what](alice)

    assert (alice.status, SENTENCE in alice.text) == (429, True), alice.buttons
    assert entries(busy) == before


def test_what_protects_an_account_is_never_refused(busy: Kit, alice: Visitor) -> None:
    other = busy.signed_in()
    alice.get("/security/numbers").submit("Remove +44 •• •••• ••00").submit("Remove")
    alice.get("/security/devices").submit("Sign out everywhere else")
    new = "staple battery horse"
    alice.get("/security/password").submit("Change password", current_password=PASSWORD, new_password=new)

    assert other.get("/security").path == "/sign-in"
    assert entries(busy, "number_removed", "others_signed_out", "password_changed") == 3
    assert alice.submit("Sign out").path == "/sign-in"


def test_another_account_has_its_own_bound(busy: Kit, alice: Visitor) -> None:
    busy.account("bob@example.com", numbers=("+4915123456789",))

    assert "Saved." in rename(busy.signed_in("bob@example.com", number="+4915123456789"), "Bob").text


def test_of_each_event_it_is_decided_whether_it_counts() -> None:
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    events = {event for row in rows for event in re.findall(r"`(\w+)`", row)} - {"event"}

    assert {event for event in events if not is_counted(event)} == PROTECTS | NOBODY_S_OWN | SIGN_INS
