"""Programs that tests start: each has a log file, and is ended by its id."""

import os
import pwd
import random
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from socketserver import BaseServer

# Below the range that the kernel hands to outgoing connections, so nothing else takes the port in between.
PORTS = range(15_000, 32_000)


def free_port() -> int:
    # The system's randomness: a seed shared by parallel test processes would give them equal ports.
    for port in random.SystemRandom().sample(PORTS, 50):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError(f"No free port among fifty tried between {PORTS.start} and {PORTS.stop}")


@contextmanager
def serving(server: BaseServer) -> Iterator[None]:
    """Let a server of this process answer; it ends with the block, also after a failure."""
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


def listening(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def group_of(user: str) -> int:
    return int(pwd.getpwnam(user).pw_gid)


class Process:
    def __init__(
        self,
        command: Sequence[str | Path],
        log: Path,
        *,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        user: str | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.command = [str(part) for part in command]
        self.log = log
        self.stop_signal = stop_signal
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=folder,
                # A group of its own: Ctrl-C reaches the tests first, and its children can be ended with it.
                start_new_session=True,
                user=user,
                group=group_of(user) if user else None,
                extra_groups=[] if user else None,
            )

    @property
    def id(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def wait_until(self, ready: Callable[[], bool], seconds: float = 20) -> None:
        end = time.monotonic() + seconds
        while self.running and time.monotonic() < end:
            if ready():
                return
            time.sleep(0.02)
        what = "was not ready in time" if self.running else f"ended with {self._process.returncode}"
        self.kill()
        raise RuntimeError(f"{' '.join(self.command)} {what}:\n{self.output()[-4000:]}")

    def wait_until_done(self, seconds: float = 60) -> None:
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            code = -1
        if code:
            raise RuntimeError(f"{' '.join(self.command)} ended with {code}:\n{self.output()[-4000:]}")

    def ask_to_stop(self) -> None:
        if self.running:
            self._process.send_signal(self.stop_signal)

    def stop(self, seconds: float = 10) -> None:
        self.ask_to_stop()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it and its children at once, as a power cut would."""
        if self.running:
            os.killpg(self.id, signal.SIGKILL)
        self._process.wait()
