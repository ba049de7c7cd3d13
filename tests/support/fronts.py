"""Proxies from Debian in front of a port of this machine, each as people configure it: plain HTTP, on loopback."""

from __future__ import annotations

import os
import re
from pathlib import Path

from tests.support.machine import require
from tests.support.processes import Process, free_port, listening
from tests.support.services import Service

NGINX = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr; events {{}}
http {{
    access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; scgi_temp_path {folder}/scgi; uwsgi_temp_path {folder}/uwsgi;
    underscores_in_headers on;
    server {{
        listen 127.0.0.1:{port};
        merge_slashes off;
        location / {{
            proxy_pass http://127.0.0.1:{upstream};
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-Host $http_host;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        }}
    }}
}}
"""
CADDY = """
{{
    admin off
    auto_https off
}}
http://:{port} {{
    bind 127.0.0.1
    reverse_proxy 127.0.0.1:{upstream}
}}
"""
HAPROXY = """
defaults
    mode http
    timeout connect 5s
    timeout client 20s
    timeout server 20s
listen trustweb
    bind 127.0.0.1:{port}
    option forwardfor
    http-request set-header X-Forwarded-Proto http
    http-request set-header X-Forwarded-Host %[req.hdr(host)]
    server trustweb 127.0.0.1:{upstream}
"""
APACHE = """
ServerRoot {folder}
PidFile {folder}/apache.pid
Mutex file:{folder}
ServerName localhost
Listen 127.0.0.1:{port}
ErrorLog /dev/stderr
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule headers_module {modules}/mod_headers.so
LoadModule proxy_module {modules}/mod_proxy.so
LoadModule proxy_http_module {modules}/mod_proxy_http.so
User nobody
Group nogroup
ProxyPreserveHost On
ProxyPass / http://127.0.0.1:{upstream}/
RequestHeader set X-Forwarded-Proto http
"""
APACHE_MODULES = Path("/usr/lib/apache2/modules")


class Front(Service):
    """A proxy that listens on ``port`` and hands everything on to ``upstream``."""

    program: str
    configuration: str

    def __init__(self, folder: Path, upstream: int) -> None:
        self.folder, self.upstream, self.port = folder, upstream, free_port()

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        program = require(self.program)
        file = self.folder / "configuration"
        values = {"folder": self.folder, "port": self.port, "upstream": self.upstream, "modules": APACHE_MODULES}
        file.write_text(self.configuration.format(**values))
        homes = {"XDG_DATA_HOME": str(self.folder), "XDG_CONFIG_HOME": str(self.folder)}
        command = [program, *self.arguments(file)]
        self.process = Process(command, self.folder / "log", environment=os.environ | homes)
        self.process.wait_until(lambda: listening(self.port))

    def arguments(self, file: Path) -> list[str | Path]:
        raise NotImplementedError


class NginxFront(Front):
    program, configuration = "nginx", NGINX

    def arguments(self, file: Path) -> list[str | Path]:
        return ["-p", self.folder, "-e", "stderr", "-c", file]


class ForwardedFront(NginxFront):
    """One that speaks RFC 7239, and hands the browser's own X-Forwarded- headers on as they are."""

    configuration = re.sub(
        r"proxy_set_header X-Forwarded-For .*;",
        "proxy_set_header Forwarded "
        """'$http_forwarded, for="$remote_addr:$remote_port";proto=$scheme;host="$http_host"';""",
        re.sub(r"proxy_set_header X-Forwarded-(Host|Proto) .*;", "", NGINX),
    )


class CaddyFront(Front):
    program, configuration = "caddy", CADDY

    def arguments(self, file: Path) -> list[str | Path]:
        return ["run", "--adapter", "caddyfile", "--config", file]


class HaproxyFront(Front):
    program, configuration = "haproxy", HAPROXY

    def arguments(self, file: Path) -> list[str | Path]:
        return ["-db", "-f", file]


class ApacheFront(Front):
    program, configuration = "apache2", APACHE

    def arguments(self, file: Path) -> list[str | Path]:
        return ["-d", self.folder, "-f", file, "-DFOREGROUND"]


FRONTS = [NginxFront, CaddyFront, HaproxyFront, ApacheFront]
