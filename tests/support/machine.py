"""Programs that the tests need: ``python -m tests.support.machine`` finds or installs them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = {
    "chromium": "chromium",
    "nginx": "nginx",
    "initdb": "postgresql",
    "redis-server": "redis-server",
    "openssl": "openssl",
    "caddy": "caddy",
    "haproxy": "haproxy",
    "apache2": "apache2",
    "mod_auth_openidc": "libapache2-mod-auth-openidc",
    "dovecot": "dovecot-core",
    "dovecot-imap": "dovecot-imapd",
    "dovecot-lua": "dovecot-auth-lua",
}
# Parts of a program, which are no programs themselves.
PARTS = {
    "mod_auth_openidc": Path("/usr/lib/apache2/modules/mod_auth_openidc.so"),
    "dovecot-imap": Path("/usr/lib/dovecot/imap"),
    "dovecot-lua": Path("/usr/lib/dovecot/modules/auth/libauthdb_lua.so"),
}
ALSO_CALLED = {"chromium": ["chromium-browser", "google-chrome"]}
# nginx is often off a person's PATH, and Debian keeps PostgreSQL's programs in one folder a version.
FOLDERS = ["/usr/sbin", "/usr/local/sbin"]
POSTGRES_FOLDERS = "usr/lib/postgresql/*/bin"
PLAYWRIGHT_CHROMIUM = ".cache/ms-playwright/chromium-*/chrome-linux*/chrome"


def _version(folder: Path) -> float:
    try:
        return float(folder.parent.name)
    except ValueError:
        return 0.0


def find(name: str) -> Path | None:
    if name in PARTS:
        return PARTS[name] if PARTS[name].exists() else None
    postgres = sorted(Path("/").glob(POSTGRES_FOLDERS), key=_version, reverse=True)
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *FOLDERS, *map(str, postgres)])
    for candidate in [name, *ALSO_CALLED.get(name, [])]:
        if found := shutil.which(candidate, path=path):
            return Path(found)
    if name == "chromium":
        return max(Path.home().glob(PLAYWRIGHT_CHROMIUM), default=None)
    return None


def require(name: str) -> Path:
    """The program, or the end of the test that asks: a failure in CI, a skip that says why at home."""
    import pytest

    found = find(name)
    if found is None:
        message = f"{name} is not on this machine: {how_to_get(name)}"
        if os.environ.get("CI"):
            pytest.fail(message, pytrace=False)
        pytest.skip(message)
    return found


def how_to_get(name: str) -> str:
    advice = f"install it (Debian: apt-get install {PACKAGES.get(name, name)})"
    return f"{advice}, or run python -m playwright install chromium" if name == "chromium" else advice


def missing() -> list[str]:
    return [name for name in PACKAGES if find(name) is None]


def install(names: list[str]) -> None:
    # Runlevel 1 keeps Debian from starting a web server and two databases that nobody asked for.
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    apt = ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=120"]
    packages = [PACKAGES[name] for name in names]
    print("Installing", *packages, flush=True)
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        done = subprocess.run(
            [*apt, *command],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            print(done.stdout)


def main() -> int:
    wanted = missing()
    if wanted and os.geteuid() == 0 and shutil.which("apt-get"):
        install(wanted)
        wanted = missing()
    for name in wanted:
        print(f"missing: {name}: {how_to_get(name)}")
    return 1 if wanted and os.environ.get("CI") else 0


if __name__ == "__main__":
    sys.exit(main())
