"""Bare Flask under the same server, sending the same bytes: what everything is measured against."""

from __future__ import annotations

from pathlib import Path

from tests.bench.client import Client
from tests.support.paths import ROOT
from tests.support.processes import Process, free_port

BARE = """
from flask import Flask, Response
body = open({path!r}, "rb").read()
app = Flask(__name__)
@app.get("/")
def page():
    return Response(body, content_type="text/html; charset=utf-8")
@app.get("/nothing")
def nothing():
    return Response(status=204)
"""


def bare_flask(body: str, folder: Path) -> tuple[Process, int]:
    (folder / "page.html").write_text(body)
    (folder / "bare.py").write_text(BARE.format(path=str(folder / "page.html")))
    port = free_port()
    command = [str(ROOT / ".venv/bin/python"), "-m", "gunicorn", "--bind", f"127.0.0.1:{port}"]
    command += ["--workers", "2", "--threads", "4", "bare:app"]
    process = Process(command, folder / "bare.log", folder=folder)

    def ready() -> bool:
        try:
            return Client(port).ask("GET", "/") == 200
        except OSError:
            return False

    process.wait_until(ready)
    return process, port
