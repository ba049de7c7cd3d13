"""The cost of a sign-in to an app: of leading somebody back who is signed in, and of exchanging the code for tokens."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

from tests.bench.client import Client, PerThread, compare, expect, measure
from tests.support.openid import CALLBACK, EXCHANGE, give_app
from tests.support.relying_party import App
from trustweb.authentication import sessions

if TYPE_CHECKING:
    from tests.bench.__main__ import Bench


def report_tokens(bench: Bench, server: int, count: int) -> None:
    desk = SimpleNamespace(core=SimpleNamespace(database=bench.database))
    app = give_app(desk, "tokens")  # type: ignore[arg-type]
    with bench.database.writing() as work:
        session, _ = sessions.start(work, 1, stage=sessions.FULL, known_browser=True)
    codes = [app.code(session) for _ in range(count + 8)]  # good for a minute
    clients = PerThread(lambda: Client(bench.site.port))

    def exchange() -> None:
        expect(clients().ask("POST", "/token", **EXCHANGE, **app.own, code=codes.pop()), 200, "token")

    for _ in range(8):
        exchange()  # each process imports the library and reads the key
    token = measure(server, exchange, count)
    print(
        f"codes for tokens:     {token.rate:8.1f} /s   {token.processor_ms:.2f} ms of processor   "
        f"p50 {token.p50_ms:.1f} ms, p99 {token.p99_ms:.1f} ms"
    )


def report_authorize(bench: Bench, server: int, signed_in: Client, count: int) -> None:
    """Print what the way back costs somebody who is signed in and sees no page, beside the Security page."""
    desk = SimpleNamespace(core=SimpleNamespace(database=bench.database))
    client_id = give_app(desk, "back").client_id  # type: ignore[arg-type]
    address = App(callback=CALLBACK).address(client_id=client_id, nonce="n" * 32)
    clients = PerThread(lambda: Client(bench.site.port, dict(signed_in.cookies)))
    back = compare(
        server,
        lambda: expect(clients().ask("GET", address), 303, "authorize"),
        server,
        lambda: expect(clients().ask("GET", "/security"), 200, "security page"),
        count,
    )
    print(
        f"back to an app:       {back.ours.rate:8.1f} /s   {back.ours.processor_ms:.2f} ms of processor   "
        f"p50 {back.ours.p50_ms:.1f} ms, p99 {back.ours.p99_ms:.1f} ms"
    )
    print(f"the way back costs    {back.ratio:8.2f} × the Security page")
