"""Streaming of JSON that is too long for memory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any


def array(pages: Iterable[Iterable[Any]]) -> Iterator[str]:
    """Yield the text of a JSON array whose items come in pages, one item a line."""
    before = "[\n"
    for page in pages:
        if lines := ",\n".join(json.dumps(each) for each in page):
            yield before + lines
            before = ",\n"
    yield "[]" if before == "[\n" else "\n]"
