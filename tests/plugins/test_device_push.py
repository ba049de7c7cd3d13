"""The plugin for notifications against a push service on loopback."""

from __future__ import annotations

import ssl
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.device_push import PAGE, WORDS, load_device_push, prompt_to
from tests.support.push_service import LOCAL, PushService, Subscriber, claims
from trustweb import config, registry
from trustweb.config import ConfigError
from trustweb.transports import DeliveryError, Transport


@pytest.fixture
def push(tmp_path: Path) -> Transport:
    return load_device_push(tmp_path, **LOCAL)


def test_only_the_browser_can_read_what_comes(push: Transport, service: PushService) -> None:
    alice = service.subscriber()

    assert push.send(prompt_to(alice)) == "abc-1"

    ((path, headers, body),) = service.got
    assert alice.opens(body) == {"title": "Sign-in", "body": WORDS, "url": PAGE}
    assert path == "/push/alice"
    assert b"Chrome" not in body
    assert (headers["content-encoding"], headers["urgency"], headers["topic"]) == ("aes128gcm", "high", "abc-1")
    assert 290 <= int(headers["ttl"]) <= 300


def test_it_says_who_it_is_with_the_key_that_browsers_subscribe_with(push: Transport, service: PushService) -> None:
    push.send(prompt_to(service.subscriber()))

    said = claims(service.got[0][1]["authorization"])
    assert (said["k"], said["aud"], said["sub"]) == (push.subscribe_key(), service.url, "http://localhost:8000")
    assert 0 < said["exp"] - time.time() < 86400


def test_the_operator_says_whom_to_write_to(tmp_path: Path, service: PushService) -> None:
    push = load_device_push(tmp_path, **LOCAL, PUSH_CONTACT="mailto:root@example.com")

    push.send(prompt_to(service.subscriber()))

    assert claims(service.got[0][1]["authorization"])["sub"] == "mailto:root@example.com"


def test_the_key_stays_and_is_nobody_elses(push: Transport, tmp_path: Path) -> None:
    (path,) = (tmp_path / "instance").rglob("vapid.pem")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_device_push(tmp_path, **LOCAL).subscribe_key() == push.subscribe_key()
    assert load_device_push(tmp_path / "other", **LOCAL).subscribe_key() != push.subscribe_key()


def test_several_machines_may_have_one_key(push: Transport, tmp_path: Path) -> None:
    (path,) = (tmp_path / "instance").rglob("vapid.pem")

    other = load_device_push(tmp_path / "other", **LOCAL, PUSH_KEY_FILE=str(path))

    assert other.subscribe_key() == push.subscribe_key()
    assert not list((tmp_path / "other").rglob("vapid.pem"))


def test_who_starts_at_once_makes_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: load_device_push(tmp_path).subscribe_key(), range(16)))

    assert len(keys) == 1
    assert [each.name for each in (tmp_path / "instance" / "plugins" / "device_push").iterdir()] == ["vapid.pem"]


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"PUSH_KEY": "nonsense"}, "PUSH_KEY is not a private key on the curve P-256 in PEM."),
        (LOCAL | {"TRUSTWEB_PUBLIC_URL": "https://account.example.com"}, "PUSH_HOSTS names this machine"),
    ],
)
def test_a_wrong_setting_is_one_sentence(settings: dict[str, str], sentence: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=sentence):
        load_device_push(tmp_path, **settings)


def test_the_operator_may_do_without(tmp_path: Path) -> None:
    found = registry.load(config.load({"TRUSTWEB_INSTANCE": str(tmp_path), "PUSH_HOSTS": "none"})).found

    assert [(each.state, each.why) for each in found if each.name == "device_push"] == [("off", "PUSH_HOSTS is none")]


@pytest.mark.parametrize(
    ("status", "headers", "reason", "permanent", "gone", "wait"),
    [
        (404, {}, "http-404", True, True, None),
        (410, {}, "http-410", True, True, None),
        (429, {"Retry-After": "7"}, "throttled", False, False, 7.0),
        (429, {"Retry-After": "Fri, 13 Mar 2026 09:00:00 GMT"}, "throttled", False, False, None),
        (503, {"Retry-After": "3"}, "http-503", False, False, 3.0),
        (500, {}, "http-500", False, False, None),
        (403, {}, "http-403", True, False, None),
        (413, {}, "http-413", True, False, None),
        (307, {"Location": "/elsewhere"}, "redirected", True, False, None),
        (301, {"Location": "/elsewhere"}, "redirected", True, False, None),
    ],
)  # fmt: skip
def test_a_refusal_says_what_it_means(
    status: int, headers: dict, reason: str, permanent: bool, gone: bool, wait: float | None,
    push: Transport, service: PushService,
) -> None:  # fmt: skip
    service.status, service.headers = status, headers

    with pytest.raises(DeliveryError) as caught:
        push.send(prompt_to(service.subscriber()))

    error = caught.value
    assert (error.reason, error.permanent, error.gone, error.retry_after) == (reason, permanent, gone, wait)
    assert len(service.got) == 1


def test_a_service_that_drips_is_left(push: Transport, service: PushService) -> None:
    push.timeout, service.drip = 0.5, 0.1  # type: ignore[misc]
    began = time.monotonic()

    with pytest.raises(DeliveryError, match="timeout"):
        push.send(prompt_to(service.subscriber()))

    assert time.monotonic() - began < 30  # the stand-in would go on for ever


def test_a_service_that_is_not_there(push: Transport, service: PushService) -> None:
    service.__exit__()

    with pytest.raises(DeliveryError, match="connection") as caught:
        push.send(prompt_to(service.subscriber()))
    assert not caught.value.permanent


@pytest.fixture
def secured(service: PushService, certificate: Path) -> Subscriber:
    """Serve over TLS from now on, and return a subscriber."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    service._server.socket = tls.wrap_socket(service._server.socket, server_side=True)
    return Subscriber(service.url.replace("http://localhost", "https://127.0.0.1") + "/push/alice")


def test_over_tls_it_comes_through(
    push: Transport, service: PushService, secured: Subscriber, certificate: Path
) -> None:
    push._tls = ssl.create_default_context(cafile=certificate)  # type: ignore[attr-defined]

    push.send(prompt_to(secured))

    assert secured.opens(service.got[0][2])["url"] == "http://localhost:8000/prompts"


def test_without_a_good_certificate_nothing_is_told(push: Transport, service: PushService, secured: Subscriber) -> None:
    with pytest.raises(DeliveryError, match="connection"):
        push.send(prompt_to(secured))
    assert service.got == []


def test_a_service_that_drips_over_tls_is_left(
    push: Transport, service: PushService, secured: Subscriber, certificate: Path
) -> None:
    push._tls = ssl.create_default_context(cafile=certificate)  # type: ignore[attr-defined]
    push.timeout, service.drip = 0.5, 0.1  # type: ignore[misc]

    with pytest.raises(DeliveryError, match="timeout"):
        push.send(prompt_to(secured))


def test_many_at_once_each_get_their_own(push: Transport, service: PushService) -> None:
    people = {f"/push/{number}": service.subscriber(str(number)) for number in range(24)}

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda each: push.send(prompt_to(each)), people.values()))

    assert len([people[path].opens(body) for path, _, body in service.got]) == 24
