"""``trustweb serve``: listening on the port, running gunicorn, and the messages once the site answers."""

from __future__ import annotations

import gc
import os
import socket
import sys
from typing import Any

import click
from gunicorn import util
from gunicorn.app.base import BaseApplication

from trustweb import accounts, invitations
from trustweb.config import Config, ConfigError
from trustweb.core import Core

_SILENCE = 30
"""Seconds for which the kernel holds a connection back that has sent no data."""


def listen(config: Config) -> socket.socket:
    """Listen on the port, before anything is created or printed. Raises ConfigError when that fails."""
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    try:
        listener = socket.create_server((config.host.strip("[]"), config.port), family=family)
    except OSError as error:
        where, why = f"{config.host}:{config.port}", str(error.strerror).partition(" (while")[0]
        raise ConfigError(f"Trustweb cannot listen on {where}: {why}. PORT takes another port.") from None
    if hasattr(socket, "TCP_DEFER_ACCEPT"):  # on Linux
        # Browsers open connections in advance, and each would occupy one of gunicorn's few threads.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, _SILENCE)
    return listener


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn, which loads the app in its workers; the first worker that is ready prints the site's address."""

    def __init__(self, config: Config, listener: socket.socket, lost_link: str) -> None:
        self._config = config
        # gunicorn closes the descriptor; closed here once more, it would be somebody else's by then.
        self._descriptor = listener.detach()
        self._lost_link = lost_link
        super().__init__()
        # The collector would write to the memory that processes are to share.
        gc.freeze()

    def load_config(self) -> None:
        options: dict[str, Any] = {
            "bind": f"fd://{self._descriptor}",
            "worker_class": "trustweb.gthread.Worker",
            "logger_class": "trustweb.gthread.Logger",
            "workers": self._config.web_processes,
            "threads": self._config.web_threads,
            "worker_tmp_dir": str(self._config.instance),
            "graceful_timeout": 20,
            "loglevel": "warning",
            "control_socket_disable": True,
            # gunicorn itself trusts no header: by default it accepts SCRIPT_NAME and the scheme from any client on
            # 127.0.0.1. The app reads proxies' headers.
            "forwarder_headers": "",
            "forwarded_allow_ips": "",
            "secure_scheme_headers": {},
            "post_worker_init": self._ready,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return util.import_app("trustweb.wsgi:app")

    def _ready(self, worker: Any) -> None:
        if worker.age == 1:  # not again when a worker is replaced
            _offer_set_up(worker.wsgi.app.extensions["trustweb"], self._lost_link)
            click.echo(f"Trustweb is at {self._config.origin}  (Ctrl-C ends it)", err=True)


def _offer_set_up(core: Core, lost_link: str) -> None:
    """Print the link that makes the first account, or, without a terminal, write it to a file for the operator."""
    config = core.config
    with core.database.writing() as work:
        # A demo is started often; it prints a new link each time until somebody has used one.
        token = invitations.renew_set_up_link(work) if config.demo else invitations.make_set_up_link(work)
        waiting = token is None and not accounts.listed(work)
    if waiting:
        click.echo(f"Nobody has used the set-up link yet; `{lost_link}` makes a new one.", err=True)
    if token is None:
        return
    link = f"{config.origin}/invitation/{token}"
    if config.demo or sys.stderr.isatty():
        click.echo(f"Make the first account here (works once): {link}", err=True)
        return
    path = config.instance / "setup-link"
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(link + "\n")
    click.echo(f"The link that makes the first account is in {path}", err=True)
