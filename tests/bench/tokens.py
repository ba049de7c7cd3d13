"""The cost of exchanging a code for tokens, as an app's server does at each sign-in."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

from tests.bench.client import Client, PerThread, expect, measure
from tests.support.openid import EXCHANGE, give_app
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
