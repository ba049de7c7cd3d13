"""JSON that is too long to be held at once, written piece by piece."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any


def array(pages: Iterable[Iterable[Any]]) -> Iterator[str]:
    """An array whose items come by pages, one item a line."""
    before = "[\n"
    for page in pages:
        if lines := ",\n".join(json.dumps(each) for each in page):
            yield before + lines
            before = ",\n"
    yield "[]" if before == "[\n" else "\n]"
