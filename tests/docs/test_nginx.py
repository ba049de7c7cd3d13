"""The nginx configuration of the docs in front of a whole Trustweb."""

import http.client
import re
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from tests.support.kit import Kit
from tests.support.markdown import blocks
from tests.support.paths import ROOT
from tests.support.processes import free_port, serving
from tests.support.services import Nginx

HOST = "account.example.com"
# As Debian's nginx.conf has it: what the docs say has to hold inside of that.
AROUND = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr; events {{}}
http {{
    gzip on; gzip_min_length 0; access_log {folder}/access.log;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    scgi_temp_path {folder}/scgi; uwsgi_temp_path {folder}/uwsgi;
    {site}
}}
"""


class DocumentedNginx(Nginx):
    """nginx with the site of docs/deploy/reverse-proxy.md, on ports of our own."""

    def start(self) -> None:
        self.plain = free_port()
        site = blocks(ROOT / "docs" / "deploy" / "reverse-proxy.md", "nginx")[0]
        site = re.sub(r"listen \[::\].*\n", "", site)
        site = site.replace("listen 80", f"listen 127.0.0.1:{self.plain}")
        site = site.replace("listen 443", f"listen 127.0.0.1:{self.port}").replace(":8000", f":{self.upstream}")
        site = re.sub(r"/etc/\S+/fullchain.pem", str(self.certificate), site)
        site = re.sub(r"/etc/\S+/privkey.pem", str(self.folder / "key.pem"), site)
        (self.folder / "site").write_text(AROUND.format(folder=self.folder, site=site))
        super().start()

    def ask(self, method: str, path: str, body: str | None = None, **headers: str) -> http.client.HTTPResponse:
        line = http.client.HTTPSConnection("127.0.0.1", self.port, context=ssl._create_unverified_context())
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        with closing(line):
            line.request(method, path, body, {"Host": HOST, "Accept-Encoding": "gzip", **named})
            answer = line.getresponse()
            answer.read()
        return answer


@pytest.fixture
def nginx_of_the_docs(
    make_kit: Callable[..., Kit], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[DocumentedNginx]:
    kit = make_kit(TRUSTWEB_PUBLIC_URL=f"https://{HOST}", TRUSTWEB_TRUSTED_PROXIES="1")
    folder = tmp_path / "nginx"
    folder.mkdir()
    with make_server("127.0.0.1", free_port(), kit.app, threaded=True) as server, serving(server):
        monkeypatch.setattr("tests.support.services.NGINX", "include {folder}/site;")
        with DocumentedNginx(folder, server.port) as proxy:
            yield proxy


def test_the_nginx_of_the_docs_serves_the_site(nginx_of_the_docs: DocumentedNginx) -> None:
    page = nginx_of_the_docs.ask("GET", "/sign-in")
    from_here = {"Origin": f"https://{HOST}", "Sec_Fetch_Site": "same-origin"}
    form = nginx_of_the_docs.ask("POST", "/sign-in", "account=x", **from_here)

    assert page.status == 200
    assert "__Host-" in page.headers["Set-Cookie"]
    assert page.headers["Strict-Transport-Security"]
    assert page.headers["Content-Encoding"] is None
    assert form.status == 422  # read, and shown again: neither another host's nor another origin's


def test_the_nginx_of_the_docs_believes_no_header_of_the_browser(nginx_of_the_docs: DocumentedNginx) -> None:
    answer = nginx_of_the_docs.ask("GET", "/sign-in", X_Forwarded_Host="evil.example.com", X_Forwarded_Proto="http")

    assert answer.status == 200


def test_the_nginx_of_the_docs_lets_nobody_outside_try_app_specific_passwords(
    nginx_of_the_docs: DocumentedNginx,
) -> None:
    answers = [nginx_of_the_docs.ask("GET", path).status for path in ("/auth/basic/mail", "//auth/./basic/mail")]

    assert answers == [404, 404]


def test_the_nginx_of_the_docs_logs_no_address_with_a_secret(nginx_of_the_docs: DocumentedNginx) -> None:
    for place in ("invitation", "recovery", "recover", "reset", "address", "not-me"):
        nginx_of_the_docs.ask("GET", f"/{place}/a-secret")
    nginx_of_the_docs.ask("GET", "/sign-in")
    log = nginx_of_the_docs.folder / "access.log"

    # nginx writes a line after its answer, and in the order of the requests.
    end = time.monotonic() + 60
    while "/sign-in" not in log.read_text() and time.monotonic() < end:
        time.sleep(0.02)

    assert "/sign-in" in log.read_text()
    assert "a-secret" not in log.read_text()


def test_the_nginx_of_the_docs_sends_http_to_https(nginx_of_the_docs: DocumentedNginx) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", nginx_of_the_docs.plain)) as line:
        line.request("GET", "/security?x=1", headers={"Host": HOST})
        answer = line.getresponse()
        answer.read()

    assert answer.headers["Location"] == f"https://{HOST}/security?x=1"
