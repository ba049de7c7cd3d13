"""A calendar server behind a proxy that asks Trustweb, as docs/app-specific-passwords.md sets it up."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from tests.support.machine import require
from tests.support.markdown import blocks
from tests.support.paths import ROOT
from tests.support.processes import Process, free_port, listening
from tests.support.services import Nginx, Service

PAGE = ROOT / "docs" / "app-specific-passwords.md"
# As Debian's nginx.conf has it.
AROUND = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr; events {{}}
http {{
    access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; scgi_temp_path {folder}/scgi; uwsgi_temp_path {folder}/uwsgi;
    {site}
}}
"""


def with_ports(block: str, trustweb: int, calendar: int) -> str:
    assert ":8000" in block
    assert ":5232" in block
    return block.replace(":8000", f":{trustweb}").replace(":5232", f":{calendar}")


class Radicale(Service):
    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()

    def start(self) -> None:
        block = blocks(PAGE, "ini")[0].replace(":5232", f":{self.port}")
        block = block.replace("/var/lib/radicale/collections", str(self.folder / "collections"))
        (self.folder / "config").write_text(block)
        command: list[str | Path] = [sys.executable, "-m", "radicale", "--config", self.folder / "config"]
        self.process = Process(command, self.folder / "log")
        self.process.wait_until(lambda: listening(self.port))

    def texts(self) -> str:
        """All that it has stored."""
        return "\n".join(
            each.read_text() for each in (self.folder / "collections" / "collection-root").glob("*/*/*.ics")
        )


class CalendarNginx(Nginx):
    page = PAGE

    def __init__(self, folder: Path, trustweb: int, calendar: int) -> None:
        super().__init__(folder, trustweb)
        self.calendar = calendar

    def start(self) -> None:
        self._make_certificate(require("openssl"))
        site = next(each for each in blocks(self.page, "nginx") if "auth_request" in each)
        site = with_ports(re.sub(r"listen \[::\].*\n", "", site), self.upstream, self.calendar)
        site = site.replace("listen 443", f"listen 127.0.0.1:{self.port}")
        site = re.sub(r"/etc/\S+/fullchain.pem", str(self.certificate), site)
        site = re.sub(r"/etc/\S+/privkey.pem", str(self.folder / "key.pem"), site)
        configuration = self.folder / "nginx.conf"
        configuration.write_text(AROUND.format(folder=self.folder, site=site))
        command: list[str | Path] = [require("nginx"), "-p", self.folder, "-e", "stderr", "-c", configuration]
        self.process = Process(command, self.folder / "log")
        self.process.wait_until(lambda: listening(self.port))


class CalendarCaddy(Service):
    page = PAGE
    certificate = None

    def __init__(self, folder: Path, trustweb: int, calendar: int) -> None:
        self.folder, self.trustweb, self.calendar, self.port = folder, trustweb, calendar, free_port()
        self.url = f"http://localhost:{self.port}"

    def start(self) -> None:
        (site,) = (each for each in blocks(self.page, "text") if "forward_auth" in each)
        site = with_ports(site, self.trustweb, self.calendar).replace("calendar.example.com", self.names())
        configuration = self.folder / "Caddyfile"
        configuration.write_text("{\n    admin off\n    auto_https off\n}\n" + site)
        environment = os.environ | {"XDG_DATA_HOME": str(self.folder), "XDG_CONFIG_HOME": str(self.folder)}
        command: list[str | Path] = [require("caddy"), "run", "--adapter", "caddyfile", "--config", configuration]
        self.process = Process(command, self.folder / "log", environment=environment)
        self.process.wait_until(lambda: listening(self.port))

    def names(self) -> str:
        return self.url
