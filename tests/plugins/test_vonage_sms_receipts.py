"""Delivery receipts for texts: which are accepted, and which are forged."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.support.carrier import SIGNATURE_SECRET, Carrier
from tests.support.carrier_webhooks import Signed, sms_receipt
from tests.support.paths import ROOT
from tests.support.vonage_kit import message, plugin, receiver, transport, webhook
from trustweb.transports import ReceiptForged

sms = plugin("vonage_sms")


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


def test_the_receipts_of_a_text_are_read(carrier: Carrier) -> None:
    with receiver() as (url, got):
        texts = transport(sms.VonageSms, carrier, receipts_url=url)
        carrier_id = texts.send(message())
        carrier.wait_for_reports(2)

    receipts = [receipt for hook in got for receipt in texts.read_receipt(hook)]
    assert [(one.carrier_id, one.state) for one in receipts] == [(carrier_id, "sent"), (carrier_id, "delivered")]
    assert len({one.id for one in receipts}) == 2


@pytest.mark.parametrize("digest", ["md5", "sha1", "sha256", "sha512"])
def test_a_receipt_is_signed_in_the_chosen_way(digest: str, carrier: Carrier) -> None:
    texts = transport(sms.VonageSms, carrier, VONAGE_SIGNATURE_METHOD=digest)
    signed = sms_receipt(SIGNATURE_SECRET, "ID-1", digest=digest, at=1_790_000_000.0)

    (receipt,) = texts.read_receipt(webhook(signed))

    assert receipt.issued_at == datetime.fromtimestamp(1_790_000_000, UTC)


def test_a_receipt_may_be_signed_as_new_accounts_are_set(carrier: Carrier) -> None:
    texts = transport(sms.VonageSms, carrier, VONAGE_SIGNATURE_METHOD="md5hash")
    signed = sms_receipt(SIGNATURE_SECRET, "ID-1", digest="md5hash")
    forged = sms_receipt("another secret", "ID-1", digest="md5hash")

    assert texts.read_receipt(webhook(signed))[0].carrier_id == "ID-1"
    with pytest.raises(ReceiptForged):
        texts.read_receipt(webhook(forged))


def test_a_failed_text_says_why(texts: Any, carrier: Carrier) -> None:
    (receipt,) = texts.read_receipt(webhook(carrier.sms_receipt("ID-1", "rejected", err_code="4")))

    assert (receipt.state, receipt.reason) == ("failed", "rejected-4")


def test_a_receipt_may_come_as_json(texts: Any, carrier: Carrier) -> None:
    form = carrier.sms_receipt("ID-1").form
    signed = Signed(json.dumps(form).encode(), {"Content-Type": "application/json"})

    (receipt,) = texts.read_receipt(webhook(signed))

    assert receipt.carrier_id == "ID-1"


def test_a_status_without_a_meaning_is_no_receipt(texts: Any, carrier: Carrier) -> None:
    assert not texts.read_receipt(webhook(carrier.sms_receipt("ID-1", "unknown")))


@pytest.mark.parametrize(
    "change",
    [
        {"status": "failed"},
        {"messageId": "ID-2"},
        {"timestamp": "1"},
        {"nonce": "another"},
        {"more": "fields"},
        {"sig": ""},
        {"sig": "0" * 32},
        {"sig": "ñ\ud800"},
    ],
)
def test_a_changed_receipt_is_forged(change: dict[str, str], texts: Any, carrier: Carrier) -> None:
    hook = webhook(carrier.sms_receipt("ID-1"))
    hook.form.update(change)  # type: ignore[attr-defined]

    with pytest.raises(ReceiptForged):
        texts.read_receipt(hook)


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{", b"[" * 16_000, b"\xff", b'{"sig": {}}', b'{"sig": "00"}'])
def test_a_body_that_is_no_receipt_is_forged(body: bytes, texts: Any) -> None:
    with pytest.raises(ReceiptForged):
        texts.read_receipt(webhook(Signed(body, {})))


def test_a_receipt_with_another_secret_is_forged(texts: Any) -> None:
    with pytest.raises(ReceiptForged):
        texts.read_receipt(webhook(sms_receipt("not-the-secret", "ID-1")))


def test_without_a_secret_every_receipt_is_forged(carrier: Carrier) -> None:
    texts = transport(sms.VonageSms, carrier, VONAGE_SIGNATURE_SECRET="")

    with pytest.raises(ReceiptForged):
        texts.read_receipt(webhook(sms_receipt("", "ID-1")))


def test_a_signed_receipt_without_a_time_is_forged(texts: Any, carrier: Carrier) -> None:
    with pytest.raises(ReceiptForged):
        texts.read_receipt(webhook(carrier.sms_receipt("ID-1", timestamp="soon")))


def test_a_replay_cannot_spell_its_nonce_anew(texts: Any, carrier: Carrier) -> None:
    hook = webhook(carrier.sms_receipt("ID-1", nonce="a_b"))
    (first,) = texts.read_receipt(hook)
    hook.form["nonce"] = "a&b"  # type: ignore[index]

    (again,) = texts.read_receipt(hook)

    assert again.id == first.id


def test_a_name_cannot_swallow_its_neighbours(texts: Any, carrier: Carrier) -> None:
    form = carrier.sms_receipt("ID-1").form
    swallowed = f"status={form.pop('status')}&timestamp"
    form[swallowed] = form["timestamp"]
    form.pop("timestamp")

    with pytest.raises(ReceiptForged):
        texts.read_receipt(webhook(Signed(urlencode(form).encode(), {})))


def test_a_process_that_only_reads_receipts_never_loads_the_sdk() -> None:
    script = """if True:
        import sys
        from tests.support.carrier_webhooks import sms_receipt
        from tests.support.vonage_kit import plugin, transport, webhook
        texts = transport(plugin("vonage_sms").VonageSms, VONAGE_SIGNATURE_SECRET="s")
        texts.check()
        assert texts.read_receipt(webhook(sms_receipt("s", "ID-1")))
        assert "vonage" not in sys.modules
    """

    subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT, timeout=30)
