"""The values of the Security page that all its cards share."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from trustweb.factors import enrolled
from trustweb.factors.enrolled import Enrolled
from trustweb.recovery import lockout
from trustweb.recovery.lockout import Rules, Thing
from trustweb.services import used
from trustweb.services.used import Used
from trustweb.web.base.show import show, wants_fragment
from trustweb.web.base.site import core
from trustweb.web.base.visitors import reading, require_visitor


def show_card(card: str | None, **values: Any) -> Response:
    """Answer with the Security page, or for HTMX with one of its cards; ``card`` is its folder of templates."""
    mine = enrolled.of(reading(), require_visitor().account.id)
    return show(
        "security/page.html",
        f"{card}/_card.html" if card else None,
        said=request.args.get("said"),
        focus=request.args.get("focus"),
        card=card,
        used_services=_used_services(card, mine),
        enrolled=mine,
        losses=losses(things_of(mine)),
        **values,
    )


def _used_services(card: str | None, mine: Enrolled) -> list[Used]:
    """Return the services for their card, when the answer has it: alone, on the page, or beside the passwords' card."""
    has_it = card in {None, "services", "app_passwords"} or not wants_fragment()
    return used.listed(reading(), require_visitor().account.id) if has_it and mine.uses_services else []


def things_of(mine: Enrolled) -> list[Thing]:
    return lockout.things_of(mine, core().routes.methods, reading().now)


def losses(things: list[Thing]) -> dict[str, str]:
    """Return the outcome of losing each thing, by its id (``lockout.Verdict``)."""
    return {name: each.outcome for name, each in lockout.single_losses(things, rules()).items()}


def rules() -> Rules:
    account = require_visitor().account
    return Rules(account.two_factor_since is not None, core().routes.mail, not account.password_by_mail)
