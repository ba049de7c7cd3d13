"""The proof that a change asks for, ten minutes after the last one."""

from __future__ import annotations

from tests.support.http_client import Visitor
from tests.support.kit import MOBILE, OTHER_MOBILE, Kit
from tests.support.trusted_numbers import MASKED_MOBILE

ASKS_FOR_PROOF = "Before you change how your account is protected, please show once more that it is you."


def with_old_proof(
    kit: Kit, path: str, *, htmx: bool = False, numbers: tuple[str, ...] = (MOBILE, OTHER_MOBILE)
) -> Visitor:
    """Press buttons from the page of numbers on (``path``, between slashes), and let the proof grow too old."""
    kit.account(numbers=numbers)
    visitor = kit.signed_in(htmx=htmx).get("/security/numbers")
    for step in path.split("/"):
        visitor.submit(step)
    kit.clock.forward(minutes=11)
    return visitor


def prove_by_text(kit: Kit, visitor: Visitor, number: str = MASKED_MOBILE, *, sent_to: str = MOBILE) -> Visitor:
    assert visitor.path == "/verify"
    assert ASKS_FOR_PROOF in visitor.text
    visitor.submit(f"Text me at {number}")
    return visitor.submit("/verify", verification_code=kit.code(sent_to))
