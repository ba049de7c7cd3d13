"""``make bench``: what a sign-in and a page cost, beside bare Flask sending the same bytes, in one run.

Processor seconds are the server's own, read from the kernel; they say more than rates do on a busy machine.
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import os
import re
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

from argon2 import PasswordHasher
from sqlalchemy import func, insert, select

from trustweb import config, keys, one_time_code
from trustweb.database import Database
from trustweb.models import Account, Challenge, Factor, SignInSession, TrustedNumber, new_public_id

from .kit import FIXED, MOBILE, OTHER_MOBILE, PASSWORD
from .processes import Process, free_port
from .site import ROOT, Site

TICK = os.sysconf("SC_CLK_TCK")
CLIENTS = 8
BARE = """
from flask import Flask, Response
body = open({path!r}, "rb").read()
app = Flask(__name__)
@app.get("/")
def page():
    return Response(body, content_type="text/html; charset=utf-8")
"""


@dataclass
class Client:
    """One browser: keeps its connection and its cookies, and does nothing else that costs time."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    body: str = ""
    fresh: bool = False
    """Connect anew before the next request."""

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def ask(self, method: str, path: str, **form: str) -> int:
        headers = {"Host": f"localhost:{self.port}"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        body = None
        if method == "POST":
            form["csrf_token"] = re.search(r'name="csrf_token" value="([^"]+)"', self.body)[1]  # type: ignore[index]
            body = urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        if self.fresh:  # the server closes connections that were quiet for two seconds
            self.connection.close()
            self.fresh = False
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        for name, value in answer.getheaders():
            if name == "Set-Cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        self.body = answer.read().decode()
        return answer.status


def expect(status: int, wanted: int, what: str) -> None:
    if status != wanted:
        raise SystemExit(f"{what} answered {status}, not {wanted}")


class Bench:
    def __init__(self, accounts: int, folder: Path) -> None:
        settings = {
            "TRUSTWEB_PLUGINS": str(Path(__file__).parent / "bench_plugins"),
            "TRUSTWEB_LOG_LEVEL": "WARNING",
            "TRUSTWEB_DAILY_SENDS": "10000000",
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
            challenge = work.db.scalars(
                select(Challenge)
                .join(Account, Account.id == Challenge.account_id)
                .where(Account.name_key == name)
                .order_by(Challenge.id.desc())
                .limit(1)
            ).one()
        return one_time_code.derive(challenge, self.database.keys)

    def password_step(self) -> tuple[Client, str]:
        client, name = Client(self.site.port), self.name()
        expect(client.ask("GET", "/sign-in"), 200, "sign-in")
        expect(client.ask("POST", "/sign-in", account=name, password=PASSWORD), 303, "password")
        expect(client.ask("GET", "/sign-in/code"), 200, "code page")
        return client, name

    def flow(self, _: int = 0) -> Client:
        """A whole sign-in: page, password, code page, code, security page."""
        client, name = self.password_step()
        expect(client.ask("POST", "/sign-in/code", code=self.code(name)), 303, "code")
        expect(client.ask("GET", "/security"), 200, "security page")
        return client


def fill(database: Database, count: int) -> None:
    """Accounts with one trusted number, except the first one, which has three."""
    hashed = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1).hash(PASSWORD)
    now = database.now() - timedelta(days=2)
    with database.writing() as work:
        for start in range(0, count, 5000):
            people = range(start, min(start + 5000, count))
            work.db.execute(
                insert(Account),
                [
                    {
                        "id": n + 1, "name": f"p{n}@example.com", "name_key": f"p{n}@example.com", "role": "person",
                        "language": "en", "time_zone": "Europe/London", "password_hash": hashed,
                        "password_changed_at": now, "created_at": now, "two_factor_since": now,
                    }
                    for n in people
                ],
            )  # fmt: skip
            add_numbers(work, [(n + 1, MOBILE, "mobile", "text") for n in people], now)
        add_numbers(work, [(1, OTHER_MOBILE, "mobile", "text"), (1, FIXED, "fixed", "call")], now)


def add_numbers(work, rows: list[tuple[int, str, str, str]], now) -> None:
    first = (work.db.scalar(select(func.max(Factor.id))) or 0) + 1
    work.db.execute(
        insert(Factor),
        [
            {
                "id": first + at, "public_id": new_public_id(), "account_id": account, "kind": "trusted_number",
                "label": "My phone", "added_at": now, "trusted_from": now, "last_proved_at": now, "fails_in_row": 0,
            }
            for at, (account, *_) in enumerate(rows)
        ],
    )  # fmt: skip
    work.db.execute(
        insert(TrustedNumber),
        [
            {
                "factor_id": first + at, "account_id": account, "number": number, "region": "GB", "line": line,
                "method": method,
            }
            for at, (account, number, line, method) in enumerate(rows)
        ],
    )  # fmt: skip


def children(parent: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def processor_seconds(parent: int) -> float:
    total = 0
    for process in children(parent):
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICK


def memory(parent: int) -> list[float]:
    """MiB that each web process holds, shared pages counted in part."""
    found = []
    for process in children(parent):
        rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
        found.append(int(re.search(r"^Pss:\s+(\d+)", rollup, re.M)[1]) / 1024)  # type: ignore[index]
    return found


@dataclass
class Measured:
    rate: float
    processor_ms: float
    p50_ms: float
    p99_ms: float


def measure(parent: int, act: Callable[[], object], count: int, clients: int = CLIENTS) -> Measured:
    """Run an act so many times from several threads; a ``prepare``d list of acts is taken in order."""
    times: list[float] = []

    def one(_: int) -> None:
        began = time.perf_counter()
        act()
        times.append(time.perf_counter() - began)

    before, began = processor_seconds(parent), time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(one, range(count)))
    wall = time.perf_counter() - began
    used = processor_seconds(parent) - before
    ranked = sorted(times)
    return Measured(
        count / wall, used / count * 1000, statistics.median(ranked) * 1000, ranked[int(len(ranked) * 0.99)] * 1000
    )


def argon2_alone() -> tuple[float, float]:
    """What password checks alone allow: (a second on all cores, processor ms of one)."""
    hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
    hashed = hasher.hash(PASSWORD)
    count, began, used = 100, time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda _: hasher.verify(hashed, PASSWORD), range(count)))
    return count / (time.perf_counter() - began), (time.process_time() - used) / count * 1000


def bare_flask(body: str, folder: Path) -> tuple[Process, int]:
    (folder / "page.html").write_text(body)
    (folder / "bare.py").write_text(BARE.format(path=str(folder / "page.html")))
    port = free_port()
    command = [shutil.which("python") or "python3", "-m", "gunicorn", "--bind", f"127.0.0.1:{port}"]
    command = [str(ROOT / ".venv/bin/python"), *command[1:], "--workers", "2", "--threads", "4", "bare:app"]
    process = Process(command, folder / "bare.log", folder=folder)

    def ready() -> bool:
        try:
            return Client(port).ask("GET", "/") == 200
        except OSError:
            return False

    process.wait_until(ready)
    return process, port


class PerThread:
    """A client of each thread's own."""

    def __init__(self, make: Callable[[], Client]) -> None:
        self.make, self.local = make, threading.local()

    def __call__(self) -> Client:
        if not hasattr(self.local, "client"):
            self.local.client = self.make()
        return self.local.client


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--flows", type=int, default=400)
    parser.add_argument("--pages", type=int, default=4000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        run(options, Path(name))


def run(options: argparse.Namespace, folder: Path) -> None:
    bench = Bench(options.accounts, folder)
    server = bench.site.web.id  # type: ignore[union-attr]
    try:
        signed_in = three_numbers(bench)
        page = signed_in.body
        bare, bare_port = bare_flask(page, folder)
        alone, argon2_ms = argon2_alone()
        report_flows(bench, server, options.flows, alone, argon2_ms)
        report_pages(bench, server, bare, bare_port, signed_in, options.pages)
        report_codes(bench, server, options.flows)
        print(f"memory a web process after all this: {', '.join(f'{each:.0f}' for each in memory(server))} MiB")
        report_weight(bench)
        bare.stop()
    except BaseException:
        print(bench.site.log()[-3000:])
        raise
    finally:
        bench.site.stop()


def three_numbers(bench: Bench) -> Client:
    """A signed-in browser of the account with three numbers, without the sends of a sign-in."""
    from trustweb.authentication import sessions

    with bench.database.writing() as work:
        account = work.db.get_one(Account, 1)
        _, token = sessions.start(work, account, stage=sessions.FULL, known_browser=True)
    client = Client(bench.site.port)
    client.cookies["trustweb"] = cookie(bench, token)
    expect(client.ask("GET", "/security"), 200, "security page")
    return client


def cookie(bench: Bench, token: str) -> str:
    from flask import Flask
    from flask.sessions import SecureCookieSessionInterface

    app = Flask(__name__)
    app.secret_key = bench.database.keys.subkeys("cookies")[0].hex()
    return SecureCookieSessionInterface().get_signing_serializer(app).dumps({"_user_id": token, "csrf_token": "0" * 40})  # type: ignore[union-attr]


def report_flows(bench: Bench, server: int, count: int, alone: float, argon2_ms: float) -> None:
    measure(server, bench.flow, 40)
    flows = measure(server, bench.flow, count)
    net = flows.processor_ms - argon2_ms
    print(f"argon2 checks alone:  {alone:8.1f} /s   {argon2_ms:.2f} ms of processor each")
    print(
        f"sign-in flows:        {flows.rate:8.1f} /s   {flows.processor_ms:.2f} ms of processor, "
        f"{net:.2f} ms net of argon2;  {flows.rate / alone:.2f} of argon2 alone;  "
        f"p50 {flows.p50_ms:.0f} ms, p99 {flows.p99_ms:.0f} ms"
    )


def report_pages(bench: Bench, server: int, bare: Process, bare_port: int, signed_in: Client, count: int) -> None:
    def make_page() -> Client:
        return Client(bench.site.port, dict(signed_in.cookies))

    page_clients, bare_clients = PerThread(make_page), PerThread(lambda: Client(bare_port))
    ratios = []
    for _ in range(3):  # in turn, so that the machine's moods meet both
        ours = measure(server, lambda: page_clients().ask("GET", "/security"), count // 3)
        theirs = measure(bare.id, lambda: bare_clients().ask("GET", "/"), count // 3)
        ratios.append(ours.processor_ms / theirs.processor_ms)
    print(
        f"page, three numbers:  {ours.rate:8.1f} /s   {ours.processor_ms:.2f} ms of processor   "
        f"p50 {ours.p50_ms:.1f} ms, p99 {ours.p99_ms:.1f} ms"
    )
    print(f"bare Flask, same bytes:{theirs.rate:7.1f} /s   {theirs.processor_ms:.2f} ms of processor")
    print(f"the page costs        {statistics.median(ratios):8.2f} × bare Flask")


def report_codes(bench: Bench, server: int, count: int) -> None:
    waiting = []
    for _ in range(count):
        client, name = bench.password_step()
        waiting.append((client, bench.code(name)))

    def check() -> None:
        with bench.lock:
            client, code = waiting.pop()
        client.fresh = True
        expect(client.ask("POST", "/sign-in/code", code=code), 303, "code")

    checks = measure(server, check, count)
    print(f"code checks:          {checks.rate:8.1f} /s   {checks.processor_ms:.2f} ms of processor")


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
