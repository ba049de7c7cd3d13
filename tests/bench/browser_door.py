"""The cost of asking whose browser it is, as a proxy does at every request of every site behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench.client import Client, PerThread, compare, expect
from tests.support.processes import Process
from trustweb.accounts import token_hash
from trustweb.authentication import sessions
from trustweb.models import AccountGroup, Service
from trustweb.services import listing, service_sessions

if TYPE_CHECKING:
    from tests.bench.__main__ import Bench


def report_browser_door(bench: Bench, server: int, bare: Process, bare_port: int, count: int) -> None:
    with bench.database.writing() as work:
        work.db.add(
            Service(
                name="photos", created_at=work.now, browser=True, groups=["staff"], origin="http://photos.localhost"
            )
        )
        work.db.add(AccountGroup(account_id=1, name="staff"))
        work.flush()
        service = listing.by_name(work, "photos")
        assert service is not None
        listing.ensure_access(work, 1, service.id)
        session, _ = sessions.start(work, 1, stage=sessions.FULL, known_browser=True)
        proof = service_sessions.proof_of(work, session)
        service_sessions.start(work, session, service, "browser", proof, token_hash=token_hash("c" * 43))
    clients = PerThread(lambda: Client(bench.site.port, {"trustweb-photos": "c" * 43}))
    bare_clients = PerThread(lambda: Client(bare_port))

    def ask() -> None:
        expect(clients().ask("GET", "/auth/browser/photos"), 200, "check")

    def ask_bare() -> None:
        expect(bare_clients().ask("GET", "/nothing"), 204, "nothing")

    check = compare(server, ask, bare.id, ask_bare, count)
    print(
        f"browser door checks:  {check.ours.rate:8.1f} /s   {check.ours.processor_ms:.2f} ms of processor   "
        f"p50 {check.ours.p50_ms:.1f} ms, p99 {check.ours.p99_ms:.1f} ms"
    )
    print(f"the check costs       {check.ratio:8.2f} × bare Flask, a 204")
