"""``make bench``: what a sign-in and a page cost, beside bare Flask sending the same bytes, in one run.

Processor seconds are the server's own, read from the kernel; they say more than rates do on a busy machine.
"""

from __future__ import annotations

import argparse
import gzip
import re
import tempfile
import threading
from pathlib import Path

from sqlalchemy import bindparam, select

from tests.bench.accounts import BROWSER, fill
from tests.bench.bare import bare_flask
from tests.bench.browser_door import report_browser_door
from tests.bench.client import Client, Measured, PerThread, compare, expect, measure, memory
from tests.bench.flood import report_flood
from tests.bench.flows import report_flows
from tests.bench.numbers import report_numbers
from tests.bench.polls import report_crowd
from tests.bench.programs import report_programs
from tests.bench.tokens import report_authorize, report_tokens
from tests.support.kit import PASSWORD
from tests.support.processes import Process
from tests.support.site import Site
from trustweb import config, keys, one_time_code
from trustweb.authentication import sessions
from trustweb.database import Database
from trustweb.factors import trusted_devices
from trustweb.models import Account, Challenge, ChallengeView, columns
from trustweb.web.base.session_cookie import SessionCookie

_NEWEST = (
    select(*columns(ChallengeView, Challenge))
    .join(Account, Account.id == Challenge.account_id)
    .where(Account.name_key == bindparam("name"))
    .order_by(Challenge.id.desc())
    .limit(1)
)
_ACCOUNT = select(Account.id).where(Account.name_key == bindparam("name"))

_ROUNDS = 5
"""Of code checks; the middle one counts."""


class Bench:
    def __init__(self, accounts: int, folder: Path) -> None:
        settings = {
            "TRUSTWEB_PLUGINS": str(Path(__file__).parent / "plugins"),
            "TRUSTWEB_LOG_LEVEL": "WARNING",
            "TRUSTWEB_DAILY_SENDS": "10000000",
            "TRUSTWEB_WRONG_PASSWORDS": "10000/300",
        }
        self.site = Site(folder / "instance", settings, workers=2, threads=4)
        self.site.start()
        environ = {"TRUSTWEB_INSTANCE": str(self.site.folder)}
        loaded = config.load(environ)
        self.database = Database(loaded, keys.load(loaded))
        self.next = 0
        self.lock = threading.Lock()
        fill(self.database, accounts)

    def name(self) -> str:
        with self.lock:
            self.next += 1
            return f"p{self.next}@example.com"

    def code(self, name: str) -> str:
        with self.database.reading() as work:
            challenge = ChallengeView(*work.execute(_NEWEST, {"name": name}).one())
        return one_time_code.derive(challenge, self.database.keys)

    def password_step(self) -> tuple[Client, str]:
        client, name = Client(self.site.port, {"trustweb-browser": BROWSER}), self.name()
        expect(client.ask("GET", "/sign-in"), 200, "sign-in")
        expect(client.ask("POST", "/sign-in", account=name, password=PASSWORD), 303, "password")
        expect(client.ask("GET", "/sign-in/code"), 200, "code page")
        return client, name

    def signed_in(self, *names: str) -> list[Client]:
        """A browser of each, without the sends of a sign-in."""
        with self.database.writing() as work:
            accounts = [work.execute(_ACCOUNT, {"name": name}).scalar_one() for name in names]
            started = [sessions.start(work, each, stage=sessions.FULL, known_browser=True) for each in accounts]
        sign = SessionCookie("trustweb", self.database.keys).write
        said = [sign({"_user_id": token, "csrf_token": "0" * 40}) for _, token in started]
        return [Client(self.site.port, {"trustweb": cookie}) for cookie in said]

    def flow(self, _: int = 0) -> Client:
        """A whole sign-in: page, password, code page, code, security page."""
        client, name = self.password_step()
        expect(client.ask("POST", "/sign-in/code", code=self.code(name)), 303, "code")
        expect(client.ask("GET", "/security"), 200, "security page")
        return client


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--flows", type=int, default=800)
    parser.add_argument("--pages", type=int, default=4000)
    parser.add_argument("--devices", type=int, default=2000)
    options = parser.parse_args()
    if options.accounts < 3 * options.flows + 40:
        parser.error("each account does one thing: there must be forty more than three for each of --flows")
    with tempfile.TemporaryDirectory() as name:
        run(options, Path(name))


def run(options: argparse.Namespace, folder: Path) -> None:
    bench = Bench(options.accounts, folder)
    server = bench.site.web.id  # type: ignore[union-attr]
    bare = None
    try:
        signed_in = three_numbers(bench)
        bare, bare_port = bare_flask(signed_in.body, folder)
        report_flows(bench.flow, server, options.flows)
        report_numbers(bench, server, options.flows // 2)
        report_pages(bench, server, bare, bare_port, signed_in, options.pages)
        report_codes(bench, server, options.flows // 2)  # before there are devices, which would be asked first
        report_polls(bench, server, bare, bare_port, options.pages)
        report_programs(bench, server, bare, bare_port, options.pages)
        report_tokens(bench, server, options.flows)
        report_authorize(bench, server, signed_in, options.pages // 2)
        report_browser_door(bench, server, bare, bare_port, options.pages)
        print(f"memory a web process after all this: {', '.join(f'{each:.0f}' for each in memory(server))} MiB")
        report_weight(bench)
        report_flood(bench.database, bench.site.port, signed_in.cookies)
        report_crowd(bench.database, bench.site.port, signed_in.cookies, folder, options.devices)
    except BaseException:
        print(bench.site.log()[-3000:])
        raise
    finally:
        bench.site.stop()
        if bare is not None:
            bare.stop()


def three_numbers(bench: Bench) -> Client:
    """A signed-in browser of the account with three numbers, without the sends of a sign-in."""
    with bench.database.writing() as work:
        account = work.db.get_one(Account, 1)
        _, token = sessions.start(work, account.id, stage=sessions.FULL, known_browser=True)
    client = Client(bench.site.port)
    client.cookies["trustweb"] = cookie(bench, token)
    expect(client.ask("GET", "/security"), 200, "security page")
    return client


def cookie(bench: Bench, token: str) -> str:
    return SessionCookie("trustweb", bench.database.keys).write({"_user_id": token, "csrf_token": "0" * 40})


def report_pages(bench: Bench, server: int, bare: Process, bare_port: int, signed_in: Client, count: int) -> None:
    def make_page() -> Client:
        return Client(bench.site.port, dict(signed_in.cookies))

    page_clients, bare_clients = PerThread(make_page), PerThread(lambda: Client(bare_port))
    page = compare(
        server, lambda: page_clients().ask("GET", "/security"), bare.id, lambda: bare_clients().ask("GET", "/"), count
    )
    print(
        f"page, three numbers:  {page.ours.rate:8.1f} /s   {page.ours.processor_ms:.2f} ms of processor   "
        f"p50 {page.ours.p50_ms:.1f} ms, p99 {page.ours.p99_ms:.1f} ms"
    )
    print(f"bare Flask, same bytes:{page.theirs.rate:7.1f} /s   {page.theirs.processor_ms:.2f} ms of processor")
    print(f"the page costs        {page.ratio:8.2f} × bare Flask")


def report_polls(bench: Bench, server: int, bare: Process, bare_port: int, count: int) -> None:
    """What a trusted device asks every few seconds, while nobody signs in."""
    with bench.database.writing() as work:
        session, _ = sessions.start(work, 1, stage=sessions.FULL, known_browser=True, browser_hash="b" * 64)
        cookies = {"trustweb-devices": trusted_devices.trust(work, session, "Firefox on Linux")}
    asks = {"HX-Request": "true"}
    clients = PerThread(lambda: Client(bench.site.port, cookies, headers=asks))
    bare_clients = PerThread(lambda: Client(bare_port))

    def ask() -> None:
        expect(clients().ask("GET", "/prompts"), 204, "poll")

    def ask_bare() -> None:
        expect(bare_clients().ask("GET", "/nothing"), 204, "nothing")

    poll = compare(server, ask, bare.id, ask_bare, count)
    print(f"poll of a device:     {poll.ours.rate:8.1f} /s   {poll.ours.processor_ms:.2f} ms of processor")
    print(f"bare Flask, a 204:    {poll.theirs.rate:8.1f} /s   {poll.theirs.processor_ms:.2f} ms of processor")
    print(f"the poll costs        {poll.ratio:8.2f} × bare Flask")


def report_codes(bench: Bench, server: int, count: int) -> None:
    rounds = [check_codes(bench, server, count // _ROUNDS) for _ in range(_ROUNDS)]
    middle = sorted(rounds, key=lambda each: each.processor_ms)[_ROUNDS // 2]
    print(f"code checks:          {middle.rate:8.1f} /s   {middle.processor_ms:.2f} ms of processor")


def check_codes(bench: Bench, server: int, count: int) -> Measured:
    waiting = []
    for _ in range(count):
        client, name = bench.password_step()
        client.close()  # a code takes longer to type than a server keeps a connection that is quiet
        waiting.append((client, bench.code(name)))

    def check() -> None:
        with bench.lock:
            client, code = waiting.pop()
        expect(client.ask("POST", "/sign-in/code", code=code), 303, "code")

    return measure(server, check, count)


def report_weight(bench: Bench) -> None:
    client = Client(bench.site.port)
    client.ask("GET", "/sign-in")
    files = re.findall(r'(?:href|src)="(/static/[^"]+)"', client.body)
    total = len(client.body.encode())
    for path in files:
        client.ask("GET", path)
        total += len(gzip.compress(client.body.encode(), 9))
    print(f"first page:           {total / 1024:8.1f} KB in {1 + len(files)} requests")


if __name__ == "__main__":
    main()
