"""``trustweb serve``, as an operator calls it in a folder."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.paths import RECORDING
from tests.support.processes import Process, free_port
from tests.support.site import NOT_OURS

STARTED = "Trustweb is at"
"""What it says once it answers."""
TRUSTWEB = Path(sys.executable).with_name("trustweb")


@dataclass
class Operator:
    """Somebody in a folder of their own, with a carrier's plugin and without a terminal."""

    folder: Path
    port: int = field(default_factory=free_port)

    @property
    def environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(NOT_OURS)}
        return clean | {"PORT": str(self.port), "TRUSTWEB_PLUGINS": str(RECORDING)}

    def serve(self, **settings: str) -> Process:
        log = self.folder / f"log{len(list(self.folder.glob('log*')))}"
        program = os.path.relpath(TRUSTWEB, self.folder)  # as make says it
        return Process([program, "serve"], log, environment=self.environment | settings, folder=self.folder)

    def serve_once(self) -> str:
        """Start it, stop it, and return what it said."""
        process = self.serve()
        process.wait_until(lambda: STARTED in process.output())
        process.stop()
        return process.output()

    def fail_to_serve(self, **settings: str) -> str:
        """Start it with settings that it refuses, and return what it said."""
        process = self.serve(**settings)
        with pytest.raises(RuntimeError, match="ended with"):
            process.wait_until_done(20)
        return process.output()
