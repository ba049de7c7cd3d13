"""The docs are true: settings, commands, links and code in them exist and work."""

import hashlib
import hmac
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import click
import pytest

from tests.docs import settings_page
from tests.support.kit import ALICE, MOBILE, PASSWORD, Kit
from tests.support.markdown import blocks
from tests.support.paths import DOCS, RECORDING, ROOT
from tests.support.processes import serving
from trustweb import cli, config
from trustweb.models import factor

PAGES = [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md"))]
by_name = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def shell(page: Path) -> str:
    """Everything that a page tells people to type, without remarks."""
    return re.sub(r"(^|\s)#.*", "", "\n".join(blocks(page, "sh")))


def commands(group: click.Group, path: tuple[str, ...] = ("trustweb",)) -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield " ".join((*path, name))


def slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_the_page_of_settings_is_what_the_code_says() -> None:
    assert settings_page.TARGET.read_text("utf-8") == settings_page.page(), "run python -m tests.docs"


@by_name
def test_every_setting_that_is_named_exists(page: Path) -> None:
    known = {config.variable(each) for each in config.settings()}
    known |= {setting.name for each in settings_page.transports() for setting in each.settings}
    named = set(re.findall(r"\b(?:TRUSTWEB|VONAGE)_[A-Z_0-9]+", page.read_text("utf-8")))

    assert {name for name in named if name.removesuffix("_FILE") not in known and name not in known} == set()


@by_name
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        path, _, heading = target.partition("#")
        if re.match(r"https?:", target):
            continue
        other = (page.parent / path).resolve() if path else page

        assert other.exists(), target
        if heading:
            assert heading in map(slug, re.findall(r"^#+ (.*)", other.read_text("utf-8"), re.M)), target


@by_name
def test_every_make_target_and_command_that_is_shown_exists(page: Path) -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    names = set(commands(cli.main))
    shown = re.findall(r"^(?:[A-Z_]+=\S+ )*make ([\w-]+)", shell(page), re.M)
    shown += re.findall(r"`(?:[A-Z_]+=\S+ )?make ([\w-]+)", page.read_text("utf-8"))

    assert set(shown) <= targets
    for line in re.findall(r"^(?:[\w./]*/)?trustweb (.*)", shell(page), re.M):
        assert any(f"trustweb {line} ".startswith(f"{name} ") for name in names), line


def test_every_command_is_explained_to_operators() -> None:
    folders = (ROOT / "docs" / "deploy", ROOT / "docs" / "services")
    pages = [ROOT / "docs" / "run-it.md", *(page for folder in folders for page in folder.glob("*.md"))]
    text = "".join(page.read_text("utf-8") for page in pages)

    assert [name for name in commands(cli.main) if name not in text] == []


def test_every_limit_stands_in_the_page_about_codes() -> None:
    text = (ROOT / "docs" / "how-codes-work.md").read_text("utf-8")
    limits = [config.variable(each) for each in config.settings() if each.type == "Rates"]

    assert [name for name in limits if name not in text] == []


KINDS = {
    "trusted_number": {"Password and a text message", "Password and a phone call"},
    "trusted_device": {
        "Password and a code shown on a trusted device",
        "Password in a trusted browser, without a code",
    },
    "passkey": {"Password and a security key without a PIN", "Passkey with finger, face or PIN, and no password"},
    "authenticator_app": {"Password and an authenticator app"},
    "mail_address": set(),
    "recovery_key": {"Password and the recovery key"},
    "backup_codes": {"Password and a backup code"},
}


def test_every_kind_of_factor_stands_in_the_table_of_what_they_are_worth() -> None:
    text = (ROOT / "docs" / "which-factor-is-worth-what.md").read_text("utf-8")
    kinds = {value for name, value in vars(factor).items() if name.isupper() and isinstance(value, str)}
    rows = re.findall(r"^\| (Pass.*?) \|", text, re.M)

    assert kinds == set(KINDS)
    assert set().union(*KINDS.values()) <= set(rows)


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "decisions").glob("*.md")), ids=lambda page: page.stem)
def test_a_decision_says_what_why_and_what_follows(page: Path) -> None:
    text = page.read_text("utf-8")

    assert re.findall(r"^## (.*)", text, re.M) == ["Context", "Decision", "Consequence"]
    assert text.startswith(f"# {int(page.name[:4])}. ")


EXAMPLE = ROOT / "docs" / "write-a-transport.md"


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """A folder of plugins: the example as the docs print it, and a recording phone for calls."""
    folder = tmp_path / "plugins"
    shutil.copytree(RECORDING, folder, ignore=shutil.ignore_patterns("__pycache__"))
    plugin, its_tests = blocks(EXAMPLE, "python")
    (folder / "example_carrier.py").write_text(plugin, "utf-8")
    (tmp_path / "test_example_carrier.py").write_text(its_tests, "utf-8")
    return folder


@contextmanager
def carrier() -> Iterator[tuple[str, list[dict[str, str]]]]:
    got: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"id": "message-1"}')

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server, serving(server):
        yield f"http://127.0.0.1:{server.server_port}/", got


@pytest.fixture
def make_example(make_kit: Callable[..., Kit], example: Path) -> Callable[[str], Kit]:
    def make(url: str) -> Kit:
        return make_kit(
            TRUSTWEB_PLUGINS=str(example),
            TRUSTWEB_TRANSPORTS="example_carrier",
            EXAMPLE_CARRIER_TOKEN="token",
            EXAMPLE_CARRIER_FROM="+12015550123",
            EXAMPLE_CARRIER_SECRET="secret",
            EXAMPLE_CARRIER_URL=url,
        )

    return make


def test_the_example_transport_carries_a_code(make_example: Callable[[str], Kit]) -> None:
    with carrier() as (url, got):
        kit = make_example(url)
        kit.account()
        person = kit.signed_in()
        person.get("/security/numbers/add")
        assert "Example Carrier" in person.text
        person.submit("Continue", country="United Kingdom (+44)", phone_number="07400 123456")
        kit.deliver()

        assert got[0]["to"] == MOBILE
        code = re.search(r"\d{6}", got[0]["text"])
        assert code
        person.submit("Continue", verification_code=code[0])
        assert "Two-factor authentication is on" in person.text


def test_the_example_transport_believes_signed_receipts_only(make_example: Callable[[str], Kit]) -> None:
    with carrier() as (url, _):
        kit = make_example(url)
        kit.account(numbers=(MOBILE,))
        person = kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)
        kit.deliver()
    report = {"status": "delivered", "time": kit.clock.now.timestamp(), "event_id": "e", "message_id": "message-1"}
    body = json.dumps(report).encode()
    right = hmac.new(b"secret", body, hashlib.sha256).hexdigest()
    posted = [
        kit.app.test_client().post(
            "/receipts/example_carrier", data=body, headers={"X-Signature": each}, base_url=kit.core.config.origin
        )
        for each in ("wrong", right)
    ]

    assert [answer.status_code for answer in posted] == [401, 204]
    assert 'class="todo"' not in person.get("/sign-in/code").body


def test_the_example_transport_passes_its_own_tests(example: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null", str(example.parent)]
    ran = subprocess.run(
        [*command, "--rootdir", str(example.parent)],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": f"{example}:{ROOT}", "PATH": "/usr/bin:/bin"},
    )

    assert ran.returncode == 0, ran.stdout
