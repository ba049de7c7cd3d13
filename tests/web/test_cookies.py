"""Our cookies among those of sibling domains, and from which origins a form may be sent."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.http_client import Visitor
from tests.support.kit import ALICE, MOBILE, PASSWORD, Kit
from tests.support.sign_in import enter_password
from trustweb.web.base import cookies

PARTED = [
    ("trustweb=1", ["1"]), ("x=2; trustweb=1; y=3", ["1"]), ("x=2;trustweb=1;y=3", ["1"]), ("trustweb=1;", ["1"]),
    ('x="a; trustweb=1; y=z"', ["1"]), ('x="a\\"; trustweb=1; y="', ["1"]), ('"; trustweb=1; "', ["1"]),
    ("trustweb=a=b==", ["a=b=="]), ('trustweb="1"', ['"1"']), ("trustweb=", [""]), ("trustweb", []), ("",
    []), (";;=;", []),
    ("trustweb=1; trustweb=2", ["1", "2"]), ("trustweb-browser=1; xtrustweb=2; Trustweb=3; trustweb =4", ["4"]),
    ("x=trustweb=1", []), ("x= ; \ttrustweb\t=\t1\t", ["1"]), ("x=\xff\xfe; trustweb=1", ["1"]), ("x=a,trustweb=2", []),
]  # fmt: skip
AROUND = [
    "{}", 'x="a; {}; y=z"', '"; {}', 'x="; {}', "x='a; {}; y=z'", 'x="a\\"; {}; y=\\"z"', "x=\xff; {}; \xfe",
    "=; {}; =",
    "; ;{};;", '{}; x="', "x=" + "a" * 3000 + "; {}",
]  # fmt: skip


@pytest.mark.parametrize(("header", "values"), PARTED)
def test_cookies_are_parted_at_semicolons_and_nothing_else(header: str, values: list[str]) -> None:
    assert cookies.values(header, "trustweb") == values


@given(st.text(alphabet='ab="\\, \t\x7f\xe9', max_size=30), st.text(alphabet='ab="\\, \t\x7f\xe9', max_size=30))
def test_what_stands_before_and_behind_ours_does_not_hide_it(before: str, behind: str) -> None:
    assert cookies.values(f"x={before}; trustweb=ours; y={behind}", "trustweb") == ["ours"]


def sent(visitor: Visitor, around: str, *first: str) -> dict[str, str]:
    """The browser's own cookies, and what siblings put around each of them."""
    jar = visitor._wire.client._cookies.values()  # type: ignore[union-attr]
    mine = [f"{each.key}={each.value}" for each in jar]
    return {"Cookie": "; ".join([*first, *(around.format(each) for each in mine)]).encode("utf-8").decode("latin-1")}


def ask(kit: Kit, path: str, headers: dict[str, str]) -> tuple[int, str | None]:
    answer = kit.app.test_client(use_cookies=False).get(path, base_url="http://localhost:8000", headers=headers)
    return answer.status_code, answer.headers.get("Location")


@pytest.mark.parametrize("around", AROUND)
def test_no_sibling_s_cookie_loses_the_session(kit: Kit, around: str) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = kit.signed_in()

    assert ask(kit, "/security", sent(visitor, around)) == (200, None)


@pytest.mark.parametrize("around", AROUND)
def test_nor_what_the_browser_is_to_the_account(kit: Kit, around: str) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = kit.signed_in().submit("Trust")

    headers = sent(visitor, around)
    page, poll = ask(kit, "/prompts", headers), ask(kit, "/prompts?shown=", headers | {"HX-Request": "true"})

    assert (page[0], poll[0]) == (200, 204)


@pytest.mark.parametrize("first", ["junk", "", '"', "a.b", "A" * 43, "x~" * 9])
def test_of_several_by_our_name_the_one_that_we_made_counts(kit: Kit, first: str) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = kit.signed_in()

    assert ask(kit, "/security", sent(visitor, "{}", f"trustweb={first}")) == (200, None)


OURS = "http://localhost:8000"
SITES = [None, "same-origin", "none", "same-site", "cross-site", "Same-Origin", ""]
ORIGINS = [None, OURS, "null", "https://evil.example", "http://localhost", "https://localhost:8000", OURS + "/", ""]
ACCEPTED = {
    (None, None), (None, OURS), ("none", None), ("none", OURS),
    ("same-origin", None), ("same-origin", OURS), ("same-origin", "null"),
}  # fmt: skip


@pytest.mark.parametrize(("site", "origin"), list(product(SITES, ORIGINS)))
def test_only_our_own_pages_post_here(kit: Kit, site: str | None, origin: str | None) -> None:
    said = {"Sec-Fetch-Site": site, "Origin": origin}
    headers = {name: value for name, value in said.items() if value is not None}

    answer = kit.app.test_client().post("/sign-in", base_url=OURS, headers=headers, data={"account": ALICE})

    assert answer.status_code == (422 if (site, origin) in ACCEPTED else 403)


def test_a_browser_that_hides_where_it_is_signs_in(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = kit.visitor()
    visitor._from_here = lambda _method: {"Origin": "null", "Sec-Fetch-Site": "same-origin"}  # type: ignore[method-assign]

    assert enter_password(kit, visitor=visitor, password=PASSWORD).path == "/sign-in/code"
