"""Dovecot, as docs/services/mail.md sets it up: app-specific passwords, and tokens that it asks about."""

from __future__ import annotations

import grp
import imaplib
import json
import os
import pwd
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Self

from tests.support.clients.client import Client
from tests.support.machine import require
from tests.support.markdown import blocks
from tests.support.paths import DOCS
from tests.support.site import Site

AROUND = """
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
base_dir = {folder}/run
state_dir = {folder}/state
log_path = /dev/stderr
auth_verbose = yes
mail_location = maildir:~/Maildir
first_valid_uid = 1
# A wrong password is answered at once here, and the next one too.
auth_failure_delay = 0
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
{block}
"""
# All as the one who runs the tests, who may neither change users nor roots.
AS_ONE_USER = """
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
service imap-login {{
  chroot =
}}
service anvil {{
  chroot =
}}
"""


class Dovecot(Client):
    """A mail server for IMAP, which asks about passwords at an inner address, and about tokens at the issuer's."""

    PAGE, NAME = DOCS / "services" / "mail.md", "mail"
    SIGNED_OUT = None

    def __init__(self, folder: Path, trustweb: str, service: str = "mail") -> None:
        super().__init__(folder)
        self.check = f"{trustweb}/auth/basic/{service}"
        # Its processes are of several users, who cannot get into pytest's own folder.
        self.folder = Path(tempfile.mkdtemp(prefix="trustweb-dovecot-", dir="/tmp" if os.geteuid() == 0 else None))
        self.folder.chmod(0o755)

    def with_webmail(self, site: Site, webmail: Client) -> Self:
        """Add both to a site, by the file and the command of the page."""
        (command,), (file,) = blocks(self.PAGE, "sh"), blocks(self.PAGE, "toml")
        words = [{"mail.toml": "-"}.get(each, each) for each in command.split()[1:]]
        done = site.cli(*words, "--json", input=webmail.filled(file, "webmail"))
        assert done.returncode == 0, done.stderr
        mail, other = json.loads(done.stdout)
        webmail.registered(site.url, other["client_id"], other["client_secret"])
        return self.registered(site.url, mail["client_id"], mail["client_secret"])

    def command(self) -> list[str | Path]:
        require("dovecot-imap")
        require("dovecot-lua")
        return [require("dovecot"), "-F", "-c", self.folder / "dovecot.conf"]

    def prepare(self) -> None:
        (text,), (lua,), (ini,) = (blocks(self.PAGE, each) for each in ("text", "lua", "ini"))
        scheme, _, host = self.issuer.partition("://")
        ini = ini.replace("https://<", f"{scheme}://<").replace("account.example.com", host)
        mailboxes = self.folder / "mail"
        mailboxes.mkdir(mode=0o777)
        mailboxes.chmod(0o777)
        me = pwd.getpwuid(os.geteuid())
        owner = "uid=nobody gid=nogroup" if me.pw_uid == 0 else f"uid={me.pw_uid} gid={me.pw_gid}"
        text = text.replace("uid=vmail gid=vmail", owner).replace("/var/vmail", str(mailboxes))
        text = AROUND.format(folder=self.folder, port=self.port, block=text.replace("/etc/dovecot", str(self.folder)))
        if me.pw_uid:
            text += AS_ONE_USER.format(user=me.pw_name, group=grp.getgrgid(me.pw_gid).gr_name)
        (self.folder / "dovecot.conf").write_text(text)
        (self.folder / "trustweb.lua").write_text(lua.replace("http://127.0.0.1:8000/auth/basic/mail", self.check))
        (self.folder / "trustweb.conf.ext").write_text(self.filled(ini, self.NAME))

    def stop(self) -> None:
        super().stop()
        shutil.rmtree(self.folder)

    def log_in(self, user: str, password: str) -> str:
        """Return what it says to a program with an app-specific password: ``OK``, or why not."""
        return self._opened(lambda program: program.login(user, password))

    def log_in_with(self, token: str, user: str) -> str:
        """Return what it says to a program that has signed in with Trustweb itself: ``OK``, or why not."""
        # Asked again after a refusal, the program says nothing, as the mechanism wants.
        says = iter([f"user={user}\1auth=Bearer {token}\1\1".encode()])
        return self._opened(lambda program: program.authenticate("XOAUTH2", lambda _: next(says, b"")))

    def _opened(self, sign_in: Callable[[imaplib.IMAP4], object]) -> str:
        with imaplib.IMAP4("127.0.0.1", self.port, timeout=30) as program:
            try:
                sign_in(program)
                return program.select()[0]
            except imaplib.IMAP4.error as error:
                (said,) = error.args
                return said.decode() if isinstance(said, bytes) else str(said)
