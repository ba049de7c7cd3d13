"""A real Trustweb: gunicorn and worker processes, as a self-hoster runs them."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import requests

from tests.support.paths import ROOT
from tests.support.processes import Process, free_port

# What the machine of the tests has set must not set up the site.
NOT_OURS = ("TRUSTWEB_", "VONAGE_", "PORT", "GUNICORN_", "WEB_CONCURRENCY")


class Site:
    def __init__(
        self,
        folder: Path,
        settings: dict[str, str] | None = None,
        workers: int = 1,
        threads: int = 4,
        worker_processes: int = 0,
    ) -> None:
        self.folder = folder.resolve()
        self.settings = dict(settings or {})
        self.workers = workers
        self.threads = threads
        self.worker_processes = worker_processes
        self.port = free_port()
        self.web: Process | None = None
        self.worker: list[Process] = []
        # Beside the instance folder: a test may search one without the other.
        self.logs = self.folder.with_name(f"{self.folder.name}-logs")

    @property
    def url(self) -> str:
        """The public address; set TRUSTWEB_PUBLIC_URL before the start when a proxy stands in front."""
        return self.settings.get("TRUSTWEB_PUBLIC_URL", f"http://localhost:{self.port}")

    @property
    def environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(NOT_OURS)}
        return clean | {
            "PYTHONUNBUFFERED": "1",
            "TRUSTWEB_PUBLIC_URL": self.url,
            **self.settings,
            "TRUSTWEB_INSTANCE": str(self.folder),
            "PORT": str(self.port),
        }

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.logs.mkdir(exist_ok=True)
        upgraded = self.cli("db", "upgrade")
        if upgraded.returncode:
            raise RuntimeError(f"trustweb db upgrade failed:\n{upgraded.stdout}{upgraded.stderr}")
        try:
            self.start_web()
            for _ in range(self.worker_processes):
                self.start_worker()
        except BaseException:
            self.stop()
            raise

    def start_web(self) -> None:
        command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{self.port}"]
        command += ["--worker-class", "trustweb.gthread.Worker", "--logger-class", "trustweb.gthread.Logger"]
        command += ["--workers", str(self.workers), "--threads", str(self.threads)]
        # Connections stay open: else one is closed, now and then, at the moment when a browser of a test uses it again.
        command += ["--keep-alive", "60", "--no-control-socket", "--graceful-timeout", "5", "wsgi:app"]
        self.web = self._process("web", command)
        self.web.wait_until(self._healthy)

    def start_worker(self) -> Process:
        worker = self._process(f"worker-{len(self.worker)}", [sys.executable, "-m", "trustweb.cli", "worker"])
        self.worker.append(worker)
        return worker

    def kill_worker(self, number: int = -1) -> None:
        """End it as a power cut would; the last one started, unless told."""
        self.worker[number].kill()

    def _process(self, name: str, command: list[str]) -> Process:
        return Process(command, self.logs / f"{name}.log", environment=self.environment, folder=ROOT)

    def _healthy(self) -> bool:
        public = urlsplit(self.url)
        headers = {"Host": public.netloc}
        if public.scheme == "https":
            # As the proxy says it; straight from here, a site of https sends everybody away.
            headers |= {"X-Forwarded-Proto": "https", "X-Forwarded-For": "127.0.0.1"}
        address = f"http://127.0.0.1:{self.port}/healthz"
        try:
            with requests.Session() as session:
                session.trust_env = False
                return session.get(address, headers=headers, timeout=5, allow_redirects=False).status_code == 200
        except requests.RequestException:
            return False

    def cli(self, *arguments: str, input: str | None = None) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "trustweb.cli", *arguments],
            input=input,
            stdin=subprocess.DEVNULL if input is None else None,
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
            env=self.environment,
            timeout=60,
        )
        with (self.logs / "cli.log").open("a") as log:
            log.write(done.stdout + done.stderr)
        return done

    def log(self) -> str:
        """Everything that all its processes have said, those that are gone included."""
        return "".join(path.read_text(errors="replace") for path in sorted(self.logs.glob("*.log")))

    def stop(self) -> None:
        processes = [*self.worker, *([self.web] if self.web else [])]
        for process in processes:
            process.ask_to_stop()
        for process in processes:
            process.stop()
        self.worker.clear()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
