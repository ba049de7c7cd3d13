"""Many requests with one link, and many links to one address: one wins, on both databases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tests.support.kit import ALICE, EVE, NETWORK, Kit
from tests.support.mail_kit import proved
from tests.support.paper import give_key
from trustweb import invitations
from trustweb.codes import links
from trustweb.codes.limits import Network
from trustweb.delivery import messages
from trustweb.factors import addresses
from trustweb.models import Factor, LinkView, MailLink
from trustweb.recovery import password_reset
from trustweb.recovery.password_reset import Requester
from trustweb.work import NOWHERE, Refused

RACERS = 64


def race(act: Callable[[int], object]) -> Counter[str]:
    """Do it many times at once, and count the outcomes."""

    def run(at: int) -> str:
        try:
            act(at)
        except Refused as refused:
            return type(refused).__name__
        return "done"

    with ThreadPoolExecutor(14) as pool:
        return Counter(pool.map(run, range(RACERS)))


def made(kit: Kit, act: str, name: str, address: str) -> str:
    """Make a link, and return its token."""
    account = kit.account(name)
    with kit.core.database.writing() as work:
        link = links.send(work, act, address, account_id=account.id, language="en")
    assert link
    return messages.link_word(kit.core.keys, link)


def test_a_link_works_for_one_of_many(racing: Kit) -> None:
    word = made(racing, links.PROVE, ALICE, ALICE)

    outcomes = race(lambda _: addresses.follow(racing.core.database, word, NOWHERE))

    assert outcomes == {"done": 1, "LinkSpent": RACERS - 1}
    with racing.core.database.reading() as work:
        assert work.db.query(Factor).count() == 1


def test_one_of_many_sets_the_new_password(racing: Kit) -> None:
    proved(racing, racing.account(ALICE))
    with racing.core.database.writing() as work:
        password_reset.send_link(work, ALICE, Requester(NETWORK, "browser"), language="en")
    with racing.core.database.reading() as work:
        row = work.db.query(MailLink).filter_by(act=links.RESET).one()
    word = messages.link_word(
        racing.core.keys, LinkView(row.id, row.act, row.account_id, row.address, "", False, row.expires_at, None)
    )
    database, hasher = racing.core.database, racing.core.hasher

    outcomes = race(lambda at: password_reset.with_link(database, hasher, word, f"staple battery {at}", NOWHERE))

    assert outcomes.pop("done") == 1
    assert outcomes.keys() <= {"LinkSpent", "TooBusy"}


def test_one_of_many_uses_the_recovery_key_for_it(racing: Kit) -> None:
    key = give_key(racing, racing.account(ALICE))
    database, hasher = racing.core.database, racing.core.hasher

    def reset(at: int) -> None:
        requester = Requester(Network(f"network {at}", f"around {at}"), "browser")
        new = f"staple battery {at}"
        password_reset.with_key(database, hasher, name=ALICE, typed=key, new=new, requester=requester, origin=NOWHERE)

    outcomes = race(reset)

    assert outcomes.pop("done") == 1
    assert outcomes.keys() <= {"RecoveryKeyWrong", "TooBusy"}


def test_the_row_count_alone_decides(racing: Kit) -> None:
    made(racing, links.PROVE, ALICE, ALICE)
    with racing.core.database.reading() as work:
        row = work.db.query(MailLink).one()
    link = LinkView(row.id, row.act, row.account_id, row.address, row.language, False, row.expires_at, None)

    def spend(_: int) -> None:
        with racing.core.database.writing() as work:
            links.spend(work, link)

    assert race(spend) == {"done": 1, "LinkSpent": RACERS - 1}


def test_of_many_accounts_one_gets_the_address(racing: Kit) -> None:
    words = [made(racing, links.CHANGE, f"person{at}@example.com", EVE) for at in range(RACERS)]

    outcomes = race(lambda at: addresses.follow(racing.core.database, words[at], NOWHERE))

    assert outcomes == {"done": 1, "LinkSpent": RACERS - 1}


def test_a_change_and_a_new_account_never_have_one_address(racing: Kit) -> None:
    word = made(racing, links.CHANGE, ALICE, EVE)
    with racing.core.database.writing() as work:
        token = invitations.make(work, name=EVE)

    def run(at: int) -> None:
        if at % 2:
            addresses.follow(racing.core.database, word, NOWHERE)
        else:
            accept(racing, token)

    assert race(run)["done"] == 1


def accept(kit: Kit, token: str) -> None:
    with kit.core.database.writing() as work:
        invitations.accept(work, token, name="", password_hash="x", language="en", time_zone="UTC")
