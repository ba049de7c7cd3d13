"""The link at the end of account recovery: what it asks for, and when it has expired."""

from __future__ import annotations

from datetime import timedelta

from tests.support.hashing_queue import queue_of
from tests.support.kit import ALICE, MOBILE, PASSWORD, Kit
from tests.support.mail_kit import proved
from tests.support.password_reset import NEW_PASSWORD
from tests.support.recovery import finish_recovery, recovery_link, run_for, start_wait
from tests.support.sign_in import use_up_network
from trustweb.models import Account, Recovery


def at_the_end(kit: Kit) -> str:
    """Wait until the end, and return the link’s path."""
    start_wait(kit)
    run_for(kit, 72)
    return recovery_link(kit)


def test_a_link_is_dead_once_somebody_has_signed_in(kit: Kit, alice: Account) -> None:
    start_wait(kit)
    run_for(kit, 72)
    path = recovery_link(kit)
    kit.signed_in()

    assert kit.visitor().get(path).status == 404


def test_a_wrong_password_is_refused_and_loses_nothing(kit: Kit, alice: Account) -> None:
    start_wait(kit)
    run_for(kit, 72)
    path = recovery_link(kit)

    visitor = finish_recovery(kit, path, "wrong password here")
    assert "Your current password is not right." in visitor.text

    assert (
        visitor.submit("Continue", current_password=PASSWORD, new_password=NEW_PASSWORD).path == "/security/two-factor"
    )


def test_the_mailbox_alone_may_not_guess_the_password(kit: Kit, alice: Account) -> None:
    start_wait(kit)
    run_for(kit, 72)
    path = recovery_link(kit)
    for guess in range(5):
        finish_recovery(kit, path, f"wrong password {guess}")

    assert finish_recovery(kit, path).status == 429


def test_the_link_works_once(kit: Kit, alice: Account) -> None:
    start_wait(kit)
    run_for(kit, 72)
    path = recovery_link(kit)
    twice = kit.visitor().get(path)
    finish_recovery(kit, path)

    assert twice.submit("Continue", current_password=PASSWORD, new_password=NEW_PASSWORD).status == 404


def test_looking_at_the_link_changes_nothing(kit: Kit, alice: Account) -> None:
    start_wait(kit)
    run_for(kit, 72)
    path = recovery_link(kit)
    before = kit.database_text()

    assert ALICE in kit.visitor().get(path).text

    assert kit.database_text() == before


def test_a_mailbox_that_came_later_is_not_the_owner_s(kit: Kit, alice: Account) -> None:
    start_wait(kit)
    run_for(kit, 72)
    path = recovery_link(kit)
    with kit.core.database.writing() as work:
        work.db.query(Recovery).update({"started_at": work.now - timedelta(days=90)})

    assert kit.visitor().get(path).status == 404


def test_neighbours_and_strangers_keep_nobody_out_of_a_known_browser(kit: Kit, alice: Account) -> None:
    owner = kit.signed_in().submit("Sign out")
    path = at_the_end(kit)
    use_up_network(kit)
    assert finish_recovery(kit, path).status == 429

    owner.get(path).submit("Continue", current_password=PASSWORD, new_password=NEW_PASSWORD)

    assert owner.path == "/security/two-factor"


def test_a_right_password_is_no_try_while_there_is_no_place_to_hash(make_kit) -> None:
    kit = make_kit(TRUSTWEB_HASH_QUEUE="2")
    proved(kit, kit.account(numbers=(MOBILE,)))
    owner = kit.signed_in().submit("Sign out")
    owner.get(at_the_end(kit))
    right = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    with queue_of(kit.core.hasher, 2, known=True):
        assert [owner.submit("Continue", **right).status for _ in range(6)] == [503] * 6

    assert owner.submit("Continue", **right).path == "/security/two-factor"


def test_a_known_browser_guesses_no_more_often_than_others(kit: Kit, alice: Account) -> None:
    owner = kit.signed_in().submit("Sign out")
    path = at_the_end(kit)
    for at in range(5):
        owner.get(path).submit("Continue", current_password=f"wrong password {at}", new_password=NEW_PASSWORD)

    assert owner.submit("Continue", current_password=PASSWORD, new_password=NEW_PASSWORD).status == 429


def test_a_device_has_no_more_tries_when_it_says_that_it_is_another_browser(
    kit: Kit,
    alice: Account,
) -> None:
    thief, owner = kit.signed_in().submit("Trust").submit("Sign out"), kit.signed_in().submit("Sign out")
    path, statuses = at_the_end(kit), []
    for at in range(6):
        thief._wire.client.delete_cookie("trustweb-browser", domain="localhost")
        thief.get(path).submit("Continue", current_password=f"wrong password {at}", new_password=NEW_PASSWORD)
        statuses.append(thief.status)
    assert statuses == [422] * 5 + [429]

    assert owner.get(path).submit("Continue", current_password=PASSWORD, new_password=NEW_PASSWORD).status == 200
