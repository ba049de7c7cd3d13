"""The cards of factors on paper: their views to replace and remove one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from trustweb.factors import NotFound
from trustweb.models import SessionView
from trustweb.web.base import forms
from trustweb.web.base.guards import stage
from trustweb.web.base.refusals import status_of
from trustweb.web.base.show import see_other
from trustweb.web.base.visitors import acting, reading, require_visitor
from trustweb.web.overview import show_card
from trustweb.work import Refused, Work


class PaperModule(Protocol):
    """The module of ``factors`` for a kind on paper."""

    def check_replaceable(self, work: Work, session: SessionView, /) -> object: ...
    def check_removal(self, work: Work, session: SessionView, /) -> object: ...
    def remove(self, work: Work, session: SessionView, /) -> None: ...


class Card:
    """The card of a kind on paper, with its views.

    ``before``: shows the page that comes before a new one is made. ``said``, ``focus``: the query of the Security page
    after a removal.
    """

    def __init__(
        self, bp: Blueprint, module: PaperModule, before: Callable[..., Response], *, said: str, focus: str
    ) -> None:
        self.name, self.module, self.before = bp.name, module, before
        self.said, self.focus = said, focus
        bp.get("/new")(self.ask)
        bp.get("/remove")(self.ask_removal)
        bp.post("/remove")(self.remove)

    def show(self, panel: str | None = None, *, status: int = 200, **values: Any) -> Response:
        """Show the card in edit mode, with one panel open or none."""
        values = {"form": forms.Confirm(), "refused": None} | values
        return show_card(self.name, section=self.name, panel=panel, status=status, **values)

    def leave(self, **values: Any) -> Response:
        return see_other("security.page", card=self.name, **values)

    @stage("full")
    def ask(self) -> ResponseReturnValue:
        try:
            self.module.check_replaceable(reading(), require_visitor().session)
        except Refused as refused:
            return self.before(forms.Seen(), refused=refused)
        return self.before(forms.Seen())

    @stage("full")
    def ask_removal(self) -> ResponseReturnValue:
        try:
            self.module.check_removal(reading(), require_visitor().session)
        except NotFound:
            return self.leave()  # removed in another tab
        except Refused as refused:
            return self.show(refused=refused)
        return self.show("remove")

    @stage("full", keeps=True)
    def remove(self) -> ResponseReturnValue:
        form = forms.Confirm()
        if not form.validate():
            return self.show("remove", form=form, status=422)
        try:
            with acting() as (work, session):
                self.module.remove(work, session)
        except NotFound:
            return self.leave()  # the first click of a double click has removed it
        except Refused as refused:
            return self.show(refused=refused, status=status_of(refused))
        return self.leave(said=self.said, focus=self.focus)
