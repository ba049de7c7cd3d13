"""Trusted phone numbers through the pages: added, verified, removed, and masked as the pages show them."""

from __future__ import annotations

from tests.support.http_client import Visitor
from tests.support.markup import Node

# MOBILE, OTHER_MOBILE and FIXED of the kit.
MASKED_MOBILE, MASKED_OTHER, MASKED_FIXED = "+44 •••• ••••56", "+49 •••• •••••89", "+44 •• •••• ••00"
TEXT_ON_ITS_WAY = "A text message with a code is on its way to +49 1512 3456789."


def add_number(visitor: Visitor, number: str = "01512 3456789", country: str = "DE", label: str = "") -> Visitor:
    """Ask for the code that proves a new number; by default OTHER_MOBILE."""
    visitor.get("/security").submit("Edit").submit("Add a Trusted Phone Number")
    return visitor.submit("Continue", country=country, phone_number=number, label=label, verify_with="text")


def enter_number(visitor: Visitor, number: str, country: str = "GB", method: str = "text", label: str = "") -> Visitor:
    """Fill in the form for a new number, also with what it refuses."""
    visitor.get("/security/numbers").submit("Add a Trusted Phone Number")
    return visitor.submit("Continue", country=country, phone_number=number, label=label, verify_with=method)


def verify_number(visitor: Visitor, code: str) -> Visitor:
    return visitor.submit("verify", verification_code=code)


def remove_number(visitor: Visitor, number: str) -> Visitor:
    visitor.get("/security").submit("Edit").submit(f"Remove {number}")
    return visitor.submit("Remove") if "Remove" in visitor.buttons else visitor


def delivery_steps(visitor: Visitor) -> list[Node]:
    """Return the steps of a message on its way, as the page shows them."""
    steps = visitor.page.one(".trail")
    return [node for node in steps.elements if node.tag == "span"] if steps else []
