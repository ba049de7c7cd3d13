"""Events of calls: which are accepted, and which are forged."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest

from tests.support.carrier import APPLICATION_ID, SIGNATURE_SECRET, Carrier
from tests.support.carrier_webhooks import Signed, signed_json, voice_event
from tests.support.vonage_kit import message, plugin, receiver, transport, webhook
from trustweb.transports import ReceiptForged

voice = plugin("vonage_voice")
SPOKEN = "Your code is:\n4, 8, 1, 5, 1, 6.\n\nAgain:\n4, 8, 1, 5, 1, 6."


@pytest.fixture(scope="module")
def running() -> Iterator[Carrier]:
    with Carrier(step=0.01) as carrier:
        yield carrier


@pytest.fixture
def carrier(running: Carrier) -> Carrier:
    running.forget()
    return running


@pytest.fixture
def calls(carrier: Carrier) -> Any:
    return transport(voice.VonageVoice, carrier)


def test_the_events_of_a_call_are_read(carrier: Carrier) -> None:
    with receiver() as (url, got):
        calls = transport(voice.VonageVoice, carrier, receipts_url=url)
        carrier_id = calls.send(message(SPOKEN))
        carrier.wait_for_reports(4)

    receipts = [receipt for hook in got for receipt in calls.read_receipt(hook)]
    assert [receipt.state for receipt in receipts] == ["sent", "sent", "delivered", "delivered"]
    assert {receipt.carrier_id for receipt in receipts} == {carrier_id}


@pytest.mark.parametrize("status", ["machine", "busy", "unanswered", "timeout", "rejected", "cancelled", "failed"])
def test_a_call_that_nobody_took_has_failed(status: str, calls: Any, carrier: Carrier) -> None:
    (receipt,) = calls.read_receipt(webhook(carrier.voice_event("ID-1", status, jti="J", at=1_790_000_000)))

    assert (receipt.id, receipt.carrier_id, receipt.state) == ("J", "ID-1", "failed")
    assert receipt.reason
    assert receipt.issued_at == datetime.fromtimestamp(1_790_000_000, UTC)


def test_an_event_without_a_meaning_is_no_receipt(calls: Any, carrier: Carrier) -> None:
    assert not calls.read_receipt(webhook(carrier.voice_event("ID-1", "transfer")))


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Bearer a.b.c", "Basic YTpi", "Bearer ñ"])
def test_an_event_without_its_token_is_forged(header: str, calls: Any, carrier: Carrier) -> None:
    with pytest.raises(ReceiptForged):
        calls.read_receipt(webhook(carrier.voice_event("ID-1"), Authorization=header))


@pytest.mark.parametrize("body", [b"", b"{}", b'{"uuid": "ID-2", "status": "completed"}'])
def test_a_token_for_another_body_is_forged(body: bytes, calls: Any, carrier: Carrier) -> None:
    with pytest.raises(ReceiptForged):
        calls.read_receipt(webhook(carrier.voice_event("ID-1"), body=body))


@pytest.mark.parametrize(
    "claims", [{"payload_hash": ""}, {"jti": None}, {"jti": 1}, {"iat": None}, {"iat": "now"}, {"iat": 1e99}]
)
def test_a_token_without_what_is_checked_is_forged(claims: dict[str, Any], calls: Any, carrier: Carrier) -> None:
    with pytest.raises(ReceiptForged):
        calls.read_receipt(webhook(carrier.voice_event("ID-1", **claims)))


def test_another_secret_another_application_or_no_secret_is_forged(calls: Any, carrier: Carrier) -> None:
    other = voice_event(SIGNATURE_SECRET[::-1], "ID-1", application_id=APPLICATION_ID)
    elsewhere = voice_event(SIGNATURE_SECRET, "ID-1", application_id="another")
    open_door = transport(voice.VonageVoice, carrier, VONAGE_SIGNATURE_SECRET="")

    for reader, signed in ((calls, other), (calls, elsewhere), (open_door, carrier.voice_event("ID-1"))):
        with pytest.raises(ReceiptForged):
            reader.read_receipt(webhook(signed))


@pytest.mark.parametrize("algorithm", ["none", "HS512"])
def test_a_token_chooses_no_algorithm(algorithm: str, calls: Any, carrier: Carrier) -> None:
    signed = carrier.voice_event("ID-1")
    claims = jwt.decode(signed.headers["Authorization"][7:], options={"verify_signature": False})
    token = jwt.encode(claims, SIGNATURE_SECRET * 2 if algorithm != "none" else None, algorithm=algorithm)

    with pytest.raises(ReceiptForged):
        calls.read_receipt(webhook(signed, Authorization=f"Bearer {token}"))


@pytest.mark.parametrize("event", [[], {}, {"status": []}, {"status": "completed"}, "completed", None])
def test_a_signed_body_that_is_no_event_gives_nothing(event: Any, calls: Any) -> None:
    signed = signed_json(SIGNATURE_SECRET, event, application_id=APPLICATION_ID)

    try:
        assert not calls.read_receipt(webhook(signed))
    except ReceiptForged:
        assert event != {"status": "completed"}


def test_header_names_may_come_in_any_case(calls: Any, carrier: Carrier) -> None:
    signed = carrier.voice_event("ID-1")
    lower = Signed(signed.body, {name.lower(): value for name, value in signed.headers.items()})

    assert calls.read_receipt(webhook(lower))[0].state == "delivered"
