"""The stand-in's page for people: the latest messages, and a form to make it misbehave."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.carrier import Carrier
    from tests.support.carrier_server import Sent

FAULTS = {
    "refuse": "refuse:15 refuses a text inside a 200, a call with a 400",
    "partial": "partial:5 refuses the last part of a long text",
    "status": "status:503 answers that; status:429:7 asks to wait 7 seconds",
    "body": "body:{} answers 200 with that",
    "hang": "hang takes the request and says nothing",
    "drop": "drop closes the connection and takes nothing",
    "lost": "lost takes the message and closes the connection",
    "drip": "drip takes the message and answers a byte a second",
    "early": "early reports before it answers",
    "late": "late:5 reports 5 seconds later",
    "twice": "twice reports everything twice",
    "reversed": "reversed reports in the wrong order",
    "silent": "silent reports nothing",
    "reject-receipt": "reject-receipt:machine takes the message and reports that instead of delivery",
}
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Carrier</title>
<meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="10">
<style>:root{color-scheme:light dark;font:1rem/1.5 system-ui}body{max-width:40em;margin:2em auto;padding:0 1em}
pre{white-space:pre-wrap;background:#8882;padding:1em;border-radius:.5em}</style>
<h1>The latest messages</h1>%s
<h2>Misbehave</h2><form method="post" action="/fault"><p><label>With <select name="method"><option>text
<option>call</select></label> <label>do <input name="what" placeholder="status:503"></label>
<label>times <input name="times" size="3" value="1"></label> <button>Go</button></p>
<p>No fault ends all faults; no times means for ever.</p><ul>%s</ul></form></html>"""


def page(messages: list[Sent]) -> str:
    latest = sorted(messages, key=lambda sent: sent.at, reverse=True)[:50]
    shown = "".join(
        f"<h2>{sent.at:%H:%M:%S} UTC, {sent.method} to {escape(sent.number)}</h2><pre>{escape(sent.text)}</pre>"
        for sent in latest
    )
    return PAGE % (shown or "<p>None yet.</p>", "".join(f"<li>{escape(line)}" for line in FAULTS.values()))


def choose_fault(carrier: Carrier, form: dict[str, str]) -> str:
    """Misbehave as the form says; what is returned is wrong with it."""
    method, what, times = (form.get(name, "") for name in ("method", "what", "times"))
    if not what:
        carrier.heal()
        return ""
    if method not in ("text", "call"):
        return f"The carrier takes text and call, not {method}."
    if times and not times.isdecimal():
        return f"Times is a number, not {times}."
    try:
        carrier.fault(method, what, int(times or 0) or None)
    except ValueError as error:
        return f"{error}."
    return ""
