"""Secret words on the Security page."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue
from wtforms import StringField

from trustweb.factors import secret_words
from trustweb.web import cards
from trustweb.web.base import forms
from trustweb.web.base.guards import stage
from trustweb.web.base.refusals import status_of
from trustweb.web.base.visitors import acting
from trustweb.work import Refused

bp = Blueprint("secret_words", __name__, url_prefix="/security/secret-words")
_card = cards.SignInCard(bp, secret_words, "word", forms.Rename, secret_words.rename)


class SecretWord(forms.Form):
    word = StringField()
    label = StringField()


@bp.get("/add")
@stage("full")
def ask() -> ResponseReturnValue:
    return _card.show("add", form=SecretWord())


@bp.post("/add")
@stage("full")
def add() -> ResponseReturnValue:
    form = SecretWord()
    try:
        with acting() as (work, session):
            secret_words.add(work, session, form.word.data or "", label=form.label.data or "")
    except Refused as refused:
        return _card.show("add", form=form, refused=refused, status=status_of(refused))
    return _card.done("added", "add-word")
