"""The plugin that notifies trusted browsers, and a notification for it to send."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.support.push_service import Subscriber
from trustweb import config, registry
from trustweb.transports import Message, Transport

WORDS, PAGE = "Chrome, Linux · 127.0.0.1. Open this.", "http://localhost:8000/prompts"


def load_device_push(folder: Path, **settings: str) -> Transport:
    environ = {"TRUSTWEB_INSTANCE": str(folder / "instance"), **settings}
    found = registry.load(config.load(environ)).transports
    return next(each for each in found if each.name == "device_push")


def prompt_to(subscriber: Subscriber) -> Message:
    deadline = datetime.now(UTC) + timedelta(minutes=5)
    return Message("prompt", subscriber.says, f"{WORDS}\n{PAGE}", None, "en", deadline, "abc-1", subject="Sign-in")
