"""The link that ends the wait for an account: what it asks for, and when it is dead."""

from __future__ import annotations

from datetime import timedelta

from trustweb.models import Account, Recovery

from .kit import ALICE, PASSWORD, Kit
from .test_account_recovery import NEW, alice, finish, pass_by, ready_link, waiting  # noqa: F401


def test_a_link_is_dead_once_somebody_has_signed_in(kit: Kit, alice: Account) -> None:  # noqa: F811
    waiting(kit)
    pass_by(kit, 72)
    path = ready_link(kit)
    kit.signed_in()

    assert kit.visitor().get(path).status == 404


def test_a_wrong_password_is_refused_and_loses_nothing(kit: Kit, alice: Account) -> None:  # noqa: F811
    waiting(kit)
    pass_by(kit, 72)
    path = ready_link(kit)

    visitor = finish(kit, path, "wrong password here")
    assert "Your current password is not right." in visitor.text

    assert visitor.submit("Continue", current_password=PASSWORD, new_password=NEW).path == "/security/two-factor"


def test_the_mailbox_alone_may_not_guess_the_password(kit: Kit, alice: Account) -> None:  # noqa: F811
    waiting(kit)
    pass_by(kit, 72)
    path = ready_link(kit)
    for guess in range(5):
        finish(kit, path, f"wrong password {guess}")

    assert finish(kit, path).status == 429


def test_the_link_works_once(kit: Kit, alice: Account) -> None:  # noqa: F811
    waiting(kit)
    pass_by(kit, 72)
    path = ready_link(kit)
    twice = kit.visitor().get(path)
    finish(kit, path)

    assert twice.submit("Continue", current_password=PASSWORD, new_password=NEW).status == 404


def test_looking_at_the_link_changes_nothing(kit: Kit, alice: Account) -> None:  # noqa: F811
    waiting(kit)
    pass_by(kit, 72)
    path = ready_link(kit)
    before = kit.database_text()

    assert ALICE in kit.visitor().get(path).text

    assert kit.database_text() == before


def test_a_mailbox_that_came_later_is_not_the_owner_s(kit: Kit, alice: Account) -> None:  # noqa: F811
    waiting(kit)
    pass_by(kit, 72)
    path = ready_link(kit)
    with kit.core.database.writing() as work:
        work.db.query(Recovery).update({"started_at": work.now - timedelta(days=90)})

    assert kit.visitor().get(path).status == 404
