"""Logging as JSON lines with the request's id. Numbers are masked where they are logged; codes are never logged."""

from __future__ import annotations

import contextvars
import logging
import sys

from pythonjsonlogger.json import JsonFormatter

request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="")


class _RequestId(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        if current := request_id.get():
            record.request = current
        return True


def format_as_json(handler: logging.Handler) -> None:
    """Make a handler write one JSON object a line."""
    handler.addFilter(_RequestId())
    handler.setFormatter(
        JsonFormatter(
            "%(levelname)s %(name)s %(message)s",
            rename_fields={"levelname": "level", "name": "logger"},
            timestamp=True,
        )
    )


def set_up(level: str) -> None:
    """Send everything to standard error, one JSON object a line."""
    handler = logging.StreamHandler(sys.stderr)
    format_as_json(handler)
    logger = logging.getLogger("trustweb")
    logger.handlers[:] = [handler]
    logger.setLevel(level)
    logger.propagate = False
    for quiet in ("huey", "vonage", "urllib3"):
        # They log arguments, texts or headers at lower levels.
        logging.getLogger(quiet).setLevel(logging.ERROR)
