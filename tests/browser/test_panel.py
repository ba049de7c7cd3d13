"""The panel for adding a number: focus, keyboard, live region, double clicks, Back and reload."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, ViewportSize, expect
from sqlalchemy import delete, update

from tests.support.carrier import Carrier
from tests.support.person import Person
from tests.support.site import Site
from tests.support.story import GERMAN, MASKED, MOBILE, US, Story, invitation, let_the_cool_down_pass, writing
from trustweb.models import Challenge, Factor

# Many tests share one site, and all of them add numbers to it.
PATIENCE = {"TRUSTWEB_UNPROVED_SENDS": "20/86400", "TRUSTWEB_ACCOUNT_SENDS": "99/3600", "TRUSTWEB_MAX_NUMBERS": "50"}
UNUSUAL, INTERNET = "01632 960123", "056 1234 5678"  # one that is kept for films, and the library's example
ADD = "Add a Trusted Phone Number"


@pytest.fixture(scope="module")
def site(carrier: Carrier, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("panel") / "instance", carrier.settings | PATIENCE) as site:
        yield site


@pytest.fixture(scope="module")
def cookies(site: Site, carrier: Carrier, chromium: Browser) -> object:
    """Cookies of a browser that is signed in to an account with one number."""
    person = Person(chromium, site.url)
    story = Story(person, carrier)
    story.sets_up(invitation(site))
    story.adds_the_first_number()
    story.adds_a_fixed_line()
    state = person.context.storage_state()
    person.leaves()
    return state


@pytest.fixture(autouse=True)
def as_new(site: Site, carrier: Carrier, cookies: object) -> None:
    """Delete what the test before has left: its messages, its code, its number."""
    carrier.forget()
    with writing(site) as work:
        work.db.execute(update(Challenge).values(ended_at=work.now))
        work.db.execute(delete(Factor).where(Factor.label == ""))


@pytest.fixture
def story(site: Site, carrier: Carrier, chromium: Browser, cookies: object) -> Iterator[Story]:
    person = Person(chromium, site.url, state=cookies)
    person.opens("/security/numbers")
    yield Story(person, carrier)
    assert not person.errors
    person.leaves()


def walks_to(person: Person, wanted: Locator, key: str = "", most: int = 40) -> None:
    """Move the focus there by Tab, and press a key."""
    expect(wanted).to_be_visible()
    for _ in range(most):
        if wanted.evaluate("e => e === document.activeElement"):
            person.page.keyboard.press(key) if key else None
            return
        person.page.keyboard.press("Tab")
    pytest.fail(f"{most} times Tab do not lead to {wanted}")


def waits_for_a_code(story: Story, number: str = "+49 1512 3456789") -> None:
    story.person.presses(ADD)
    story.asks_for_a_code(number)
    expect(story.person.field("Verification Code")).to_be_focused()


def is_delivered(story: Story, word: str = "Delivered") -> None:
    trail = story.person.page.locator("#code-status")
    expect(trail.locator(".done")).to_have_count(3, timeout=15_000)
    expect(trail).to_contain_text(word)


def cancels(story: Story) -> None:
    story.person.presses("Cancel")
    expect(story.person.button(ADD)).to_be_focused()


def test_focus_goes_into_the_panel_and_back_to_its_button(story: Story) -> None:
    person = story.person
    person.presses(ADD)

    expect(person.page.get_by_role("heading", name=ADD)).to_be_focused()
    cancels(story)
    waits_for_a_code(story)
    cancels(story)


@pytest.mark.parametrize("act", ["Change %(number)s", "Remove %(number)s"])
def test_focus_comes_back_to_the_number_whose_panel_is_cancelled(story: Story, act: str) -> None:
    trigger = story.person.button(act, number=MASKED[MOBILE])
    trigger.click()

    expect(story.person.page.locator(".panel h3")).to_be_focused()
    story.person.presses("Cancel")
    expect(trigger).to_be_focused()


def test_focus_is_not_lost_between_edit_and_done(story: Story) -> None:
    story.person.presses("Done")
    expect(story.person.button("Edit")).to_be_focused()
    story.person.page.keyboard.press("Enter")

    expect(story.person.button("Done")).to_be_focused()


def test_a_number_is_added_and_removed_by_keyboard_alone(story: Story) -> None:
    person, keyboard = story.person, story.person.page.keyboard
    person.opens("/security")
    walks_to(person, person.button("Edit"), "Enter")
    walks_to(person, person.button(ADD), "Space")
    walks_to(person, person.field("Phone Number"))
    keyboard.type("+4915123456789")
    walks_to(person, person.button("Continue"), "Enter")
    expect(person.field("Verification Code")).to_be_focused()  # the message may be there before the page is
    keyboard.type(story.code(GERMAN))
    keyboard.press("Enter")
    expect(person.button(ADD)).to_be_focused()
    walks_to(person, person.button("Remove %(number)s", number=MASKED[GERMAN]), "Enter")
    walks_to(person, person.button("Remove"), "Space")

    expect(story.row(GERMAN)).to_have_count(0)


def test_what_changed_is_said_to_people_who_do_not_see(story: Story) -> None:
    region = story.person.page.locator("#said[role=status]").element_handle()
    waits_for_a_code(story)
    story.types(story.code(GERMAN))
    expect(story.row(GERMAN)).to_be_visible()

    assert region.inner_text() == "The number is verified and in your list."
    story.removes(GERMAN)
    assert region.inner_text() == "The number is removed. It gets no codes any more."


def test_a_double_click_on_continue_sends_one_message(story: Story) -> None:
    story.person.presses(ADD)
    story.person.fills(Phone_Number="+49 1512 3456789")
    story.person.button("Continue").dblclick()
    is_delivered(story)

    assert len(story.carrier.texts) == 1


def test_a_double_click_without_javascript_sends_one_message(
    site: Site, chromium: Browser, carrier: Carrier, cookies: object
) -> None:
    story = Story(Person(chromium, site.url, state=cookies, javascript=False), carrier)
    story.person.opens("/security/numbers/add")
    story.person.fills(Phone_Number="+49 1512 3456789")
    story.person.button("Continue").dblclick()
    expect(story.person.field("Verification Code")).to_be_visible()

    assert story.code(GERMAN)
    assert len(carrier.texts) == 1
    story.person.leaves()


def test_reload_and_back_while_a_code_is_awaited_send_nothing(story: Story) -> None:
    page = story.person.page
    waits_for_a_code(story)
    page.reload()
    expect(story.person.field("Verification Code")).to_be_visible()
    page.go_back()
    expect(story.person.field("Phone Number")).to_be_visible()
    page.go_forward()
    is_delivered(story)
    story.types(story.code(GERMAN))

    expect(story.row(GERMAN)).to_be_visible()
    assert len(story.carrier.texts) == 1


def test_a_mistyped_number_is_corrected_while_its_code_is_awaited(story: Story) -> None:
    waits_for_a_code(story, "+1 201 555 0123")
    story.person.presses("Wrong number?")
    expect(story.person.field("Phone Number")).to_have_value("(201) 555-0123")
    story.asks_for_a_code("+49 1512 3456789")
    story.types(story.code(GERMAN))

    expect(story.row(GERMAN)).to_be_visible()
    expect(story.row(US)).to_have_count(0)


def test_a_failed_text_is_said_with_the_next_step(site: Site, story: Story) -> None:
    story.carrier.fault("text", "refuse:15", times=1)
    story.person.presses(ADD)
    # Not by waits_for_a_code: the refusal may be here before the field is.
    story.asks_for_a_code("+49 1512 3456789")

    story.person.sees("The message could not be sent.")
    let_the_cool_down_pass(site)
    story.person.page.reload()
    story.person.presses("Call me")
    is_delivered(story, "Answered")


@pytest.mark.parametrize("typed", [UNUSUAL, INTERNET])
def test_a_warning_is_sound_and_sends_nothing(story: Story, typed: str) -> None:
    story.person.presses(ADD)
    with story.person.mistake():
        story.asks_for_a_code(typed)
        expect(story.person.button("Send anyway")).to_be_visible()

    story.person.looks_by_day_and_night()
    cancels(story)
    assert not story.carrier.texts


@pytest.mark.parametrize("path", ["/nothing", "/invitation/spent", "/security/password"])
def test_the_pages_beside_the_story_are_sound(story: Story, path: str) -> None:
    with story.person.mistake():
        story.person.opens(path)

        story.person.looks_by_day_and_night()


@pytest.mark.parametrize("size", [{"width": 1280, "height": 640}, {"width": 360, "height": 640}])
def test_what_gets_the_focus_is_seen_with_what_belongs_to_it(story: Story, size: ViewportSize) -> None:
    person, page = story.person, story.person.page
    page.set_viewport_size(size)
    person.presses("Remove %(name)s", name=MASKED[MOBILE])
    expect(page.get_by_role("button", name="Remove", exact=True)).to_be_in_viewport()
    person.presses("Cancel")

    person.presses(ADD)
    person.fills(Phone_Number="999")
    with person.mistake():
        person.presses("Continue")
        expect(page.locator("#problem")).to_be_in_viewport()
        expect(person.field("Phone Number")).to_be_in_viewport()
