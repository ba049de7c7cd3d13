"""The real programs that the product uses, one of each for a test session."""

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import psycopg
import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.support.machine import require
from tests.support.processes import Process, free_port, listening

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Whatever a page asks for, nothing leaves this machine.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.1",
]

NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    scgi_temp_path {folder}/scgi;
    uwsgi_temp_path {folder}/uwsgi;
    server {{
        listen 127.0.0.1:{port} ssl;
        server_name localhost;
        ssl_certificate {folder}/certificate.pem;
        ssl_certificate_key {folder}/key.pem;
        location / {{
            proxy_pass http://127.0.0.1:{upstream};
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header X-Forwarded-Host $http_host;
        }}
    }}
}}
"""


class Service:
    """A server that is there between `with` and the end of it."""

    process: Process

    def start(self) -> None:
        raise NotImplementedError

    def stop(self) -> None:
        self.process.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class Postgres(Service):
    def __init__(self) -> None:
        self.port = free_port()
        self._numbers = itertools.count(1)
        # PostgreSQL refuses to run as root.
        self._user = next(filter(_user_exists, ("postgres", "nobody"))) if os.geteuid() == 0 else None

    def start(self) -> None:
        initdb = require("initdb").resolve()
        # Another user has to get in here, so neither a private TMPDIR nor pytest's own folder will do.
        self.folder = Path(tempfile.mkdtemp(prefix="trustweb-postgres-", dir="/tmp" if self._user else None))
        if self._user:
            shutil.chown(self.folder, self._user)
        log, data = self.folder / "log", self.folder / "data"
        options = ["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--username=trustweb"]
        try:
            making = Process([initdb, "-D", data, *options], log, folder=self.folder, user=self._user)
            making.wait_until_done()
            self._serve(initdb.with_name("postgres"), data, log)
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    def _serve(self, program: Path, data: Path, log: Path) -> None:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": "",
            "max_connections": 200,
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command: list[str | Path] = [program, "-D", data, *options]
        # The polite signal would wait until the last client is gone.
        self.process = Process(command, log, folder=self.folder, user=self._user, stop_signal=signal.SIGINT)
        self.process.wait_until(self._answers)

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(host="127.0.0.1", port=self.port, user="trustweb", dbname="postgres", autocommit=True)

    def _answers(self) -> bool:
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def new_database(self) -> str:
        name = f"trustweb_{next(self._numbers)}"
        with self._connect() as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return f"postgresql+psycopg://trustweb@127.0.0.1:{self.port}/{name}"

    def stop(self) -> None:
        super().stop()
        shutil.rmtree(self.folder)


class Redis(Service):
    DATABASES = 1000

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._numbers = itertools.count(1)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def new_database(self) -> str:
        """The address of a part of it that no other test has used."""
        number = next(self._numbers)
        assert number < self.DATABASES
        return f"redis://127.0.0.1:{self.port}/{number}"

    def start(self) -> None:
        command: list[str | Path] = [require("redis-server"), "--bind", "127.0.0.1", "--port", str(self.port)]
        command += ["--save", "", "--appendonly", "no", "--databases", str(self.DATABASES)]
        self.process = Process([*command, "--dir", self.folder], self.folder / "log")
        self.process.wait_until(lambda: listening(self.port))


class Nginx(Service):
    """TLS in front of a port of this machine, as the page about running it describes."""

    def __init__(self, folder: Path, upstream: int) -> None:
        self.folder = folder
        self.upstream = upstream
        self.port = free_port()
        self.certificate = folder / "certificate.pem"

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    def start(self) -> None:
        nginx, openssl = require("nginx"), require("openssl")
        self._make_certificate(openssl)
        configuration = self.folder / "nginx.conf"
        configuration.write_text(NGINX.format(folder=self.folder, port=self.port, upstream=self.upstream))
        command: list[str | Path] = [nginx, "-p", self.folder, "-e", "stderr", "-c", configuration]
        self.process = Process(command, self.folder / "log")
        self.process.wait_until(lambda: listening(self.port))

    def _make_certificate(self, openssl: Path) -> None:
        command: list[str | Path] = [openssl, "req", "-x509", "-nodes", "-days", "2", "-newkey", "ec"]
        command += ["-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", "/CN=localhost"]
        command += ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
        command += ["-keyout", self.folder / "key.pem", "-out", self.certificate]
        subprocess.run(command, check=True, capture_output=True)


def _user_exists(name: str) -> bool:
    return any(entry.pw_name == name for entry in pwd.getpwall())


DATABASES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.services)]
"""Both, as parameters of a test that asks for ``postgres`` itself."""


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with Postgres() as server:
        yield server


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    with Redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="session")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[int], Nginx]]:
    """Call it with the port to stand in front of; it need not be served yet."""
    with ExitStack() as started:
        yield lambda upstream: started.enter_context(Nginx(tmp_path_factory.mktemp("nginx"), upstream))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Each test opens a context of its own in it: `chromium.new_context(...)`."""
    program = require("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(program), args=CHROMIUM_FLAGS)
        yield browser
        browser.close()
