"""Add the example app to the Trustweb of this folder and start it, until Ctrl-C: ``make example`` runs this."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

HERE = Path(__file__).resolve().parent
TRUSTWEB = HERE.parent / ".venv" / "bin" / "trustweb"
PYTHON = HERE.parent / ".venv" / "clients" / "flask-authlib" / "bin" / "python"
SERVICE = """
[example]
title = "Example"
oidc = true
redirect-uri = "{app}/callback"
logout-redirect-uri = "{app}/"
logout-uri = "{app}/signed-out-elsewhere"
"""


def trustweb(*words: str, typed: str = "") -> dict[str, str]:
    command = [TRUSTWEB, "service", *words, "--json"]
    done = subprocess.run(command, input=typed, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{done.stderr.strip()}\nIs Trustweb running? `make run` starts it.")
    said = json.loads(done.stdout)
    return said[0] if isinstance(said, list) else said


if __name__ == "__main__":
    port, issuer = os.environ.get("EXAMPLE_PORT", "5000"), f"http://localhost:{os.environ.get('PORT', '8000')}"
    known = trustweb("apply", "-", "--yes", typed=SERVICE.format(app=f"http://localhost:{port}"))
    if "client_secret" not in known:  # it is there from the last time, and its secret was shown only then
        trustweb("secret", "example", "--drop-older")
        known = trustweb("secret", "example")
    settings = {"TRUSTWEB_ISSUER": os.environ.get("TRUSTWEB_PUBLIC_URL", issuer), "PORT": port}
    settings |= {"CLIENT_ID": known["client_id"], "CLIENT_SECRET": known["client_secret"]}
    print(f"The example is at http://localhost:{port}. Ctrl-C ends it.", flush=True)
    with suppress(KeyboardInterrupt):
        subprocess.run([PYTHON, HERE / "app.py"], env=os.environ | settings, check=False)
