"""Every failure of a text, by Vonage’s SDK over real sockets."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.carrier import Carrier
from tests.support.vonage_kit import CODE, MOBILE, message, plugin, refusal, transport
from trustweb.transports import DeliveryError

sms = plugin("vonage_sms")


class Hasty(sms.VonageSms):
    timeout = 0.6


@pytest.fixture(scope="module")
def running() -> Iterator[Carrier]:
    with Carrier(step=0.01) as carrier:
        yield carrier


@pytest.fixture
def carrier(running: Carrier) -> Carrier:
    running.forget()
    return running


@pytest.fixture
def texts(carrier: Carrier) -> Any:
    return transport(sms.VonageSms, carrier)


@pytest.mark.parametrize(
    ("status", "reason", "permanent", "gone"),
    [
        ("1", "throttled", False, False),
        ("5", "carrier-fault", False, False),
        ("2", "refused-2", True, False),
        ("9", "no-credit", True, False),
        ("15", "sender-refused", True, False),
        ("33", "number-gone", True, True),
        ("99", "refused-99", True, False),
    ],
)
def test_a_refusal_inside_a_200_is_a_refusal(
    status: str, reason: str, permanent: bool, gone: bool, texts: Any, carrier: Carrier
) -> None:
    carrier.fault("text", f"refuse:{status}")

    error = refusal(texts.send)

    assert (error.reason, error.permanent, error.gone) == (reason, permanent, gone)


def test_a_text_that_lost_a_part_was_not_sent(texts: Any, carrier: Carrier) -> None:
    carrier.fault("text", "partial:5")

    error = refusal(texts.send, message(f"{CODE} " + "long " * 60))

    assert (error.reason, error.permanent) == ("carrier-fault", False)


@pytest.mark.parametrize(
    ("status", "reason", "permanent", "retry_after"),
    [
        ("401", "credentials", True, None),
        ("402", "no-credit", True, None),
        ("403", "forbidden", True, None),
        ("404", "http-404", True, None),
        ("429:7", "throttled", False, 7.0),
        ("429:soon", "throttled", False, None),
        ("500", "http-500", False, None),
        ("503", "http-503", False, None),
    ],
)
def test_a_status_has_a_meaning(
    status: str, reason: str, permanent: bool, retry_after: float | None, texts: Any, carrier: Carrier
) -> None:
    carrier.fault("text", f"status:{status}")

    error = refusal(texts.send)

    assert (error.reason, error.permanent, error.retry_after) == (reason, permanent, retry_after)
    assert len(carrier.posts) == 1


def test_wrong_credentials_are_final(carrier: Carrier) -> None:
    error = refusal(transport(sms.VonageSms, carrier, VONAGE_API_SECRET="wrong").send)

    assert (error.reason, error.permanent) == ("credentials", True)


@pytest.mark.parametrize("fault", ["hang", "drip"])
def test_a_slow_carrier_is_cut_off_in_time(fault: str, carrier: Carrier) -> None:
    carrier.fault("text", fault, times=1)
    texts, began = transport(Hasty, carrier), time.monotonic()

    error = refusal(texts.send)

    assert (error.reason, error.permanent) == ("timeout", False)
    assert time.monotonic() - began < 30  # the stand-in would go on for minutes
    assert texts.send(message())


@pytest.mark.parametrize("fault", ["drop", "lost"])
def test_a_dropped_connection_is_one_post(fault: str, texts: Any, carrier: Carrier) -> None:
    texts.send(message())
    carrier.fault("text", fault)

    error = refusal(texts.send)

    assert (error.reason, error.permanent) == ("connection", False)
    assert len(carrier.posts) == 2


def test_nobody_there_is_a_passing_fault() -> None:
    with Carrier() as gone:
        settings = gone.settings

    error = refusal(transport(sms.VonageSms, None, **settings).send)

    assert (error.reason, error.permanent) == ("connection", False)


@pytest.mark.parametrize("answer", [b"<html>", b"[]", b"{}", b'{"message-count": "0", "messages": []}'])
def test_a_200_that_is_no_answer_is_a_passing_fault(answer: bytes, texts: Any, carrier: Carrier) -> None:
    carrier.fault("text", f"body:{answer.decode()}")

    error = refusal(texts.send)

    assert (error.reason, error.permanent) == ("unreadable-answer", False)


def test_a_redirect_is_not_followed(texts: Any, carrier: Carrier) -> None:
    carrier.fault("text", "status:307")

    error = refusal(texts.send)

    assert (error.reason, error.permanent) == ("redirected", True)
    assert len(carrier.posts) == 1


def test_a_field_that_the_sdk_refuses_is_final_and_not_quoted(carrier: Carrier) -> None:
    texts = transport(sms.VonageSms, carrier, receipts_url="http://localhost/" + "x" * 100)

    error = refusal(texts.send)

    assert (error.reason, error.permanent) == ("invalid", True)
    assert carrier.posts == []


def test_a_send_that_fails_can_be_sent_again(texts: Any, carrier: Carrier) -> None:
    carrier.fault("text", "lost", times=1)

    with pytest.raises(DeliveryError):
        texts.send(message())
    texts.send(message())

    assert {sent.code for sent in carrier.wait_for(MOBILE, count=2)} == {CODE}
