"""Texts by Vonage’s SDK, over real sockets, to the stand-in."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.carrier import SIGNATURE_SECRET, Carrier
from tests.support.vonage_kit import CODE, MOBILE, message, plugin, refusal, transport

sms = plugin("vonage_sms")
voice = plugin("vonage_voice")


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


def test_a_text_arrives_and_its_id_is_the_carriers(texts: Any, carrier: Carrier) -> None:
    carrier_id = texts.send(message())

    (sent,) = carrier.wait_for(MOBILE)
    assert (sent.id, sent.code, sent.client_ref) == (carrier_id, CODE, message().idempotency_key)
    assert sent.fields["from"] == "12015550123"
    assert sent.callback == texts.context.receipts_url


def test_a_plain_text_is_not_sent_as_unicode(texts: Any, carrier: Carrier) -> None:
    texts.send(message("Ihr Code für Trustweb: 481516\n\n@example.com #481516"))

    assert carrier.texts[0].fields["type"] == "text"
    assert carrier.texts[0].text == "Ihr Code für Trustweb: 481516\n\n@example.com #481516"


@pytest.mark.parametrize("text", ["Your code’s 481516", "Код: 481516", "481516 🔑", "coupé ê 481516"])
def test_what_the_short_alphabet_lacks_is_sent_as_unicode(text: str, texts: Any, carrier: Carrier) -> None:
    texts.send(message(text))

    assert carrier.texts[0].fields["type"] == "unicode"
    assert carrier.texts[0].text == text


def test_the_short_alphabet_is_the_carriers(texts: Any, carrier: Carrier) -> None:
    texts.send(message("".join(sorted(sms.GSM_7))))

    assert "?" not in carrier.texts[0].text.replace("?", "", 1)


@pytest.mark.parametrize(("seconds", "ttl"), [(600, 599_000), (5, 20_000), (-5, 20_000), (9e6, 604_800_000)])
def test_the_carrier_gives_up_when_the_code_expires(seconds: float, ttl: int, texts: Any, carrier: Carrier) -> None:
    texts.send(message(seconds=seconds))

    assert int(carrier.texts[0].fields["ttl"]) == pytest.approx(ttl, abs=1000)


def test_a_long_text_is_one_post(texts: Any, carrier: Carrier) -> None:
    carrier_id = texts.send(message(f"{CODE} " + "long " * 60))

    assert carrier.texts[0].id == carrier_id
    assert carrier.posts == ["/sms/json"]


def test_without_a_signature_secret_no_receipts_are_asked_for(carrier: Carrier) -> None:
    texts = transport(sms.VonageSms, carrier, VONAGE_SIGNATURE_SECRET="")

    texts.send(message())

    assert carrier.texts[0].callback == ""


def test_threads_and_products_never_mix_their_credentials(carrier: Carrier) -> None:
    texts, calls = transport(sms.VonageSms, carrier), transport(voice.VonageVoice, carrier)

    with ThreadPoolExecutor(8) as pool:
        sends = [pool.submit(way.send, message()) for _ in range(40) for way in (texts, calls)]
        ids = {send.result() for send in sends}

    assert len(ids) == 80
    assert ids == {sent.id for sent in carrier.texts + carrier.calls}


def test_a_thread_keeps_a_client_of_its_own(texts: Any) -> None:
    mine = texts._clients.get(texts._auth)
    with ThreadPoolExecutor(1) as pool:
        others = pool.submit(texts._clients.get, texts._auth).result()

    assert mine is texts._clients.get(texts._auth)
    assert mine is not others


def test_no_watch_is_left_behind(carrier: Carrier) -> None:
    before = set(threading.enumerate())

    transport(sms.VonageSms, carrier).send(message())

    watches = [thread for thread in set(threading.enumerate()) - before if isinstance(thread, threading.Timer)]
    for watch in watches:
        watch.join(timeout=60)
    assert not any(watch.is_alive() for watch in watches)


def test_no_log_has_the_code_or_the_credentials(texts: Any, carrier: Carrier, caplog: pytest.LogCaptureFixture) -> None:
    carrier.fault("text", "status:503", times=1)
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "urllib3")  # an app made by an earlier test has made it quiet

    refusal(texts.send)
    texts.send(message())

    assert caplog.records
    assert not any(secret in caplog.text for secret in (CODE, "Basic ", carrier.basic[1]))


def test_no_repr_has_the_code_or_the_credentials(texts: Any) -> None:
    shown = f"{texts!r} {texts.context!r} {message()!r}"

    assert not any(secret in shown for secret in (CODE, "the-secret-of", SIGNATURE_SECRET))


@pytest.mark.parametrize("url", ["http://rest.nexmo.com", "http://192.0.2.1:80", "http://localhost.example.com"])
def test_plain_http_is_for_loopback_alone(url: str) -> None:
    with pytest.raises(ValueError, match="must be https"):
        transport(sms.VonageSms, VONAGE_API_URL=url).check()


@pytest.mark.parametrize("url", ["rest.nexmo.com", "ftp://localhost", "https://", "https://a@b", "https://h/x"])
def test_an_api_url_has_only_scheme_host_and_port(url: str) -> None:
    with pytest.raises(ValueError, match="a scheme, a host and a port"):
        transport(sms.VonageSms, VONAGE_API_URL=url).check()


@pytest.mark.parametrize("url", ["", "https://api.example.com:8443", "http://127.0.0.9:1", "http://[::1]:1"])
def test_https_and_loopback_pass_the_check(url: str) -> None:
    transport(sms.VonageSms, VONAGE_API_URL=url).check()


def test_the_check_names_what_vonage_would_refuse() -> None:
    with pytest.raises(ValueError, match="VONAGE_SIGNATURE_METHOD"):
        transport(sms.VonageSms, VONAGE_SIGNATURE_METHOD="md4").check()
    with pytest.raises(ValueError, match="Longer than Vonage takes"):
        transport(sms.VonageSms, VONAGE_SIGNATURE_SECRET="s", receipts_url="https://" + "x" * 99).check()
