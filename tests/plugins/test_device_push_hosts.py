"""Notifications go to push services that the operator allows, and to no host inside."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.device_push import load_device_push, prompt_to
from tests.support.push_service import Subscriber
from trustweb.transports import DeliveryError


@pytest.mark.parametrize("host", ["127.0.0.2", "10.1.2.3", "169.254.169.254", "[fd00::1]", "[::ffff:127.0.0.1]"])
def test_an_address_inside_is_not_spoken_to(host: str, tmp_path: Path) -> None:
    push = load_device_push(tmp_path, PUSH_HOSTS=f"fcm.googleapis.com,{host.strip('[]')}")

    with pytest.raises(DeliveryError, match="private-address") as caught:
        push.send(prompt_to(Subscriber(f"https://{host}/push")))
    assert caught.value.permanent


GOOD = ["fcm.googleapis.com/fcm/send/x:y-z", "updates.push.services.mozilla.com/wpush/v2/x", "web.push.apple.com/x",
        "wns2-db5p.notify.windows.com/w/?token=x%2b", "fcm.googleapis.com:443/x"]  # fmt: skip
BAD = ["http://fcm.googleapis.com/x", "https://evil.example/x", "https://fcm.googleapis.com.evil.example/x",
       "https://evil.example/fcm.googleapis.com", "https://fcm.googleapis.com@evil.example/x",
       "https://alice@fcm.googleapis.com/x", "https://fcm.googleapis.com:8443/x", "https://fcm.googleapis.com./x",
       "https://push.services.mozilla.com/x", "https://a.b.push.services.mozilla.com/x", "https://localhost/x",
       "http://localhost:8000/x", "https://127.0.0.1/x", "https://fcm.googleapis.com/x#y", "https:fcm.googleapis.com/x",
       "https://fcm.googleapis.com/\r\nx", "https://fcm.googleapis.com/a b", "file:///etc/passwd", "", "https://",
       "https://fcm.googleapis.com:x/", "https://[fcm.googleapis.com/x", "https://fcm.googleapis.com/" + "x" * 1000,
       "https://fcm.googleapis.com/\u00e9"]  # fmt: skip


@pytest.mark.parametrize("endpoint", GOOD)
def test_the_real_push_services_are_known(endpoint: str, tmp_path: Path) -> None:
    load_device_push(tmp_path).check_destination(Subscriber(f"https://{endpoint}").says)


@pytest.mark.parametrize("endpoint", BAD)
def test_nobody_else_is_one(endpoint: str, tmp_path: Path) -> None:
    push = load_device_push(tmp_path)

    with pytest.raises(ValueError):
        push.check_destination(Subscriber(endpoint).says)
    with pytest.raises(DeliveryError, match="not-allowed"):
        push.send(prompt_to(Subscriber(endpoint)))


def changed(**parts: object) -> str:
    return json.dumps(json.loads(Subscriber("https://fcm.googleapis.com/x").says) | parts)


KEYS = Subscriber("").keys
UNFIT = ["", "null", "[]", "1", '"x"', "{}", "[" * 4000, "{", changed(endpoint=1), changed(endpoint=["x"]),
         changed(keys=None), changed(keys=[]), changed(keys={}), changed(keys=KEYS | {"auth": "x"}),
         changed(keys=KEYS | {"auth": 7}), changed(keys=KEYS | {"auth": KEYS["auth"] + "AA"}),
         changed(keys=KEYS | {"auth": "*" + KEYS["auth"]}), changed(keys=KEYS | {"auth": "\u00e9" * 22}),
         changed(keys=KEYS | {"p256dh": "BA" + "A" * 85}), changed(keys=KEYS | {"p256dh": KEYS["p256dh"][:-4]}),
         changed(keys=KEYS | {"p256dh": ""})]  # fmt: skip


@pytest.mark.parametrize("said", UNFIT, ids=range(len(UNFIT)))
def test_what_is_no_subscription_is_refused(said: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError):
        load_device_push(tmp_path).check_destination(said)
