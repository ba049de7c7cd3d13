"""The page that asks for a proof, which sign-in and step-up share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from trustweb.authentication import proofs, sign_in
from trustweb.codes import challenges
from trustweb.codes.challenges import APP, DEVICE
from trustweb.delivery import outbox
from trustweb.factors import enrolled, on_paper
from trustweb.factors.on_paper import Way
from trustweb.models import SessionView
from trustweb.web import code_state
from trustweb.web.base import forms, way
from trustweb.web.base.guards import Stage, stage
from trustweb.web.base.refusals import status_of
from trustweb.web.base.show import see_other, show
from trustweb.web.base.visitors import acting, reading, require_visitor
from trustweb.work import Refused, Work


class CodePage:
    """The page and its views. Sign-in and step-up each register one on their blueprint."""

    purpose: str
    """The purpose of its challenges: a code that was sent for sign-in proves nothing for step-up."""
    stage: Stage
    posted_to: tuple[str, ...] = ("/send", "/passkey")
    """Paths that only take a form. A GET there is a reload of the answer to a refused form, and leads to the page."""

    def __init__(self, bp: Blueprint, path: str = "") -> None:
        self.name = bp.name

        def add(method: str, view: Callable[..., ResponseReturnValue], *rules: str, poll: bool = False) -> None:
            # ``stage`` marks the function, and both pages share a method's function; so each page wraps it in its own.
            @stage(self.stage, poll=poll)
            def declared(**args: str) -> ResponseReturnValue:
                return view(**args)

            for rule in rules:
                bp.add_url_rule(path + rule, view.__name__, declared, methods=[method])

        add("GET", self.code, "")
        add("POST", self.with_code, "")
        add("POST", self.with_passkey, "/passkey")
        add("GET", self.ask_paper, "/with/<way>")
        add("POST", self.with_paper, "/with/<way>")
        add("POST", self.send, "/send")
        add("GET", self.sent, *self.posted_to)
        add("GET", self.status, "/status", poll=True)

    def prove_by_code(self, work: Work, session: SessionView, typed: str) -> Any:
        """Check a code, and return the value for ``arrive``. Raises a Refused."""
        raise NotImplementedError

    def prove_by_passkey(self, work: Work, session: SessionView, answer: str) -> Any:
        """Check a passkey's answer, and return the value for ``arrive``. Raises a Refused."""
        raise NotImplementedError

    def prove_on_paper(self, work: Work, session: SessionView, paper: Way, typed: str) -> Any:
        """Check what was typed from paper, and return the value for ``arrive``. Raises a Refused."""
        raise NotImplementedError

    def arrive(self, proved: Any) -> ResponseReturnValue:
        """Answer after a right proof."""
        raise NotImplementedError

    def show(self, *, refused: Refused | None = None, form: forms.Form | None = None, status: int = 200) -> Response:
        session, needs_passkey = require_visitor().session, way.needs() == proofs.PASSKEY
        state = code_state.look(
            reading(), session, self.purpose, refused=refused is not None, needs_passkey=needs_passkey
        )
        return show(
            "code/page.html",
            purpose=self.purpose,
            blueprint=self.name,
            state=state,
            challenge=state.challenge,
            delivery=state.delivery,
            refused=refused,
            form=form or forms.Code.blank(),
            status=status,
        )

    def show_paper(self, way: Way, form: forms.Form, *, refused: Refused | None = None, status: int = 200) -> Response:
        values: dict[str, Any] = {"purpose": self.purpose, "blueprint": self.name, "way": way, "form": form}
        return show("on_paper/page.html", status=status, refused=refused, **values)

    def code(self) -> ResponseReturnValue:
        return self.show()

    def with_code(self) -> ResponseReturnValue:
        form = forms.Code()
        if not form.validate():
            return self.show(form=form, status=422)
        try:
            with acting() as (work, session):
                proved = self.prove_by_code(work, session, form.code.data or "")
        except Refused as refused:
            return self.show(refused=refused, status=status_of(refused))
        return self.arrive(proved)

    def with_passkey(self) -> ResponseReturnValue:
        form = forms.Passkey()
        if not form.validate():
            return self.show(form=form, status=422)
        try:
            with acting() as (work, session):
                proved = self.prove_by_passkey(work, session, form.answer.data or "")
        except Refused as refused:
            return self.show(refused=refused, status=status_of(refused))
        return self.arrive(proved)

    def ask_paper(self, way: str) -> ResponseReturnValue:
        found = on_paper.find(self.purpose, way)
        if found not in on_paper.ways(enrolled.of(reading(), require_visitor().account.id), self.purpose):
            return self.leave()
        return self.show_paper(found, forms.OnPaper())

    def with_paper(self, way: str) -> ResponseReturnValue:
        found, form = on_paper.find(self.purpose, way), forms.OnPaper()
        if not form.validate():
            return self.show_paper(found, form, status=422)
        try:
            with acting() as (work, session):
                proved = self.prove_on_paper(work, session, found, form.typed.data or "")
        except Refused as refused:
            return self.show_paper(found, form, refused=refused, status=status_of(refused))
        return self.arrive(proved)

    def send(self) -> ResponseReturnValue:
        form = forms.SendCode()
        if not form.validate():
            return self.show(form=form, status=422)
        number, method, seen = form.number.data or "", form.method.data or "", form.seen.data or ""
        try:
            with acting() as (work, session):
                sign_in.send_code(work, session, self.purpose, number, method, seen_token=seen)
        except Refused as refused:
            return self.show(refused=refused, status=status_of(refused))
        return self.leave()

    def sent(self) -> ResponseReturnValue:
        return self.leave()

    def leave(self) -> Response:
        return see_other(f"{self.name}.code")

    def status(self) -> ResponseReturnValue:
        return status(self.purpose)


def status(purpose: str) -> Response:
    """Show the state of the message: a fragment that the page polls until the state is final."""
    challenge, delivery = challenges.progress(reading(), require_visitor().session, purpose)
    response = show("code/_status.html", challenge=challenge, delivery=delivery)
    if challenge is not None and challenge.method in (APP, DEVICE):
        return response
    if delivery is None or delivery.state == outbox.FAILED:
        response.headers["HX-Refresh"] = "true"  # then the whole page has changed, not only the fragment
    elif delivery.state != outbox.QUEUED and delivery.state != outbox.SENT:
        response.status_code = 286  # htmx's status that stops polling
    return response
