"""A static site behind the browser door, by nginx on this machine, until Ctrl-C.

It adds the site to the Trustweb of this folder first. docs/services/browser-door.md says how it all works.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

HERE = Path(__file__).resolve().parent
SERVICE = """
[wiki]
title = "Wiki"
browser = true
origin = "http://wiki.localhost:{port}"
"""
NGINX = """
daemon off; master_process off; pid {folder}/pid; error_log stderr; events {{}}
http {{
    access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; scgi_temp_path {folder}/scgi; uwsgi_temp_path {folder}/uwsgi;
    map $request_method:$http_sec_fetch_mode $opens_page {{ default 0; GET:navigate 1; }}
    server {{
        listen 127.0.0.1:{port};
        server_name wiki.localhost;
        absolute_redirect off;
        location / {{
            auth_request /trustweb;
            auth_request_set $name $upstream_http_remote_name;
            error_page 401 = @sign_in;
            root {site};
            ssi on;
            charset utf-8;
            add_header Cache-Control "private, no-cache";
        }}
        location = /trustweb {{
            internal;
            proxy_pass http://127.0.0.1:{trustweb}/auth/browser/wiki;
            proxy_pass_request_headers off;
            proxy_pass_request_body off;
            proxy_set_header Cookie $http_cookie;
        }}
        location @sign_in {{
            if ($opens_page) {{ return 303 /.trustweb/start?to=$request_uri; }}
            return 401;
        }}
        location /.trustweb/ {{
            proxy_pass http://127.0.0.1:{trustweb};
            proxy_set_header Host $http_host;
        }}
    }}
}}
"""


def add(port: str) -> None:
    command = [HERE.parent / ".venv" / "bin" / "trustweb", "service", "apply", "-", "--yes"]
    done = subprocess.run(command, input=SERVICE.format(port=port), capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{done.stderr.strip()}\nIs Trustweb running? `make run` starts it.")


if __name__ == "__main__":
    port, site = os.environ.get("WIKI_PORT", "8080"), HERE / "browser_door"
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if not nginx:
        sys.exit("nginx is not on this machine (Debian: apt-get install nginx).")
    add(port)
    with tempfile.TemporaryDirectory() as folder:
        configuration = Path(folder) / "nginx.conf"
        values = {"folder": folder, "site": site, "port": port, "trustweb": os.environ.get("PORT", "8000")}
        configuration.write_text(NGINX.format(**values))
        print(f"The wiki is at http://wiki.localhost:{port}. Ctrl-C ends it.", flush=True)
        with suppress(KeyboardInterrupt):
            subprocess.run([nginx, "-e", "stderr", "-p", folder, "-c", configuration], check=False)
