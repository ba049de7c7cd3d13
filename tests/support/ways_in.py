"""The ways in: a person signs in by each, and a minute goes by between the password and the proof."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from tests.support import apps, authenticator, paper
from tests.support.accounts import accept_invitation, invitation_link
from tests.support.authenticator import Authenticator
from tests.support.http_client import Visitor
from tests.support.kit import FIXED, MOBILE, PASSWORD, Kit
from tests.support.sign_in import enter_password
from tests.support.trusted_devices import code_shown, trusted_browser
from trustweb.models import Account, SessionView, SignInSession, columns
from trustweb.recovery import operator_link

ON_MY_DEVICES = "Show it on my trusted devices"
Prove = Callable[[Visitor], Visitor]
"""Give the proof that the page asks for."""


def newest_session(kit: Kit) -> SessionView:
    newest = select(*columns(SessionView, SignInSession)).order_by(SignInSession.id.desc()).limit(1)
    with kit.core.database.reading() as work:
        return SessionView(*work.execute(newest).one())


def by_number(method: str) -> Callable[[Kit], Prove]:
    def prepare(kit: Kit) -> Prove:
        number = MOBILE if method == "Text" else FIXED
        masked = "+44 •••• ••••56" if method == "Text" else "+44 •• •••• ••00"

        def prove(visitor: Visitor) -> Visitor:
            visitor.submit(f"{method} me at {masked}")
            return visitor.submit("Continue", verification_code=kit.code(number))

        return prove

    return prepare


def by_device(kit: Kit) -> Prove:
    owner = trusted_browser(kit)

    def prove(visitor: Visitor) -> Visitor:
        if ON_MY_DEVICES in visitor.buttons:  # else they were asked already
            visitor.submit(ON_MY_DEVICES)
        shown = code_shown(owner.get("/prompts").submit("Get a Verification Code"))
        return visitor.submit("Continue", verification_code=shown)

    return prove


def by_app(kit: Kit) -> Prove:
    app = apps.give(kit, alice(kit))

    def prove(visitor: Visitor) -> Visitor:
        if apps.USE in visitor.buttons:  # else the page asks for its code already
            visitor.submit(apps.USE)
        return visitor.submit("Continue", verification_code=app.at(kit.clock.now))

    return prove


def by_passkey(*, added: bool, used: bool) -> Callable[[Kit], Prove]:
    """``added``, ``used``: the passkey verifies its user then."""

    def prepare(kit: Kit) -> Prove:
        key = authenticator.add(kit.signed_in(), Authenticator(verifies=added))
        key.verifies = used
        return lambda visitor: authenticator.use(visitor, key)

    return prepare


def by_paper(way: str, give: Callable[[Kit, Account], str | list[str]]) -> Callable[[Kit], Prove]:
    def prepare(kit: Kit) -> Prove:
        given = give(kit, alice(kit))
        typed = given if isinstance(given, str) else given[0]
        return lambda visitor: paper.use_paper(visitor, way, typed)

    return prepare


PROOFS: dict[str, Callable[[Kit], Prove]] = {
    "text": by_number("Text"),
    "call": by_number("Call"),
    "device": by_device,
    "app": by_app,
    "passkey": by_passkey(added=False, used=False),
    "found passkey": by_passkey(added=False, used=True),
    "verified passkey": by_passkey(added=True, used=True),
    "recovery key": by_paper(paper.KEY, paper.give_key),
    "backup code": by_paper(paper.CODE, paper.give_codes),
}
"""The proofs after a password. Each is prepared first, by somebody with two numbers."""


def alice(kit: Kit) -> Account:
    with kit.core.database.reading() as work:
        return work.db.scalars(select(Account)).one()


def sign_in_by(kit: Kit, proof: str) -> Visitor:
    """Sign in with the password, and a minute later by a proof."""
    kit.account(numbers=(MOBILE, FIXED))
    prove = PROOFS[proof](kit)
    visitor = enter_password(kit)
    kit.clock.forward(minutes=1)
    prove(visitor)
    assert visitor.path == "/security", visitor.text
    return visitor


def sign_in_by_passkey_alone(kit: Kit) -> Visitor:
    kit.account(numbers=(MOBILE,))
    key = authenticator.add(kit.signed_in())
    return authenticator.use(kit.visitor().get("/sign-in"), key)


def sign_in_by_trusted_browser(kit: Kit) -> Visitor:
    kit.account(numbers=(MOBILE,))
    browser = trusted_browser(kit)
    kit.clock.forward(minutes=1)
    return enter_password(kit, visitor=browser.submit("Sign out"))


def sign_in_by_password(kit: Kit) -> Visitor:
    kit.account()
    return enter_password(kit)


def come_by_invitation(kit: Kit) -> Visitor:
    return accept_invitation(kit.visitor(), invitation_link(kit))


def come_by_recovery(kit: Kit) -> Visitor:
    account = kit.account(numbers=(MOBILE,))
    with kit.core.database.writing(account.id) as work:
        path = f"/recovery/{operator_link.make(work, account.id)}"
    return kit.visitor().get(path).submit("Continue", new_password=f"{PASSWORD} staple")


OTHERS: dict[str, Callable[[Kit], Visitor]] = {
    "password": sign_in_by_password,
    "trusted browser": sign_in_by_trusted_browser,
    "passkey alone": sign_in_by_passkey_alone,
    "invitation": come_by_invitation,
    "recovery link": come_by_recovery,
}
"""The ways in without a second step."""
