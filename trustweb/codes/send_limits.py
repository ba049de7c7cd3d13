"""The limits that a send of a code counts towards: those of the number, the account and the site."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from trustweb.codes import denials, limits, site_shares
from trustweb.codes.challenges import DEVICES, Destination
from trustweb.codes.limits import Count
from trustweb.models import SessionView
from trustweb.work import Work


def take(work: Work, session: SessionView, destination: Destination, *besides: Count) -> datetime | None:
    """Count a send. Return the moment when the limit opens again if it was the last send allowed, else None."""
    here = _counts(work, session, destination)
    windows = limits.take(work, *besides, *here)
    site_shares.note(windows)
    names = {name for name, _, _ in here}
    return max((each.resets_at for each in windows if each.name in names and each.hits >= each.most), default=None)


def pauses(work: Work, session: SessionView, destinations: Iterable[Destination]) -> dict[str, datetime]:
    """Return the destinations' numbers to which a limit allows no code now, with the moment at which it does again."""
    wanted = {each.number: _counts(work, session, each) for each in destinations}
    opens = limits.full_among(work, [count for every in wanted.values() for count in every])
    found = {
        number: [opens[name, subject] for name, subject, _ in every if (name, subject) in opens]
        for number, every in wanted.items()
    }
    return {number: max(moments) for number, moments in found.items() if moments}


def _counts(work: Work, session: SessionView, destination: Destination) -> list[Count]:
    """Return the limits that a send counts towards."""
    config = work.config
    account = str(session.account_id)
    if destination == DEVICES:
        return [denials.asking(work, session.account_id, session.known_browser)]
    pot = "site_unproved" if destination.factor_id is None else "site_proved"
    shares = site_shares.of_account(work, pot, session.account_id, known_browser=session.known_browser)
    number = work.keys.digest("number", destination.number)
    if destination.factor_id is not None:
        # Separate, or a stranger with the password could use up the codes that the owner needs.
        sends, codes = (
            ("proved_sends", "account_codes") if session.known_browser else ("stranger_sends", "stranger_codes")
        )
        return [
            (sends, f"{account}:{number}", config.proved_sends),
            (codes, account, config.account_codes),
            *shares,
        ]
    # A number's limit is over all accounts together; its refusal says nothing about other accounts.
    return [
        ("account_sends", account, config.account_sends),
        ("number_sends", number, config.unproved_sends),
        *shares,
    ]
