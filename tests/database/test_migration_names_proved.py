"""The same migration ends proofs that were made through another domain’s mailbox, on both databases."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from sqlalchemy import TextClause, text

from tests.support.old_database import INSERT_PERSON, OldNames

WHEN = "'2026-03-12 09:00:00'"
FACTOR = text(f"""INSERT INTO factor (id, public_id, account_id, kind, label, added_at, trusted_from, fails_in_row)
    VALUES (:id, :word, :id, :kind, '', {WHEN}, {WHEN}, 0)""")
LINK = text(f"""INSERT INTO mail_link (id, act, address, language, created_at, expires_at)
    VALUES (:id, 'register', :name, 'en', {WHEN}, {WHEN})""")
INVITATION = text(f"""INSERT INTO invitation (id, token_hash, name, role, set_up, by_mail, created_at)
    VALUES (:id, :word, :name, 'person', :no, :by_mail, {WHEN})""")
ELSEWHERE = ["anna@straße.example", "x@οδός.example", "x@faß.DE", "x@www.οδος.example"]
THE_SAME = [
    "anna@strasse.example", "anna@xn--strae-oqa.example", "x@bücher.example", "X@BÜCHER.ORG", "ß@example.com",
    "anna@例え.example", "b@bu\u0308ro.example", "anna@σοφια.example",
]  # fmt: skip
HOW_MANY_ARE_LEFT = {
    FACTOR: "SELECT count(*) FROM factor WHERE removed_at IS NULL",
    LINK: "SELECT count(*) FROM mail_link WHERE ended_at IS NULL",
    INVITATION: "SELECT count(*) FROM invitation",
}


def put(old: OldNames, statement: TextClause, names: Iterable[str], **more: object) -> None:
    with old.engine.begin() as connection:
        for at, name in enumerate(names, 1):
            row = {"id": at, "word": f"{at}", "name": name, "key": name, "created": "2026-03-12 09:00:00", "no": False}
            connection.execute(statement, {each: (row | more)[each] for each in statement.compile().params})


def left(old: OldNames, statement: TextClause) -> int:
    old.upgraded()
    with old.engine.connect() as connection:
        return int(connection.execute(text(HOW_MANY_ARE_LEFT[statement])).scalar_one())


@pytest.mark.parametrize(("names", "stays"), [(ELSEWHERE, False), (THE_SAME, True)], ids=["elsewhere", "same"])
def test_what_another_domain_confirmed_is_not_confirmed(old: OldNames, names: list[str], stays: bool) -> None:
    put(old, INSERT_PERSON, names)
    put(old, FACTOR, names, kind="mail_address")

    assert left(old, FACTOR) == (len(names) if stays else 0)


def test_other_factors_stay(old: OldNames) -> None:
    put(old, INSERT_PERSON, ELSEWHERE)
    put(old, FACTOR, ELSEWHERE, kind="trusted_number")

    assert left(old, FACTOR) == len(ELSEWHERE)


@pytest.mark.parametrize(("names", "stays"), [(ELSEWHERE, False), (THE_SAME, True)], ids=["elsewhere", "same"])
def test_a_link_that_went_to_another_domain_is_dead(old: OldNames, names: list[str], stays: bool) -> None:
    put(old, LINK, names)

    assert left(old, LINK) == (len(names) if stays else 0)


@pytest.mark.parametrize(("by_mail", "count"), [(True, 0), (False, len(ELSEWHERE))])
def test_so_is_the_invitation_in_it_but_not_one_by_the_operator(old: OldNames, by_mail: bool, count: int) -> None:
    put(old, INVITATION, ELSEWHERE, by_mail=by_mail)

    assert left(old, INVITATION) == count


def test_both_are_said(old: OldNames, capsys: pytest.CaptureFixture[str]) -> None:
    put(old, INSERT_PERSON, ELSEWHERE[:1])
    put(old, FACTOR, ELSEWHERE[:1], kind="mail_address")
    put(old, LINK, ELSEWHERE)
    left(old, LINK)

    said = capsys.readouterr().err
    assert "Links that went to other domains than they are for are not good any more: 4." in said
    assert (
        "anna@straße.example (account 1) was confirmed in the mailbox anna@strasse.example, which may be somebody "
        "else's: it is not confirmed any more."
    ) in said
