"""Calls by Vonage’s SDK, over real sockets, to the stand-in."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.support.carrier import Carrier, private_key_pem
from tests.support.vonage_kit import CODE, GERMAN, MOBILE, message, plugin, refusal, transport

voice = plugin("vonage_voice")
SPOKEN = "Your code is:\n4, 8, 1, 5, 1, 6.\n\nAgain:\n4, 8, 1, 5, 1, 6."


class Hasty(voice.VonageVoice):
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
def calls(carrier: Carrier) -> Any:
    return transport(voice.VonageVoice, carrier)


def test_a_call_speaks_the_code_line_by_line(calls: Any, carrier: Carrier) -> None:
    carrier_id = calls.send(message(SPOKEN))

    (call,) = carrier.wait_for(MOBILE, "call")
    assert (call.id, call.code) == (carrier_id, CODE)
    assert [action["text"] for action in call.fields["ncco"]] == [line for line in SPOKEN.splitlines() if line]
    assert call.fields["machine_detection"] == "hangup"
    assert call.fields["from"] == {"number": "12015550123", "type": "phone"}


@pytest.mark.parametrize(
    ("language", "spoken"),
    [("en", "en-GB"), ("en-US", "en-US"), ("de", "de-DE"), ("de-AT", "de-DE"), ("pt", "pt-PT"), ("xx", None)],
)
def test_a_call_is_spoken_in_the_accounts_language(
    language: str, spoken: str | None, calls: Any, carrier: Carrier
) -> None:
    calls.send(message("Ihr Code lautet:\n4, 8, 1, 5, 1, 6.", to=GERMAN, language=language))

    assert [action.get("language") for action in carrier.calls[0].fields["ncco"]] == [spoken] * 2
    assert carrier.calls[0].code == CODE


def test_a_name_cannot_call_so_a_number_of_the_application_does(carrier: Carrier) -> None:
    transport(voice.VonageVoice, carrier, VONAGE_FROM="Trustweb").send(message(SPOKEN))

    assert carrier.calls[0].fields["random_from_number"] is True


def test_without_a_signature_secret_no_events_are_asked_for(carrier: Carrier) -> None:
    transport(voice.VonageVoice, carrier, VONAGE_SIGNATURE_SECRET="").send(message(SPOKEN))

    assert carrier.calls[0].callback == ""


def test_the_key_is_read_and_parsed_once(tmp_path: Path, carrier: Carrier) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(carrier.private_key.read_bytes())
    calls = transport(voice.VonageVoice, carrier, VONAGE_PRIVATE_KEY=str(path))
    calls.check()
    path.unlink()

    assert calls.send(message(SPOKEN))
    assert isinstance(calls._auth()._jwt_client._private_key, rsa.RSAPrivateKey)


def test_the_key_may_be_given_itself(carrier: Carrier) -> None:
    calls = transport(voice.VonageVoice, carrier, VONAGE_PRIVATE_KEY=carrier.private_key.read_text())

    assert calls.send(message(SPOKEN))


def test_another_key_is_refused_by_the_carrier(tmp_path: Path, carrier: Carrier) -> None:
    private_key_pem.cache_clear()
    path = tmp_path / "key"  # no extension: the SDK alone would take the path for a key
    path.write_bytes(private_key_pem())

    error = refusal(transport(voice.VonageVoice, carrier, VONAGE_PRIVATE_KEY=str(path)).send)

    assert (error.reason, error.permanent) == ("credentials", True)


@pytest.mark.parametrize(
    ("fault", "reason", "permanent"),
    [
        ("refuse", "http-400", True),
        ("status:401", "credentials", True),
        ("status:403", "forbidden", True),
        ("status:429:3", "throttled", False),
        ("status:500", "http-500", False),
        ("status:503", "http-503", False),
        ("drop", "connection", False),
        ("lost", "connection", False),
        ("body:<html>", "unreadable-answer", False),
        ('body:{"uuid": 1}', "unreadable-answer", False),
    ],
)
def test_every_fault_is_one_post_and_has_a_meaning(
    fault: str, reason: str, permanent: bool, calls: Any, carrier: Carrier
) -> None:
    carrier.fault("call", fault)

    error = refusal(calls.send, message(SPOKEN))

    assert (error.reason, error.permanent) == (reason, permanent)
    assert carrier.posts == ["/v1/calls"]


@pytest.mark.parametrize("fault", ["hang", "drip"])
def test_a_slow_carrier_is_cut_off_in_time(fault: str, carrier: Carrier) -> None:
    carrier.fault("call", fault)
    began = time.monotonic()

    error = refusal(transport(Hasty, carrier).send)

    assert (error.reason, error.permanent) == ("timeout", False)
    assert time.monotonic() - began < 30  # the stand-in would go on for minutes


def test_a_line_that_is_too_long_is_final(calls: Any, carrier: Carrier) -> None:
    error = refusal(calls.send, message("4 8 1 5 1 6 " * 200))

    assert (error.reason, error.permanent) == ("invalid", True)
    assert carrier.posts == []


def test_no_log_has_the_code_or_the_token(calls: Any, carrier: Carrier, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "urllib3")  # an app made by an earlier test has made it quiet

    calls.send(message(SPOKEN))

    assert caplog.records
    assert not any(secret in caplog.text for secret in (CODE, "4, 8, 1", "Bearer"))


def test_the_check_wants_an_rsa_key(tmp_path: Path, carrier: Carrier) -> None:
    path = tmp_path / "key.pem"
    elliptic = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )

    for content in (None, b"", b"-----BEGIN PRIVATE KEY-----", elliptic):
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(ValueError, match="VONAGE_PRIVATE_KEY must be the path"):
            transport(voice.VonageVoice, carrier, VONAGE_PRIVATE_KEY=str(path)).check()


def test_plain_http_is_for_loopback_alone(carrier: Carrier) -> None:
    transport(voice.VonageVoice, carrier).check()

    with pytest.raises(ValueError, match="must be https"):
        transport(voice.VonageVoice, carrier, VONAGE_API_URL="http://api.nexmo.com").check()
