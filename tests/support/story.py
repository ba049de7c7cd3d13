"""A person’s way from the set-up link to the second sign-in, by visible labels."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, expect
from sqlalchemy import update

from tests.support.carrier import Carrier
from tests.support.person import Person
from tests.support.site import Site
from trustweb import config, invitations, keys
from trustweb.database import Database
from trustweb.models import Challenge, SignInSession
from trustweb.work import Work

ALICE, PASSWORD = "alice@example.com", "correct horse battery"
MOBILE, FIXED, GERMAN, US = "+447400123456", "+442070313000", "+4915123456789", "+12015550123"
MASKED = {MOBILE: "+44 •••• ••••56", FIXED: "+44 •• •••• ••00", GERMAN: "+49 •••• •••••89", US: "+1 ••• ••• ••23"}
METHODS = {"text": "Text message", "call": "Phone call"}


@contextmanager
def writing(site: Site) -> Iterator[Work]:
    """Write to a site's database from here, as its commands do."""
    settings = config.load(site.environment)
    database = Database(settings, keys.load(settings))
    with database.writing() as work:
        yield work
    database.close()


# The links are made as the commands make them, without the time that a new process takes.
def set_up_link(site: Site) -> str:
    with writing(site) as work:
        return f"{site.url}/invitation/{invitations.make_set_up_link(work)}"


def invitation(site: Site) -> str:
    with writing(site) as work:
        return f"{site.url}/invitation/{invitations.make(work)}"


def let_the_proof_grow_old(site: Site) -> None:
    with writing(site) as work:
        work.db.execute(update(SignInSession).values(step_up_until=work.now))


def let_the_cool_down_pass(site: Site) -> None:
    with writing(site) as work:
        work.db.execute(update(Challenge).values(next_send_at=work.now))


class Story:
    def __init__(self, person: Person, carrier: Carrier) -> None:
        self.person, self.carrier = person, carrier
        self.read: Counter[tuple[str, str]] = Counter()

    def code(self, number: str, method: str = "text") -> str:
        """The code of the next message that comes to a phone."""
        self.read[number, method] += 1
        return self.carrier.wait_for(number, method, self.read[number, method], codes=True)[-1].code

    def sets_up(self, link: str, name: str = ALICE) -> None:
        person = self.person
        person.opens(link)
        person.sees("Your e-mail address.")
        person.fills(Account=name, Password=PASSWORD)
        person.presses("Continue")
        person.sees("Have more than one number")
        person.presses("Continue")
        person.sees("Add a Trusted Phone Number")
        if person.javascript:
            expect(person.page).not_to_have_url(re.compile(r"\?$"))

    def asks_for_a_code(self, typed: str, method: str = "text", label: str = "") -> None:
        person = self.person
        person.field("Country").select_option(label=f"{person.country('GB')} (+44)")
        person.fills(Phone_Number=typed, Label=label)
        person.picks(METHODS[method])
        person.presses("Continue")

    def types(self, code: str) -> None:
        self.person.fills(Verification_Code=code)
        self.person.presses("Continue")

    def mistypes(self, code: str) -> None:
        with self.person.mistake():
            self.types(f"{code[:5]}{(int(code[5]) + 1) % 10}")
            expect(self.person.page.get_by_role("alert")).to_contain_text("4")
            self.person.looks()

    def adds_the_first_number(self) -> None:
        self.asks_for_a_code("07400 123456", label="My phone")
        self.person.sees("Wrong number?")
        code = self.code(MOBILE)
        self.mistypes(code)
        self.types(code)
        self.person.sees("The number is verified. Two-factor authentication is on.")
        self.person.sees("Only one number.")

    def adds_a_fixed_line(self) -> None:
        person = self.person
        person.presses("Add a Trusted Phone Number")
        person.sees("Verify with")
        with person.mistake():
            self.asks_for_a_code("(020) 7031 3000", "text", "Home")
            expect(person.page.get_by_role("alert")).to_be_visible()
            person.looks()
        person.picks("Phone call")
        person.presses("Continue")
        person.sees("Wrong number?")
        self.types(self.code(FIXED, "call"))
        person.sees("The number is verified and in your list.")

    def adds_a_pasted_number(self) -> None:
        self.person.presses("Add a Trusted Phone Number")
        expect(self.person.field("Phone Number")).to_be_visible()
        self.asks_for_a_code("+49 1512 3456789")
        self.types(self.code(GERMAN))
        self.person.sees("The number is verified and in your list.")

    def changes_the_first_number(self) -> None:
        person = self.person
        person.presses("Change %(name)s", name=MASKED[MOBILE])
        person.sees("How codes come")
        person.fills(Label="Work phone")
        person.picks("Phone call")
        person.presses("Save")
        person.sees("The change is saved.")
        expect(self.row(MOBILE)).to_contain_text("Work phone")
        expect(self.row(MOBILE)).to_contain_text(person.words("phone call"))

    def row(self, number: str) -> Locator:
        return (
            self.person.page.locator("#trusted-numbers .enrolled")
            .get_by_role("listitem")
            .filter(has_text=MASKED[number])
        )

    def removes(self, number: str) -> None:
        person = self.person
        person.presses("Remove %(name)s", name=MASKED[number])
        person.sees("Remove %(name)s?", name=MASKED[number])
        person.presses("Cancel")
        expect(self.row(number)).to_be_visible()
        person.presses("Remove %(name)s", name=MASKED[number])
        person.presses("Remove")
        expect(self.row(number)).to_have_count(0)
        person.looks()

    def signs_out(self) -> None:
        self.person.presses("Sign out")
        self.person.sees("You are signed out.")

    def gives_the_password(self, name: str = ALICE) -> None:
        self.person.fills(Account=name, Password=PASSWORD)
        self.person.presses("Sign In")

    def signs_in(self, number: str, method: str, name: str = ALICE) -> None:
        person = self.person
        self.gives_the_password(name)
        self.proves(number, method)
        person.sees("Trusted Phone Numbers")

    def proves(self, number: str, method: str) -> None:
        person = self.person
        where = "Text me at %(number)s" if method == "text" else "Call me at %(number)s"
        expect(person.button(where, number=MASKED[number])).to_be_visible()
        person.looks()
        person.presses(where, number=MASKED[number])
        expect(person.field("Verification Code")).to_be_visible()
        person.looks()
        self.types(self.code(number, method))

    def proves_it_again_later(self, site: Site) -> None:
        """A change long after the sign-in wants a fresh code, and then goes on by itself."""
        person = self.person
        let_the_proof_grow_old(site)
        person.presses("Edit")
        person.presses("Change %(name)s", name=MASKED[FIXED])
        person.fills(Label="Parents")
        person.presses("Save")
        self.proves(MOBILE, "text")
        expect(self.row(FIXED)).to_contain_text("Parents")
        person.presses("Done")
        person.sees("Edit")

    def is_told(self, site: Site) -> None:
        self.sets_up(set_up_link(site))
        self.adds_the_first_number()
        self.adds_a_fixed_line()
        self.adds_a_pasted_number()
        self.changes_the_first_number()
        self.removes(GERMAN)
        self.person.presses("Done")
        self.person.sees("Edit")
        self.signs_out()
        self.signs_in(MOBILE, "text")
        self.signs_out()
        self.signs_in(FIXED, "call")
        self.proves_it_again_later(site)
        self.signs_out()
        self.person.leaves()
