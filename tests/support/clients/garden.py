"""The site of files in examples/browser-door/, behind nginx."""

from __future__ import annotations

from pathlib import Path

from tests.support.machine import require
from tests.support.paths import ROOT
from tests.support.processes import Process, free_port, listening
from tests.support.services import Service

EXAMPLE = ROOT / "examples" / "browser-door"


class Garden(Service):
    def __init__(self, folder: Path, trustweb: int) -> None:
        self.folder, self.trustweb, self.port = folder, trustweb, free_port()
        self.url = f"http://localhost:{self.port}"
        self.origin = f"http://garden.localhost:{self.port}"

    def start(self) -> None:
        text = (EXAMPLE / "nginx.conf").read_text("utf-8")
        for theirs, ours in {
            "127.0.0.1:8080": f"127.0.0.1:{self.port}",
            "127.0.0.1:8000": f"127.0.0.1:{self.trustweb}",
            "/tmp/trustweb-garden": str(self.folder / "garden"),
            # Whoever nginx is when root starts it cannot get into pytest's own folder.
            "daemon off;": "daemon off; master_process off;",
            "root         site": f"root {EXAMPLE / 'site'}",
        }.items():
            assert theirs in text
            text = text.replace(theirs, ours)
        (self.folder / "nginx.conf").write_text(text)
        command: list[str | Path] = [require("nginx"), "-e", "stderr", "-p", self.folder]
        self.process = Process([*command, "-c", self.folder / "nginx.conf"], self.folder / "log")
        self.process.wait_until(lambda: listening(self.port))
