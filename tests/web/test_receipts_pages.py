"""The URL to which carriers report: what is refused, what is ignored, and that a message only moves forward."""

from __future__ import annotations

import json
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.support.kit import ALICE, MOBILE, PASSWORD, Kit
from tests.support.paths import RECORDING
from tests.support.trusted_numbers import delivery_steps
from trustweb.models import Delivery

pytestmark = pytest.mark.slow

PLUGIN = """
import json
from datetime import datetime
from trustweb.transports import Receipt, ReceiptForged, Transport, hookimpl

class Pigeon(Transport):
    name, label, method = "pigeon", "Pigeon Post", "text"

    def send(self, message):
        return "ring-1"

    def read_receipt(self, webhook):
        if webhook.headers.get("x-seal") != "wax":
            raise ReceiptForged("no seal")
        read = json.loads(webhook.body)
        return [Receipt(r["id"], datetime.fromisoformat(r["at"]), r["ring"], r["state"]) for r in read]

@hookimpl
def trustweb_transports():
    return [Pigeon]
"""


@pytest.fixture
def kit(make_kit, tmp_path: Path) -> Kit:
    """Alice's code is on its way by pigeon."""
    folder = tmp_path / "plugins"
    folder.mkdir()
    (folder / "pigeon.py").write_text(PLUGIN)
    (folder / "recording.py").write_text((RECORDING / "recording.py").read_text())
    kit = make_kit(TRUSTWEB_PLUGINS=str(folder), TRUSTWEB_TRANSPORTS="pigeon")
    kit.account(numbers=(MOBILE,))
    kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)
    kit.deliver()
    return kit


def report(kit: Kit, state: str, receipt: str = "1", *, age: float = 0, ring: str = "ring-1", seal: str = "wax") -> int:
    issued = kit.clock.now - timedelta(seconds=age)
    body = json.dumps([{"id": receipt, "at": issued.isoformat(), "ring": ring, "state": state}])
    return post(kit, body, seal=seal)


def post(kit: Kit, body: Any, *, seal: str = "wax", to: str = "pigeon", **options: Any) -> int:
    headers = {"X-Seal": seal, "Origin": "https://carrier.example", "Sec-Fetch-Site": "cross-site"}
    client = kit.app.test_client()
    answer = client.post(f"/receipts/{to}", data=body, headers=headers, base_url="http://localhost:8000", **options)
    return int(answer.status_code)


def state(kit: Kit) -> str:
    with kit.core.database.reading() as work:
        return work.db.scalars(select(Delivery.state)).one()


def test_a_receipt_moves_a_message_on(kit: Kit) -> None:
    assert state(kit) == "sent"

    assert report(kit, "delivered") == 204

    assert state(kit) == "delivered"


def test_a_forged_receipt_is_refused_and_not_believed(kit: Kit) -> None:
    assert report(kit, "delivered", seal="none") == 401

    assert state(kit) == "sent"


@pytest.mark.parametrize("age", [301, -301])
def test_a_receipt_of_another_time_is_ignored(age: int, kit: Kit) -> None:
    assert report(kit, "delivered", age=age) == 204

    assert state(kit) == "sent"


@pytest.mark.parametrize("age", [299, -299])
def test_clocks_may_differ_by_five_minutes(age: int, kit: Kit) -> None:
    report(kit, "delivered", age=age)

    assert state(kit) == "delivered"


def test_a_repeated_receipt_is_ignored(kit: Kit) -> None:
    report(kit, "sent", "7")

    assert report(kit, "failed", "7") == 204

    assert state(kit) == "sent"


def test_a_forged_receipt_does_not_use_up_a_real_ones_id(kit: Kit) -> None:
    report(kit, "failed", "7", seal="none")

    report(kit, "delivered", "7")

    assert state(kit) == "delivered"


@pytest.mark.parametrize("later", ["sent", "failed"])
def test_what_was_delivered_stays_delivered(later: str, kit: Kit) -> None:
    report(kit, "delivered", "1")

    assert report(kit, later, "2") == 204

    assert state(kit) == "delivered"


def test_a_receipt_for_a_message_of_somebody_else_is_ignored(kit: Kit) -> None:
    assert report(kit, "delivered", ring="ring-2") == 204

    assert state(kit) == "sent"


@pytest.mark.parametrize("to", ["nobody", "..", "recording"])
def test_a_transport_that_is_not_there_is_not_found(to: str, kit: Kit) -> None:
    assert post(kit, "[]", to=to) == 404


def test_a_transport_without_receipts_takes_none(kit: Kit) -> None:
    assert post(kit, "[]", to="recording_texts") == 401


def test_a_receipt_has_at_most_sixteen_kibibytes(kit: Kit) -> None:
    assert post(kit, "[]".ljust(16 * 1024)) == 204

    assert post(kit, "[]".ljust(16 * 1024 + 1)) == 413


def test_a_receipt_that_does_not_say_its_length_is_measured_too(kit: Kit) -> None:
    whole = b"[]".ljust(16 * 1024 + 1)

    status = kit.app.test_client().open(
        "/receipts/pigeon", method="POST", input_stream=BytesIO(whole), headers={"X-Seal": "wax"},
        base_url="http://localhost:8000", environ_overrides={"wsgi.input_terminated": True},
    ).status_code  # fmt: skip

    assert status == 413


def test_a_receipt_is_only_posted(kit: Kit) -> None:
    answer = kit.app.test_client().get("/receipts/pigeon", base_url="http://localhost:8000")

    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_the_page_says_delivered(kit: Kit) -> None:
    visitor = kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)
    kit.deliver()
    with kit.core.database.reading() as work:
        assert len(work.db.scalars(select(Delivery.id)).all()) == 2

    report(kit, "delivered")
    visitor.get("/sign-in/code")

    assert [node.get("class") for node in delivery_steps(visitor)] == ["done", "done", "done"]
