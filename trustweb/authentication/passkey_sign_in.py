"""Sign-in with a passkey, instead of the code or of password and code."""

from __future__ import annotations

from trustweb import accounts, journal
from trustweb.authentication import guesses, open_recovery, proving, sessions, sign_in_counts
from trustweb.authentication.sign_in import Browser, SignedIn, browser_hash, finish
from trustweb.codes import challenges, limits
from trustweb.codes.challenges import SIGN_IN
from trustweb.codes.limits import Network
from trustweb.database import Database
from trustweb.factors import passkey_proofs, trusted_devices
from trustweb.factors.ceremonies import PasskeyWrong
from trustweb.models import SessionView
from trustweb.work import Origin, Work


def with_passkey(work: Work, session: SessionView, answer: str, *, browser: Browser) -> SignedIn:
    """Finish signing in. Raises what passkey_proofs.prove raises."""
    passkey, proof = passkey_proofs.prove(work, session, SIGN_IN, answer)
    challenges.cancel(work, session, SIGN_IN)
    journal.write(work, session.account_id, "signed_in", method="passkey", label=passkey.label)
    open_recovery.stop(work, session.account_id, passkey.id)
    token = proving.promote(work, session, proof)
    return finish(work, session.account_id, token, browser)


def with_passkey_alone(
    database: Database, answer: str, *, network: Network, browser: Browser, origin: Origin
) -> SignedIn:
    """Sign in with a passkey instead of password and code.

    Raises what prove_alone raises, or limits.TooOften. A wrong answer counts towards the network, as a wrong password
    does, and not against the account: its sender has proved no knowledge of it, and must not use up its owner's tries.
    A right answer is never refused for wrong ones: nobody can guess it, and a neighbour may have filled the limit.
    """
    try:
        with database.reading() as work:
            account_id = passkey_proofs.owner(work, answer, browser.family)
        with database.writing(account_id, origin) as work:
            return _open_alone(work, answer, browser)
    except PasskeyWrong:
        with database.writing() as work:
            limits.take(work, *limits.of_network(guesses.STRANGERS, network, work.config.wrong_passwords))
        raise


def _open_alone(work: Work, answer: str, browser: Browser) -> SignedIn:
    passkey, proof = passkey_proofs.prove_alone(work, answer, browser.family)
    account = accounts.credentials_by_id(work, passkey.account_id)
    if account is None or account.disabled_at:
        raise PasskeyWrong
    sign_in_counts.count(work, passkey.account_id, known=True)
    journal.write(work, passkey.account_id, "signed_in", method="passkey_alone", label=passkey.label)
    open_recovery.stop(work, passkey.account_id, passkey.id)
    which = browser_hash(browser, trusted_devices.this_browser(work, passkey.account_id, browser.devices))
    _, token = sessions.start(
        work, passkey.account_id, stage=sessions.FULL, known_browser=True, browser_hash=which, proof=proof
    )
    return finish(work, passkey.account_id, token, browser)
