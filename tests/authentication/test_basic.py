"""``/auth/basic``: which requests of a proxy are answered with 200, and which are not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import unquote

import pytest
from sqlalchemy import update

from tests.support.kit import ALICE, BOB, MOBILE, OTHER_MOBILE, PASSWORD, Kit
from tests.support.programs import ask, basic, give
from tests.support.statements import executed
from trustweb import config
from trustweb.models import Account, AppPassword, Limit


@pytest.fixture
def account(kit: Kit) -> Account:
    return kit.account(numbers=(MOBILE,))


@pytest.fixture
def secret(kit: Kit, account: Account) -> str:
    return give(kit, account)


def table(kit: Kit, model: type) -> list:
    with kit.core.database.reading() as work:
        return work.db.query(model).all()


def test_a_right_one_is_let_in_by_the_accounts_name(kit: Kit, secret: str) -> None:
    answer = ask(kit, secret, "Alice@Example.COM ")

    assert answer.status_code == 200
    assert answer.headers["Remote-User"] == ALICE
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
    assert answer.data == b""


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PROPFIND", "REPORT", "OPTIONS"])
def test_whatever_the_program_does_the_answer_is_the_same(kit: Kit, secret: str, method: str) -> None:
    crossed = {"Origin": "https://evil.example", "Sec_Fetch_Site": "cross-site"}

    assert ask(kit, secret, method=method, **crossed).status_code == 200
    assert ask(kit, "wrong", method=method).status_code == 401


def test_what_is_wrong_gets_one_answer(kit: Kit, account: Account, secret: str) -> None:
    kit.account(BOB, numbers=(OTHER_MOBILE,))
    calendar = give(kit, account, "calendar", handle="c" * 8)
    answers = [
        ask(kit, "twap" + "0" * 28), ask(kit, secret[:-1] + "t"), ask(kit, ""), ask(kit, PASSWORD),
        ask(kit, secret, BOB), ask(kit, secret, "nobody@example.com"), ask(kit, secret, ""), ask(kit, calendar),
    ]  # fmt: skip

    assert all(each.headers.pop("X-Request-Id") for each in answers)
    assert {(each.status_code, each.data, tuple(each.headers)) for each in answers} == {
        (401, b"", tuple(answers[0].headers))
    }
    assert answers[0].headers["WWW-Authenticate"] == 'Basic realm="mail", charset="UTF-8"'
    assert ask(kit, calendar, service="calendar").status_code == 200


@pytest.mark.parametrize(
    "header", ["", "Basic", "Basic !", "Basic YQ", "Bearer YTpi", "Basic " + "YQ==", "Basic /////w=="]
)
def test_without_a_name_and_a_password_it_asks_for_them(kit: Kit, secret: str, header: str) -> None:
    answer = ask(kit, secret, Authorization=header)

    assert answer.status_code == 401
    assert "WWW-Authenticate" in answer.headers
    assert table(kit, Limit) == []


@pytest.mark.parametrize("user", ["jörg@bücher.example", "JÖRG@bücher.example", "jörg%40bücher.example"])
def test_programs_that_know_latin_1_only_are_understood(kit: Kit, user: str) -> None:
    secret = give(kit, kit.account("jörg@bücher.example", numbers=(MOBILE,)))

    assert ask(kit, secret, **basic(user, secret, "latin-1")).status_code == 200
    assert ask(kit, secret, **basic("jürg@bücher.example", secret, "latin-1")).status_code == 401


def test_names_are_utf_8_in_one_form(kit: Kit) -> None:
    secret = give(kit, kit.account("jos\u00e9@example.com", numbers=(MOBILE,)))

    answer = ask(kit, secret, "jose\u0301@example.com")

    assert answer.status_code == 200
    assert answer.headers["Remote-User"].encode("latin-1").decode() == "jos\u00e9@example.com"
    assert answer.headers["Remote-User-Encoded"] == "jos%C3%A9@example.com"


@pytest.mark.parametrize(
    ("name", "users"),
    [
        (ALICE, ["alice%40example.com", "Alice%40Example.COM", "%61lice@example.com", " alice%40example.com "]),
        ("jörg@bücher.example", ["j%C3%B6rg%40b%C3%BCcher.example", "J%c3%96RG@bücher.example",
        "jo%CC%88rg@bücher.example", "j%F6rg%40b%FCcher.example", "J%D6RG@bücher.example"]),
        ("a%40b@example.com", ["a%40b@example.com", "a%2540b%40example.com"]),
        ("50%40x@example.com", ["50%40x%40example.com", "50%2540x%40example.com", "50%40x@example.com"]),
        ("100%@example.com", ["100%%40example.com", "100%@example.com", "100%25%40example.com"]),
    ],
)  # fmt: skip
def test_programs_may_write_the_name_in_percent_encoding(kit: Kit, name: str, users: list[str]) -> None:
    secret = give(kit, kit.account(name, numbers=(MOBILE,)))

    answers = [ask(kit, secret, user) for user in users]

    assert [each.status_code for each in answers] == [200] * len(users)
    assert {unquote(each.headers["Remote-User-Encoded"]) for each in answers} == {name}
    assert all(each.headers["Remote-User-Encoded"].isascii() for each in answers)


@pytest.mark.parametrize(
    "user", ["alice%2540example.com", "alice%40", "%", "alice%40example.com%00", "bob%40example.com"]
)
def test_a_name_is_decoded_once_and_has_to_fit(kit: Kit, secret: str, user: str) -> None:
    kit.account(BOB, numbers=(OTHER_MOBILE,))

    assert ask(kit, secret, user).status_code == 401


def test_it_opens_no_page_and_no_page_opens_it(kit: Kit, secret: str) -> None:
    visitor = kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=secret)
    assert "The account or the password is not right." in visitor.text

    here = kit.app.test_client().get("/security", base_url="http://localhost:8000", headers=basic(ALICE, secret))

    assert here.headers["Location"] == "/sign-in"
    assert ask(kit, PASSWORD).status_code == 401


@pytest.mark.parametrize(
    ("change", "values"),
    [
        (AppPassword, {"revoked_at": config}), (AppPassword, {"service": "calendar"}), (AppPassword, {"account_id": 2}),
        (AppPassword, {"mac": "gone:00"}), (Account, {"disabled_at": config}), (Account, {"two_factor_since": None}),
    ],
)  # fmt: skip
def test_what_it_stands_on_must_be_there(kit: Kit, secret: str, change: type, values: dict) -> None:
    kit.account(BOB, numbers=(OTHER_MOBILE,))
    with kit.core.database.writing() as work:
        moments = {name: work.now if value is config else value for name, value in values.items()}
        work.db.execute(update(change).where(change.id == 1).values(**moments))  # type: ignore[attr-defined]

    assert ask(kit, secret).status_code == ask(kit, secret, BOB).status_code == 401
    assert ask(kit, secret, service="calendar").status_code == 401


@pytest.mark.parametrize("service", ["", "door", "Mail", "mail/", "mail/x", "../mail"])
def test_a_service_that_is_not_there_is_404(kit: Kit, secret: str, service: str) -> None:
    assert ask(kit, secret, service=service).status_code == 404


@pytest.mark.parametrize(
    ("peer", "status"),
    [
        ("127.0.0.1", 200), ("127.9.9.9", 200), ("::1", 200), ("::ffff:127.0.0.1", 200),
        ("192.0.2.7", 403), ("2001:db8::1", 403), ("", 403), ("unix:", 403),
        ("64:ff9b::7f00:1", 403), ("2002:7f00:1::", 403), ("::127.0.0.1", 403), ("[::1]", 403),
    ],
)  # fmt: skip
def test_only_trusted_peers_may_ask(kit: Kit, secret: str, peer: str, status: int) -> None:
    assert ask(kit, secret, peer=peer).status_code == status


def test_the_peers_are_the_operators(make_kit: Callable[..., Kit]) -> None:
    kit = make_kit(TRUSTWEB_TRUSTED_PEERS="10.0.0.0/8, 2001:db8::/32")
    secret = give(kit, kit.account(numbers=(MOBILE,)))

    asked = {peer: ask(kit, secret, peer=peer).status_code for peer in ("10.1.2.3", "2001:db8::7", "127.0.0.1")}

    assert list(asked.values()) == [200, 200, 403]


def test_a_forwarded_address_makes_no_peer(make_kit: Callable[..., Kit]) -> None:
    kit = make_kit(TRUSTWEB_TRUSTED_PROXIES="1")
    secret = give(kit, kit.account(numbers=(MOBILE,)))

    assert ask(kit, secret, peer="192.0.2.7", X_Forwarded_For="127.0.0.1").status_code == 403
    assert ask(kit, secret, peer="127.0.0.1", X_Forwarded_For="192.0.2.7").status_code == 200


def test_the_last_use_is_noted_every_five_minutes(kit: Kit, secret: str) -> None:
    noted = []
    for minutes in (0, 3, 3):
        kit.clock.forward(minutes=minutes)
        ask(kit, secret, X_Forwarded_For="203.0.113.9, 192.0.2.1")
        noted.append(table(kit, AppPassword)[0].last_used_at - kit.clock.now)

    assert noted == [timedelta(0), timedelta(minutes=-3), timedelta(0)]
    assert table(kit, AppPassword)[0].last_address == "192.0.2.1"


def test_a_right_one_costs_one_look_by_an_index(kit: Kit, secret: str) -> None:
    ask(kit, secret)

    with executed(kit.core.database) as statements:
        ask(kit, secret)

    assert len(statements) == 1
    sql = statements[0].sql
    with kit.core.database.reading() as work:
        plan = work.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", ("",) * sql.count("?"))
        assert all("SEARCH" in each.detail for each in plan)


def test_a_full_disk_keeps_no_program_out(kit: Kit, secret: str) -> None:
    with kit.core.database.writing() as work:
        work.connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE UPDATE ON app_password BEGIN SELECT RAISE(ABORT, 'disk is full'); END"
        )
    answer = ask(kit, secret)
    with kit.core.database.writing() as work:
        work.connection.exec_driver_sql("DROP TRIGGER full")

    assert answer.status_code == 200
    assert table(kit, AppPassword)[0].last_used_at is None


def test_a_database_that_refuses_is_503(kit: Kit, secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(kit, secret)
    with kit.core.database.writing() as work:
        work.connection.exec_driver_sql("ALTER TABLE app_password RENAME TO gone")
    answer = ask(kit, secret)
    with kit.core.database.writing() as work:
        work.connection.exec_driver_sql("ALTER TABLE gone RENAME TO app_password")

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
