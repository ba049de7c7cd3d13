"""The cost of checking an app-specific password, as a proxy asks for it at every request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench.client import Client, PerThread, compare, expect
from tests.support.processes import Process
from tests.support.programs import basic
from trustweb.factors.app_passwords import Parts
from trustweb.models import Account, AppPassword

if TYPE_CHECKING:
    from tests.bench.__main__ import Bench


def report_programs(bench: Bench, server: int, bare: Process, bare_port: int, count: int) -> None:
    parts, database = Parts("h" * 8, "s" * 20), bench.database
    with database.writing() as work:
        name = work.db.get_one(Account, 1).name
        mac = parts.mac(database.keys, 1, "mail")
        work.db.add(
            AppPassword(
                account_id=1, public_id="bench", name="Bench", service="mail", handle=parts.handle, mac=mac,
                created_at=work.now,
            )
        )  # fmt: skip
    asks = basic(name, str(parts)) | {"X-Forwarded-For": "192.0.2.1"}
    clients = PerThread(lambda: Client(bench.site.port, headers=asks))
    bare_clients = PerThread(lambda: Client(bare_port))

    def ask() -> None:
        expect(clients().ask("GET", "/auth/basic/mail"), 200, "check")

    def ask_bare() -> None:
        expect(bare_clients().ask("GET", "/nothing"), 204, "nothing")

    check = compare(server, ask, bare.id, ask_bare, count)
    print(
        f"app password checks:  {check.ours.rate:8.1f} /s   {check.ours.processor_ms:.2f} ms of processor   "
        f"p50 {check.ours.p50_ms:.1f} ms, p99 {check.ours.p99_ms:.1f} ms"
    )
    print(f"the check costs       {check.ratio:8.2f} × bare Flask, a 204")
