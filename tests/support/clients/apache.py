"""Apache with mod_auth_openidc, as docs/services/apache.md sets it up."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.support.clients.client import Client
from tests.support.fronts import APACHE_MODULES
from tests.support.machine import require
from tests.support.markdown import blocks
from tests.support.paths import DOCS

PAGES = {"index.html": "Wiki", "admin/index.html": "Wiki for admins", "signed-out.html": "Signed out of the wiki"}
MODULES = ["mpm_event", "authn_core", "authz_core", "authz_user", "dir"]
# As Debian's apache2.conf has it.
AROUND = """
ServerRoot {folder}
PidFile {folder}/apache.pid
Mutex file:{folder}
ServerName localhost
Listen 127.0.0.1:{port}
ErrorLog /dev/stderr
{modules}
LoadModule auth_openidc_module {there}/mod_auth_openidc.so
User nobody
Group nogroup
DocumentRoot {site}
UseCanonicalName On
{block}
OIDCInfoHook userinfo id_token session
"""


class Apache(Client):
    """A static site: all of it for people who are signed in, and ``/admin/`` for those who proved more."""

    PAGE, NAME = DOCS / "services" / "apache.md", "wiki"
    SIGN_IN = "/"
    CALLBACK = "/signed-in"
    SIGNED_OUT = "/signed-out.html"
    BACK_CHANNEL = "/signed-in?logout=backchannel"
    COOKIE = "mod_auth_openidc_session"
    SIGN_OUT = "/signed-in?logout="

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        # Apache reads it as another user, who cannot get into pytest's own folder.
        self.site = Path(tempfile.mkdtemp(prefix="trustweb-apache-", dir="/tmp" if os.geteuid() == 0 else folder))
        self.site.chmod(0o755)

    def stop(self) -> None:
        super().stop()
        shutil.rmtree(self.site)

    def command(self) -> list[str | Path]:
        require("mod_auth_openidc")
        return [require("apache2"), "-d", self.folder, "-f", self.folder / "configuration", "-DFOREGROUND"]

    def prepare(self) -> None:
        for page, words in PAGES.items():
            path = self.site / page
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"<!doctype html><title>{words}</title><h1>{words}</h1>")
        modules = "\n".join(f"LoadModule {each}_module {APACHE_MODULES}/mod_{each}.so" for each in MODULES)
        values = {
            "site": self.site,
            "folder": self.folder,
            "port": self.port,
            "there": APACHE_MODULES,
            "modules": modules,
        }
        (self.folder / "configuration").write_text(AROUND.format(block=self.block(), **values))

    def signs_out(self, page: Page) -> None:
        page.goto(self.url + self.SIGN_OUT)

    def block(self) -> str:
        return self.filled("\n".join(blocks(self.PAGE, "apache")), self.NAME)

    def who(self, cookie: str | None) -> dict[str, Any]:
        answer = self.get(f"{self.CALLBACK}?info=json", cookie)
        if answer.status_code != 200:
            return {}
        known = answer.json()
        return {**known["id_token"], **known["userinfo"]}
