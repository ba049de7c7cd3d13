"""People at every stage of signing in, recovering and changing things, each before a form."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from tests.support import authenticator, mail_kit, paper, programs
from tests.support.apps import BEGIN, give, scan
from tests.support.authenticator import Authenticator
from tests.support.http_client import Visitor
from tests.support.kit import ALICE, FIXED, MOBILE, PASSWORD, Kit
from tests.support.push_service import Subscriber
from tests.support.relying_party import App, add_service
from tests.support.sign_in import enter_password
from trustweb import accounts, invitations, notices
from trustweb.codes import links
from trustweb.models import Account, Factor, Recovery
from trustweb.recovery import operator_link

REAL = Subscriber("https://fcm.googleapis.com/fcm/send/x").says
NUMBER = {"country": "GB", "phone_number": "020 7031 3000", "verify_with": "call"}
KINDS = {"devices": "trusted_device", "apps": "authenticator_app", "passkeys": "passkey"}

STEPS = {
    "leaving": ("/account/delete", "Delete My Account"),
    "trusted": ("/security?trust=ask", "Trust"),
    "notified": ("/security?trust=ask", "Trust"),
    "asked": ("/security?trust=ask", "Trust"),
    "removed": ("/security/numbers", "Remove +44 •• •••• ••00", "Remove"),
    "removed app": ("/security/apps", "Remove Authenticator app", "Remove"),
    "proving": ("/verify", "Text me at +44 •••• ••••56"),
    "trusted, recovering": ("/security?trust=ask", "Trust"),
}
WAITED = {"lost": None, "waited": 72, "recoverable": 72, "waiting": 0, "trusted, recovering": 0, "forgotten": None}
"""How many hours of account recovery are over, at the stages that have to do with it."""


def scene(kit: Kit, stage: str, path: str) -> tuple[Visitor, dict[str, str]]:
    """Return somebody on the page with the form, and values to fill in: the newest code, a passkey’s answer."""
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
    if stage == "notified":
        visitor.submit("/security/devices/notifications", subscription=REAL)
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
    if "papers" in stage or stage == "shown":
        visitor, known = papers(kit, account, visitor, stage)
        return on_the_page(kit, visitor, stage, path), known
    if stage.startswith("keyed"):
        visitor = keyed(kit, visitor, key, stage)
    on_the_page(kit, visitor, stage, path)
    codes = [each.code for each in kit.messages(got) if each.code]
    answers = {"answer": authenticator.answer(visitor, key)} if authenticator.asks(visitor) else {}
    return visitor, answers | ({"code": codes[-1]} if codes else {})


def held(kit: Kit) -> Visitor:
    """A stranger with the right password, after so many wrong ones that the answer had to wait; now it need not."""
    visitor = kit.visitor()
    for password in (*["not the password"] * 5, PASSWORD):
        visitor.get("/sign-in").submit("Sign In", account=ALICE, password=password)
    kit.clock.forward(seconds=30)
    return visitor


def comer(kit: Kit, stage: str) -> Visitor:
    """Return somebody at this stage of signing in."""
    if stage in {"invited", "recovering", "recoverable", "forgotten", "anybody", "open anybody"}:
        return kit.visitor()
    if stage == "held":
        return held(kit)
    if stage == "forgetful":
        return kit.visitor().get("/forgotten-password").submit("Continue", account=ALICE)
    if stage in {"half", "lost", "waited"}:
        return kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)
    visitor = kit.signed_in()
    kit.clock.forward(minutes=1)
    return visitor.get("/security")


def link(kit: Kit, account: Account, stage: str) -> str:
    """The address that the person was sent, if any."""
    if stage == "at an app":
        add_service(kit, asks_consent=True)
        return App().address()
    with kit.core.database.writing(account.id) as work:
        if stage == "invited":
            return f"/invitation/{invitations.make(work)}"
        if stage == "recovering":
            return f"/recovery/{operator_link.make(work, account.id)}"
        if stage == "told":
            notices.tell(work, account.id, "password_changed")
        if stage == "linked":
            links.send(work, links.PROVE, ALICE, account_id=account.id, language="en")
        if stage in {"recoverable", "forgotten"}:
            act = links.RECOVER if stage == "recoverable" else links.RESET
            links.send(work, act, ALICE, account_id=account.id, language="en")
    if stage in {"linked", "recoverable", "forgotten"}:
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


def papers(kit: Kit, account: Account, visitor: Visitor, stage: str) -> tuple[Visitor, dict[str, str]]:
    """Give the account a recovery key and backup codes, or a key that was only shown."""
    if stage == "shown":
        return visitor, {"key": paper.show_key(visitor)}
    if stage == "papers, forgetful":
        return kit.visitor(), {"key": paper.give_key(kit, account)}
    known = {"key": paper.make_key(visitor), "backup": paper.make_codes(visitor)[0]}
    return enter_password(kit) if stage == "papers half" else visitor, known


def keyed(kit: Kit, visitor: Visitor, key: Authenticator, stage: str) -> Visitor:
    """Give the account a passkey, and return somebody at this stage of signing in."""
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
