"""The cards of the kinds of which an account may have several: their views to list, change, remove and restore."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from trustweb.factors.enrolment import RemovedFactor
from trustweb.models import FactorView, SessionView
from trustweb.web.base import forms
from trustweb.web.base.guards import stage
from trustweb.web.base.refusals import status_of
from trustweb.web.base.show import see_other
from trustweb.web.base.visitors import acting, reading, require_visitor
from trustweb.web.overview import show_card
from trustweb.work import Refused, Work


class FactorModule(Protocol):
    """The module of ``factors`` for a kind of which an account may have several."""

    def find(self, work: Work, account_id: int, public_id: str, /) -> FactorView: ...
    def check_removal(self, work: Work, session: SessionView, public_id: str, /) -> FactorView: ...
    def remove(self, work: Work, session: SessionView, public_id: str, /) -> FactorView: ...


class SignInFactorModule(FactorModule, Protocol):
    """The module of ``factors`` for a kind whose removed factors can be restored."""

    def restorable(self, work: Work, account_id: int, /) -> Sequence[RemovedFactor[Any]]: ...
    def restore(self, work: Work, session: SessionView, public_id: str, /) -> None: ...


class Card:
    """A kind's card on the Security page, with its views.

    ``noun`` is the kind's word in HTML ids and in ``?said=``: ``app-removed``. ``change`` stores a changed factor.
    """

    def __init__(
        self, bp: Blueprint, module: FactorModule, noun: str, form: type[forms.Form], change: Callable[..., None]
    ) -> None:
        self.name, self.module, self.noun, self.form, self.save = bp.name, module, noun, form, change
        self.after_removal = f"done-{noun}s"
        bp.get("")(self.edit)
        bp.get("/<public_id>/remove")(self.ask_removal)
        bp.post("/<public_id>/remove")(self.remove)
        bp.get("/<public_id>/change")(self.ask_change)
        bp.post("/<public_id>/change")(self.change)

    def show(
        self, panel: str | None = None, *, status: int = 200, refused: Refused | None = None, **values: Any
    ) -> Response:
        """Show the card in edit mode, with one panel open or none."""
        values = {"form": forms.Confirm()} | values
        return show_card(self.name, section=self.name, panel=panel, status=status, refused=refused, **values)

    def done(self, what: str, focus: str) -> ResponseReturnValue:
        return see_other(f"{self.name}.edit", said=f"{self.noun}-{what}", focus=focus)

    @stage("full")
    def edit(self) -> ResponseReturnValue:
        return self.show()

    @stage("full")
    def ask_removal(self, public_id: str) -> ResponseReturnValue:
        try:
            factor = self.module.check_removal(reading(), require_visitor().session, public_id)
        except Refused as refused:
            return self.show(refused=refused)
        return self.show("remove", factor=factor)

    @stage("full", keeps=True)
    def remove(self, public_id: str) -> ResponseReturnValue:
        form = forms.Confirm()
        try:
            if not form.validate():
                factor = self.module.check_removal(reading(), require_visitor().session, public_id)
                return self.show("remove", factor=factor, form=form, status=422)
            with acting() as (work, session):
                self.module.remove(work, session, public_id)
        except Refused as refused:
            return self.show(refused=refused, status=status_of(refused))
        return self.done("removed", self.after_removal)

    def _change_panel(self, public_id: str, form: forms.Form, **values: Any) -> Response:
        factor = self.module.find(reading(), require_visitor().account.id, public_id)
        return self.show("change", factor=factor, form=form, **values)

    @stage("full")
    def ask_change(self, public_id: str) -> ResponseReturnValue:
        return self._change_panel(public_id, self.form())

    @stage("full", keeps=True)
    def change(self, public_id: str) -> ResponseReturnValue:
        form = self.form()
        if not form.validate():
            return self._change_panel(public_id, form, status=422)
        try:
            with acting() as (work, session):
                self.save(work, session, public_id, **form.texts)
        except Refused as refused:
            return self._change_panel(public_id, form, refused=refused, status=status_of(refused))
        return self.done("changed", f"change-{public_id}")


class SignInCard(Card):
    """A card that also lists the removed factors that can be restored."""

    module: SignInFactorModule

    def __init__(
        self, bp: Blueprint, module: SignInFactorModule, noun: str, form: type[forms.Form], change: Callable[..., None]
    ) -> None:
        super().__init__(bp, module, noun, form, change)
        self.after_removal = f"add-{noun}"
        bp.post("/<public_id>/restore")(self.restore)

    def show(self, panel: str | None = None, **values: Any) -> Response:
        restorable = [] if panel else self.module.restorable(reading(), require_visitor().account.id)
        return super().show(panel, restorable=restorable, **values)

    @stage("full", keeps=True)
    def restore(self, public_id: str) -> ResponseReturnValue:
        if not forms.Confirm().validate():
            return see_other(f"{self.name}.edit")
        try:
            with acting() as (work, session):
                self.module.restore(work, session, public_id)
        except Refused as refused:
            return self.show(refused=refused, status=status_of(refused))
        return self.done("restored", f"done-{self.noun}s")
