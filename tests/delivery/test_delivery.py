"""A message on its way: refused, retried, given to another carrier, dropped."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.support.asking import OFTEN, Asking
from tests.support.kit import MOBILE, Kit
from tests.support.outgoing import delivered, newest
from trustweb.codes import challenges
from trustweb.codes.challenges import SIGN_IN
from trustweb.models import Delivery
from trustweb.transports import DeliveryError


@pytest.fixture
def kit(make_kit: Callable[..., Kit]) -> Kit:
    return make_kit(**OFTEN)


def test_a_lasting_refusal_is_the_end_when_there_is_no_other_carrier(kit: Kit) -> None:
    row = delivered(kit, DeliveryError("refused", permanent=True))

    assert (row.state, row.reason, row.attempts) == ("failed", "refused", 1)
    assert kit.messages(MOBILE) == []


def test_a_lasting_refusal_goes_to_the_other_carrier_at_once(two: Kit) -> None:
    row = delivered(two, DeliveryError("refused", permanent=True))

    assert (row.state, row.transport, row.carrier_id) == ("sent", "spare_texts", "taken")
    assert len(two.core.routes["spare_texts"].messages) == 1


def test_a_number_that_does_not_exist_is_tried_by_nobody_else(two: Kit) -> None:
    row = delivered(two, DeliveryError("unknown-number", gone=True))

    assert row.state == "failed"
    assert two.core.routes["spare_texts"].messages == []


def test_two_passing_faults_and_then_the_other_carrier(two: Kit) -> None:
    row = delivered(two, *[DeliveryError("busy")] * 2)
    assert (row.state, row.attempts) == ("queued", 1)

    two.clock.now = row.due_at
    two.deliver()

    assert (newest(two).state, newest(two).transport) == ("sent", "spare_texts")


def test_passing_faults_are_tried_again_later_and_later_inside_the_codes_life(kit: Kit) -> None:
    row = delivered(kit, *[DeliveryError("busy")] * 500)
    waits = []
    while row.state == "queued":
        waits.append((row.due_at - kit.clock.now).total_seconds())
        kit.clock.now = row.due_at
        assert kit.clock.now < row.deadline
        kit.deliver()
        row = newest(kit)

    assert (row.state, row.reason) == ("failed", "busy")
    assert waits == sorted(waits)
    assert 1 <= waits[0] <= 5
    assert sum(waits) > 500


def test_nobody_tries_again_before_it_is_due(kit: Kit) -> None:
    row = delivered(kit, DeliveryError("busy", retry_after=77))
    assert row.due_at == kit.clock.now + timedelta(seconds=77)

    kit.clock.forward(seconds=76)
    kit.core.sender.deliver(row.id)
    assert kit.texts.messages == []
    kit.clock.forward(seconds=1)
    kit.core.sender.deliver(row.id)

    assert len(kit.texts.messages) == 1


def test_a_wait_beyond_the_codes_life_is_a_failure(kit: Kit) -> None:
    assert delivered(kit, DeliveryError("busy", retry_after=600)).state == "failed"


def test_a_wait_beyond_the_codes_life_goes_to_the_other_carrier(two: Kit) -> None:
    row = delivered(two, DeliveryError("busy", retry_after=600))

    assert (row.state, row.transport) == ("sent", "spare_texts")


def test_every_attempt_has_the_same_code_and_the_same_key(kit: Kit) -> None:
    row = delivered(kit)
    for _ in range(2):  # workers that died before they could write that it was sent
        with kit.core.database.writing() as work:
            work.db.get_one(Delivery, row.id).state = "queued"
        kit.deliver()

    assert len({(each.code, each.idempotency_key) for each in kit.texts.messages}) == 1
    assert re.fullmatch("[A-Za-z0-9-]{1,40}", kit.texts.messages[0].idempotency_key)
    assert len(kit.texts.messages) == 3


def ended(kit: Kit, person: Asking, ending: str) -> None:
    kit.clock.forward(minutes=10 if ending == "expired" else 9)
    if ending == "used":
        person.check(person.code)
    elif ending == "cancelled":
        with kit.core.database.writing() as work:
            challenges.cancel(work, person.session, SIGN_IN)
    elif ending != "expired":
        person.send(1 if ending == "replaced" else 0)


@pytest.mark.parametrize("ending", ["used", "cancelled", "replaced", "moved on", "expired"])
def test_a_code_that_is_good_for_nothing_is_dropped(kit: Kit, ending: str) -> None:
    person = Asking(kit)
    person.send()
    delivery = newest(kit).id
    ended(kit, person, ending)

    kit.core.sender.deliver(delivery)

    assert kit.texts.messages == []
    with kit.core.database.reading() as work:
        assert work.db.get_one(Delivery, delivery).state == "dropped"


@pytest.mark.parametrize("error", [RuntimeError("boom"), KeyError("x"), TimeoutError(), ZeroDivisionError()])
def test_any_other_exception_is_a_passing_fault(kit: Kit, error: Exception) -> None:
    assert delivered(kit, error).state == "queued"

    kit.clock.now = newest(kit).due_at
    assert len(kit.messages(MOBILE)) == 1


@pytest.mark.parametrize("answer", [None, True, 7])
def test_a_carrier_that_returns_no_id_leaves_nothing_hanging(two: Kit, answer: object) -> None:
    two.core.routes["spare_texts"].answer = answer

    row = delivered(two, DeliveryError("refused", permanent=True))

    assert row.lease is None


def test_a_long_reason_fits_its_column(kit: Kit) -> None:
    row = delivered(kit, DeliveryError("no " * 100, permanent=True))

    assert len(row.reason) <= Delivery.reason.type.length


@pytest.mark.parametrize("wait", [float("nan"), "soon", -1e12, object()])
def test_a_wait_that_is_no_time_is_as_if_there_were_none(kit: Kit, wait: object) -> None:
    row = delivered(kit, DeliveryError("busy", retry_after=wait))

    assert (row.state, row.lease) == ("queued", None)
    assert 1 <= (row.due_at - kit.clock.now).total_seconds() <= 5


@pytest.mark.parametrize("wait", [float("inf"), 1e300])
def test_a_wait_without_end_is_a_failure(kit: Kit, wait: float) -> None:
    assert delivered(kit, DeliveryError("busy", retry_after=wait)).state == "failed"


def test_a_reason_that_no_database_stores_is_cleaned(racing: Kit) -> None:
    assert delivered(racing, DeliveryError("x\ud800\0", permanent=True)).reason == "x??"


def test_an_id_that_no_database_stores_is_cleaned_and_the_message_not_sent_again(two: Kit) -> None:
    two.core.routes["spare_texts"].answer = "x\ud800\0"

    row = delivered(two, DeliveryError("refused", permanent=True))

    assert (row.state, row.carrier_id) == ("sent", "x??")
