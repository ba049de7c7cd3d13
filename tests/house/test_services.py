"""The parts that the tests use, by themselves: servers, browser, visitor."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis as redis_client
import sqlalchemy
from flask import Flask, Response, redirect, request
from playwright.sync_api import Browser
from werkzeug.serving import make_server

from tests.support import machine
from tests.support.http_client import Hop, Visitor
from tests.support.processes import free_port, serving
from tests.support.services import Nginx, Postgres, Redis

ADD = """
<section id="numbers">
  <h2>Numbers</h2><p hidden>{unseen}</p>{news}
  <form action="/add" method="post" hx-post="/add" hx-target="#numbers" hx-swap="outerHTML">
    <input type="hidden" name="csrf_token" value="t0ken">
    <label for="n">Phone Number</label> <input id="n" name="number" value="{typed}">
    <label>Country <select name="region"><option value="CA">Canada<option value="GB">Britain</select></label>
    <fieldset><legend>Verify with</legend>
      <label><input type="radio" name="method" value="text" checked> Text message</label>
      <label><input type="radio" name="method" value="call"> Phone call</label>
    </fieldset>
    <button name="act" value="go">Continue</button>
    <button name="act" value="no" aria-label="Remove +44 •••• ••12"><span aria-hidden="true">×</span></button>
  </form>
</section>
"""


def small_site() -> Flask:
    app = Flask("small")
    sent: list[dict[str, str]] = []

    @app.get("/")
    def page() -> str:
        news = f"<p>{sent[-1]}</p>" if sent else ""
        return f"<html><title>Small</title><body><nav>Menu</nav>{ADD.format(unseen='no', news=news, typed='')}"

    @app.post("/add")
    def add() -> Response | tuple[str, int]:
        if request.headers.get("Origin") != request.host_url.rstrip("/") or "number" not in request.form:
            return ADD.format(unseen="", news="Forged", typed=""), 400
        if not request.form["number"].isdigit():
            return ADD.format(unseen="", news="Digits only", typed=request.form["number"]), 422
        sent.append(request.form.to_dict())
        return redirect("/", code=303)  # type: ignore[return-value]

    @app.get("/who")
    def who() -> dict[str, str]:
        return dict(request.headers.items())

    return app


@pytest.fixture
def port() -> Iterator[int]:
    with make_server("127.0.0.1", free_port(), small_site(), threaded=True) as server, serving(server):
        yield server.port


@pytest.fixture(params=["sockets", "in process"])
def visitor(request: pytest.FixtureRequest) -> Visitor:
    if request.param == "in process":
        return Visitor(client=small_site().test_client()).get("/")
    return Visitor(f"http://localhost:{request.getfixturevalue('port')}").get("/")


def test_postgres_answers_in_a_database_of_ones_own(postgres: Postgres) -> None:
    first, second = postgres.new_database(), postgres.new_database()
    engine = sqlalchemy.create_engine(first)
    with engine.connect() as connection:
        one = connection.scalar(sqlalchemy.text("SELECT 1"))
    engine.dispose()

    assert one == 1
    assert first != second


def test_redis_answers_and_a_new_database_is_empty(redis: Redis) -> None:
    with redis_client.Redis.from_url(redis.new_database()) as client:
        assert client.ping()
        client.set("left", "behind")

    with redis_client.Redis.from_url(redis.new_database()) as client:
        assert client.dbsize() == 0


def test_nginx_serves_tls_and_says_whom_it_speaks_for(nginx: Callable[[int], Nginx], port: int) -> None:
    proxy = nginx(port)

    seen = Visitor(proxy.url, verify=proxy.certificate).get("/who").answer.body

    assert f'"Host":"localhost:{proxy.port}"' in seen
    assert '"X-Forwarded-Proto":"https"' in seen
    assert '"X-Forwarded-For":"127.0.0.1"' in seen


def test_chromium_opens_a_page_of_this_machine(chromium: Browser, port: int) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"http://localhost:{port}/")

    assert page.get_by_role("button", name="Remove +44 •••• ••12").is_visible()
    context.close()


def test_chromium_reaches_nothing_else(chromium: Browser) -> None:
    context = chromium.new_context()

    with pytest.raises(Exception, match="ERR_NAME_NOT_RESOLVED"):
        context.new_page().goto("http://example.org/")
    context.close()


def test_a_missing_program_fails_in_ci_and_skips_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no-such-program is not on this machine"):
        machine.require("no-such-program")

    monkeypatch.delenv("CI")
    with pytest.raises(pytest.skip.Exception, match="no-such-program is not on this machine"):
        machine.require("no-such-program")


def test_a_visitor_fills_in_a_form_by_its_labels(visitor: Visitor) -> None:
    visitor.submit("Continue", phone_number="123", country="Britain", verify_with="Phone call")

    assert "{'csrf_token': 't0ken', 'number': '123', 'region': 'GB', 'method': 'call', 'act': 'go'}" in visitor.text
    assert visitor.hops == [Hop("POST", "/add", 303), Hop("GET", "/", 200)]


def test_a_visitor_presses_a_button_by_its_accessible_name(visitor: Visitor) -> None:
    visitor.submit("Remove +44 •••• ••12", number="5")

    assert "'region': 'CA', 'method': 'text', 'act': 'no'" in visitor.text


def test_a_visitor_sees_only_what_is_shown(visitor: Visitor) -> None:
    assert visitor.title == "Small"
    assert visitor.text.startswith("Menu Numbers Phone Number Country Verify with Text message")


@pytest.mark.parametrize("fields", [{"fax": "1"}, {"country": "Atlantis"}])
def test_a_visitor_cannot_fill_in_what_is_not_there(visitor: Visitor, fields: dict[str, str]) -> None:
    with pytest.raises(AssertionError, match=r"Phone Number|Canada"):
        visitor.submit("Continue", **fields)


def test_a_visitor_names_the_buttons_when_none_fits(visitor: Visitor) -> None:
    with pytest.raises(AssertionError, match=r"0 forms fit 'Done'.*\n  a form to /add .*'Continue'"):
        visitor.submit("Done")


@pytest.mark.parametrize("htmx", [False, True])
def test_a_refusal_reads_the_same_with_and_without_htmx(htmx: bool) -> None:
    visitor = Visitor(client=small_site().test_client(), htmx=htmx).get("/")

    visitor.submit("Continue", phone_number="ten")

    assert visitor.status == 422
    assert "Digits only" in visitor.text
    assert visitor.value("Phone Number") == "ten"


def test_with_htmx_only_the_target_changes() -> None:
    visitor = Visitor(client=small_site().test_client(), htmx=True).get("/")

    visitor.submit("Continue", phone_number="ten")

    assert "Menu" in visitor.text
    assert "Menu" not in visitor.body
    assert visitor.path == "/"


def test_tabs_of_one_visitor_race_over_sockets(port: int) -> None:
    visitor = Visitor(f"http://localhost:{port}").get("/")
    tabs = [visitor.tab() for _ in range(16)]

    with ThreadPoolExecutor(16) as pool:
        done = list(pool.map(lambda tab: tab.submit("Continue", phone_number="1"), tabs))

    assert [tab.hops[0].status for tab in done] == [303] * 16
