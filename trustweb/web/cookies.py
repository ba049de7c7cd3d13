"""What the browser's cookies say, as RFC 6265 parts them."""

from __future__ import annotations

from typing import cast

from flask import request


def sent() -> str:
    return cast("str", request.environ.get("HTTP_COOKIE", ""))


def values(header: str, name: str) -> list[str]:
    """All that is said by a name, first things first.

    Parted at each semicolon, and a quotation mark is a character like others: with two cookies of its own before and
    behind ours, ``x="a`` and ``y=z"``, a sibling domain would make it a part of one that we do not read.
    """
    pairs = (pair.partition("=") for pair in header.split(";"))
    return [value.strip(" \t") for found, equals, value in pairs if equals and found.strip(" \t") == name]
