"""The stand-in for Vonage, by itself."""

from __future__ import annotations

import itertools
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from vonage import Auth, HttpClientOptions, Vonage
from vonage_messages import Sms

from tests.support.carrier import APPLICATION_ID, Carrier
from tests.support.carrier_server import Sent
from tests.support.paths import ROOT
from tests.support.vonage_kit import MOBILE, message, plugin, receiver, transport

sms = plugin("vonage_sms")


@pytest.fixture
def carrier() -> Iterator[Carrier]:
    with Carrier(step=0.01) as carrier:
        yield carrier


def states(carrier: Carrier, fault: str, count: int) -> list[str]:
    """Send one text with a fault, and return the states of its receipts in the order of their coming."""
    carrier.fault("text", fault)
    with receiver() as (url, got):
        transport(sms.VonageSms, carrier, receipts_url=url).send(message())
        carrier.wait_for_reports(count)
    return [hook.form["status"] for hook in got]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("twice", ["accepted", "accepted", "delivered", "delivered"]),
        ("reversed", ["delivered", "accepted"]),
        ("late:0.2", ["accepted", "delivered"]),
        ("early", ["accepted", "delivered"]),
        ("reject-receipt", ["accepted", "failed"]),
        ("reject-receipt:expired", ["accepted", "expired"]),
    ],
)
def test_receipts_misbehave_as_told(fault: str, expected: list[str], carrier: Carrier) -> None:
    assert states(carrier, fault, len(expected)) == expected


def test_a_late_receipt_is_late(carrier: Carrier) -> None:
    began = time.monotonic()

    states(carrier, "late:0.3", 2)

    assert time.monotonic() - began > 0.3


def test_an_early_receipt_comes_before_the_answer(carrier: Carrier) -> None:
    carrier.fault("text", "early")
    with receiver() as (url, got):
        transport(sms.VonageSms, carrier, receipts_url=url).send(message())

        assert len(got) == 2


def test_a_silent_carrier_reports_nothing(carrier: Carrier) -> None:
    carrier.fault("text", "silent")
    transport(sms.VonageSms, carrier, receipts_url=f"{carrier.url}/receipts").send(message())

    with pytest.raises(TimeoutError):
        carrier.wait_for_reports(1, timeout=0.1)


def test_what_is_not_answered_2xx_comes_again(carrier: Carrier) -> None:
    nowhere = f"{carrier.url}/receipts"
    transport(sms.VonageSms, carrier, receipts_url=nowhere).send(message())

    assert carrier.wait_for_reports(6) == [(nowhere, 404)] * 6


def test_faults_queue_up_are_counted_and_heal(carrier: Carrier) -> None:
    carrier.fault("text", "status:503", times=1)
    carrier.fault("text", "status:429")

    seen = [requests.post(f"{carrier.url}/sms/json", timeout=5).status_code for _ in range(3)]
    carrier.heal()
    seen.append(requests.post(f"{carrier.url}/sms/json", timeout=5).status_code)

    assert seen == [503, 429, 429, 401]
    assert len(carrier.posts) == 4


def test_an_unknown_fault_is_refused(carrier: Carrier) -> None:
    with pytest.raises(ValueError, match="explode is none of"):
        carrier.fault("text", "explode")


def test_waiting_says_what_came_instead(carrier: Carrier) -> None:
    with pytest.raises(TimeoutError, match=r"0 of 1 texts came to \+447400123456"):
        carrier.wait_for(MOBILE, timeout=0.05)


@pytest.mark.parametrize(
    "text",
    [
        "Your code is 481516. It is good for 10 minutes.\n\n@127.0.0.1:54321 #481516",
        "Guten Tag. 4, 8, 1, 5, 1, 6. Noch einmal: 4, 8, 1, 5, 1, 6.",
        "Your code is:\n4\n8\n1\n5\n1\n6\nAgain:\n4\n8\n1\n5\n1\n6",
        "10 minutes: 4 . 8 . 1 . 5 . 1 . 6",
    ],
)
def test_the_code_is_found_as_people_find_it(text: str) -> None:
    assert Sent("call", "voice", "1", MOBILE, text).code == "481516"


def test_a_text_of_the_wrong_type_arrives_garbled(carrier: Carrier) -> None:
    fields = {"to": "447400123456", "from": "1", "text": "’481516’", "type": "text"}

    requests.post(f"{carrier.url}/sms/json", fields, auth=carrier.basic, timeout=5)

    assert carrier.texts[0].text == "?481516?"


@pytest.mark.parametrize(("fields", "status"), [({"text": "x"}, "2"), ({"text": "x", "from": "1", "to": "+1"}, "3")])
def test_a_bad_request_is_refused_inside_a_200(fields: dict[str, str], status: str, carrier: Carrier) -> None:
    answer = requests.post(f"{carrier.url}/sms/json", fields, auth=carrier.basic, timeout=5)

    assert answer.json()["messages"][0]["status"] == status
    assert carrier.texts == []


def test_the_messages_api_takes_texts_too(carrier: Carrier) -> None:
    auth = Auth(application_id=APPLICATION_ID, private_key=str(carrier.private_key))
    host = carrier.url.removeprefix("http://")
    client = Vonage(auth, HttpClientOptions(api_host=host, timeout=5, pool_maxsize=1, max_retries=0))
    line = sms._vonage.BoundedAdapter(requests.adapters.HTTPAdapter(), plain=True, seconds=5)
    client.http_client._session.mount("https://", line)

    sent = client.messages.send(Sms(to="447400123456", from_="Trustweb", text="481516"))

    assert carrier.wait_for(MOBILE)[0].id == sent.message_uuid


def test_closing_ends_what_hangs_and_leaves_no_thread(carrier: Carrier) -> None:
    carrier.fault("text", "hang")
    silence = threading.Thread(target=_post_and_swallow, args=[carrier])
    silence.start()
    while not carrier.posts:
        time.sleep(0.01)

    began = time.monotonic()
    carrier.close()
    silence.join(timeout=60)

    assert time.monotonic() - began < 20  # the client would wait for half a minute
    assert not silence.is_alive()


def _post_and_swallow(carrier: Carrier) -> None:
    with pytest.raises(requests.ConnectionError):
        requests.post(f"{carrier.url}/sms/json", timeout=30)


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("what", "melt", "melt is none of refuse, partial, "),
        ("times", "often", "Times is a number, not often."),
        ("method", "fax", "The carrier takes text and call, not fax."),
    ],
)
def test_what_its_page_does_not_know_is_one_sentence(carrier: Carrier, field: str, typed: str, said: str) -> None:
    form = {"method": "text", "what": "drop", "times": "1"}

    answer = requests.post(f"{carrier.url}/fault", form | {field: typed}, timeout=5)

    assert answer.status_code == 400
    assert answer.text.startswith(said)
    assert states(carrier, "twice", 2)  # no fault is in its way


def test_by_hand_it_prints_the_environment_and_what_arrives(tmp_path: Path) -> None:
    script = str(ROOT / "tests" / "support" / "carrier.py")
    command = [sys.executable, script, "serve", "--port", "0", "--folder", str(tmp_path), "--no-webhooks"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        assert process.stdout
        exports = [shlex.split(line)[1].split("=", 1) for line in itertools.islice(process.stdout, 8)]
        environment = dict(exports)

        transport(sms.VonageSms, None, **environment).send(message())
        page = requests.get(environment["VONAGE_API_URL"], timeout=5).text
        process.send_signal(signal.SIGINT)

        assert "Your code is 481516." in page
        assert "Your code is 481516." in process.stdout.read()
