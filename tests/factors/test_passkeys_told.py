"""Changes of passkeys in the journal and in notices, and how they are undone."""

from __future__ import annotations

from tests.support.authenticator import Authenticator, add, use
from tests.support.chance import without_links
from tests.support.kit import ALICE, MOBILE, PASSWORD, Kit


def told(kit: Kit) -> list[str]:
    return [each.text for each in kit.messages(MOBILE) if each.code is None]


def test_a_passkey_s_life_is_in_the_journal(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = kit.signed_in()
    key = add(visitor, label="Blue key")
    use(visitor.submit("Sign out").get("/sign-in"), key)
    use(kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD), key)
    visitor = kit.signed_in().get("/security/passkeys").submit("Change Blue key").submit("Save", name="Red key")
    visitor.submit("Remove Red key").submit("Remove").submit("Put back Red key")

    said = visitor.get("/security/activity").text

    assert "Passkey added Blue key" in said
    assert "Signed in Blue key · passkey, without the password" in said
    assert "Signed in Blue key · passkey · " in said
    assert "Passkey renamed Red key · before: Blue key" in said
    assert said.index("Passkey put back Red key") < said.index("Passkey removed Red key")


def test_changes_are_told_without_names_that_somebody_gave(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = kit.signed_in()

    add(visitor, label="call 0900")
    visitor.submit("Remove call 0900").submit("Remove")
    kit.clock.forward(minutes=11)

    assert "A passkey was added." in told(kit)[0]
    assert "A passkey was removed." in "".join(told(kit))
    assert "0900" not in without_links(" ".join(told(kit)))


def test_a_copy_is_told_once(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    key = add(kit.signed_in(), label="Blue key")
    use(kit.visitor().get("/sign-in"), key)
    key.count -= 1
    for _ in range(2):
        use(kit.visitor().get("/sign-in"), key)
    kit.clock.forward(minutes=11)

    assert "".join(told(kit)).count("A passkey was turned off: somebody seems to have a copy of it.") == 1
    said = kit.signed_in().get("/security/activity").text
    assert said.count("Passkey turned off: somebody seems to have a copy of it Blue key") == 1


def test_what_was_removed_can_be_put_back_and_used(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = kit.signed_in()
    key = add(visitor, label="Blue key")
    visitor.submit("Remove Blue key").submit("Remove")
    assert "Removed lately Blue key removed on" in visitor.text

    visitor.submit("Put back Blue key")

    assert "The passkey is in your list again." in visitor.text
    assert use(kit.visitor().get("/sign-in"), key).path == "/security"


def test_what_is_younger_than_the_removal_puts_nothing_back(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = kit.signed_in()
    add(visitor, label="Blue key")
    visitor.submit("Remove Blue key").submit("Remove")
    kit.clock.forward(minutes=1)
    later = add(visitor, label="Red key")

    thief = use(kit.visitor().get("/sign-in"), later).get("/security/passkeys")
    thief.submit("Put back Blue key")

    assert thief.status == 422
    assert "Removed lately Blue key" in thief.text


def test_one_that_was_added_again_is_not_put_back_too(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = kit.signed_in()
    key = add(visitor, label="Blue key")
    visitor.submit("Remove Blue key").submit("Remove")
    add(visitor, key, label="The same")

    visitor.submit("Put back Blue key")

    assert "This passkey was added before." in visitor.text
    assert use(kit.visitor().get("/sign-in"), key).path == "/security"


def test_it_rests_for_three_days(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = kit.signed_in()
    add(visitor, Authenticator(), label="Blue key")
    visitor.submit("Remove Blue key").submit("Remove")

    kit.clock.forward(hours=73)

    assert "Removed lately" not in kit.signed_in().get("/security/passkeys").text
