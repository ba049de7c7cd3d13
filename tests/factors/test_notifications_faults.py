"""Push services that fail and subscriptions that are gone: the code still works, and sending ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.support.http_client import Visitor
from tests.support.kit import MOBILE, Kit
from tests.support.push_service import LOCAL, PushService, Subscriber, states, told
from tests.support.sign_in import enter_password
from tests.support.trusted_devices import NOTIFICATIONS, code_shown, trusted_browser
from trustweb.transports import DeliveryError, Message


@pytest.fixture
def kit(make_kit: Callable[..., Kit]) -> Kit:
    kit = make_kit(**LOCAL)
    kit.account(numbers=(MOBILE,))
    return kit


@pytest.fixture
def alice(service: PushService) -> Subscriber:
    return service.subscriber()


@pytest.fixture
def owner(kit: Kit, alice: Subscriber) -> Visitor:
    return trusted_browser(kit).submit(NOTIFICATIONS, subscription=alice.says)


@pytest.mark.parametrize("status", [404, 410])
def test_a_subscription_that_is_gone_is_forgotten(
    status: int, kit: Kit, service: PushService, owner: Visitor, alice: Subscriber
) -> None:
    service.status = status
    enter_password(kit)
    told(kit, service, alice)
    enter_password(kit)

    assert len(told(kit, service, alice)) == 1
    assert "Sign-ins are shown here even when this page is closed." not in owner.get("/security").text


def test_one_that_has_moved_meanwhile_stays(
    kit: Kit, service: PushService, owner: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter_password(kit)
    new = service.subscriber("new")

    def moves(_message: Message) -> str:
        owner.get("/prompts").submit("/prompts/notifications", subscription=new.says)
        raise DeliveryError("http-410", gone=True)

    with monkeypatch.context() as patched:
        patched.setattr(kit.core.routes["device_push"], "send", moves)
        kit.deliver()
    enter_password(kit)
    assert len(told(kit, service, new)) == 1


@pytest.mark.parametrize(("status", "after"), [(500, "queued"), (429, "queued"), (403, "failed"), (302, "failed")])
def test_a_fault_of_the_push_service_is_no_fault_of_the_code(
    status: int, after: str, kit: Kit, service: PushService, owner: Visitor
) -> None:
    service.status = status
    other = enter_password(kit)
    kit.deliver()

    assert states(kit) == [after]
    assert "Waiting for one of your devices." in other.get("/sign-in/code").text
    assert "You can send a new code in" in other.text
    assert "Sign-ins are shown here even when this page is closed." in owner.get("/security").text
    owner.get("/prompts").submit("Allow")
    assert other.submit("Continue", verification_code=code_shown(owner)).path == "/security"


def test_a_passing_fault_is_tried_again(kit: Kit, service: PushService, owner: Visitor, alice: Subscriber) -> None:
    service.status = 503
    enter_password(kit)
    kit.deliver()
    service.status = 201
    kit.clock.now += timedelta(seconds=3)

    told(kit, service, alice)
    topics = {headers["topic"] for _, headers, _ in service.got}
    assert (states(kit), len(service.got), len(topics)) == (["sent"], 2, 1)


def test_on_both_databases_it_is_sent_and_forgotten(
    racing: Kit, logged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    racing.account(numbers=(MOBILE,))
    said, sent = Subscriber("https://fcm.googleapis.com/capability").says, list[Message]()
    trusted_browser(racing).submit(NOTIFICATIONS, subscription=said)

    def gone(message: Message) -> str:
        sent.append(message)
        raise DeliveryError("http-410", gone=True)

    monkeypatch.setattr(racing.core.routes["device_push"], "send", gone)
    for _ in range(2):
        enter_password(racing)
        racing.deliver()
    assert [(each.kind, each.destination, each.code) for each in sent] == [("prompt", said, None)]
    assert [line for line in logged if "capability" in line] == []
