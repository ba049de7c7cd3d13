"""Secret words: added, renamed, removed, put back, and typed to sign in."""

from __future__ import annotations

from sqlalchemy import bindparam, select
from trustweb.models.secret_word import SecretWord, SecretWordView

from trustweb import factors
from trustweb.accounts import token_hash
from trustweb.factors import enrolment
from trustweb.factors.papers import PaperWrong
from trustweb.models import Factor, SessionView
from trustweb.work import Work

_FIND = (
    select(Factor.id)
    .join(SecretWord, SecretWord.factor_id == Factor.id)
    .where(
        Factor.account_id == bindparam("account"),
        Factor.removed_at.is_(None),
        SecretWord.word_hash == bindparam("hashed"),
    )
)


class TooManyWords(enrolment.TooMany):
    pass


class WordWrong(PaperWrong):
    pass


_ENROLMENT = enrolment.SignInEnrolment(view=SecretWordView, most=lambda config: 5, too_many=TooManyWords)
find, rename, check_removal = _ENROLMENT.find, _ENROLMENT.rename, _ENROLMENT.check_removal
remove, restorable, restore = _ENROLMENT.remove, _ENROLMENT.restorable, _ENROLMENT.restore


def add(work: Work, session: SessionView, word: str, *, label: str) -> bool:
    factors.require_fresh_proof(session, work.now)
    label = enrolment.shorten(label)
    return _ENROLMENT.add(work, session, label, {"label": label}, word_hash=token_hash(word), letters=len(word))


def prove(work: Work, account_id: int, typed: str) -> int:
    factor_id: int | None = work.execute(_FIND, {"account": account_id, "hashed": token_hash(typed)}).scalar()
    if factor_id is None:
        raise WordWrong
    return factor_id
