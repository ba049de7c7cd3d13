"""Every language is complete, and people meet their own: on the page, in a text, in a call."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from string import ascii_letters, digits

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from sqlalchemy import update

from trustweb.delivery.messages import TRANSLATIONS, code_text, languages
from trustweb.models import Account
from trustweb.web import language

from .http_client import Visitor
from .kit import ALICE, FIXED, MOBILE, PASSWORD, Kit

ROOT = Path(__file__).parent.parent
PAGES = sorted((ROOT / "templates").rglob("*.html"))
TEXTS = sorted((ROOT / "templates" / "messages").glob("*.txt"))
POT = TRANSLATIONS / "messages.pot"
TRANSLATED = [tag for tag in languages() if tag != "en"]

# The same as in the Makefile's `translations`.
EXTRACT = (
    "-q extract -F babel.cfg -k translate -k translate_plural:1,2 --no-location --omit-header --sort-output --no-wrap"
)

JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
TRANS = re.compile(r"\{% trans.*?%\}.*?\{% endtrans %\}", re.DOTALL)
MARKED = re.compile(r'(?:\b_|gettext)\("[^"]*"|ngettext\("[^"]*", "[^"]*"')
SENTENCE = re.compile(r'"([A-Z][^"]* [^"]*)"')
READ_ALOUD = {"alt", "aria-description", "aria-label", "placeholder", "title"}
NOT_ENGLISH = {"alice@example.com", 'class="narrow"'}  # an example, and an attribute that a block adds

GSM_7 = set(ascii_letters + digits) | set("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà")


def po(tag: str) -> Catalog:
    return read_po((TRANSLATIONS / tag / "LC_MESSAGES" / "messages.po").read_text("utf-8").splitlines(True), locale=tag)


def messages(catalog: Catalog) -> list[Message]:
    return [message for message in catalog if message.id]


def forms(words: str | tuple[str, ...] | list[str]) -> list[str]:
    """One form of a sentence, or its singular and plurals."""
    return [words] if isinstance(words, str) else list(words)


def pairs(catalog: Catalog) -> dict[tuple[str, ...], list[str]]:
    return {tuple(forms(message.id)): forms(message.string) for message in messages(catalog)}


def holes(sentence: str) -> set[str]:
    """``%(name)s`` and the like; a lone per cent sign shows itself too."""
    return set(re.findall(r"%(?:\(\w+\).)?", sentence))


class Visible(HTMLParser):
    """What a template says by itself, when all that Jinja says is taken out."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.feed(JINJA.sub("", source))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.words += [value for name, value in attrs if name in READ_ALOUD and value]

    def handle_data(self, data: str) -> None:
        self.words.append(data.strip())


def unmarked(source: str) -> Iterator[str]:
    yield from (words for words in Visible(source).words if re.search(r"[^\W\d_]", words))
    for tag in JINJA.findall(source):
        if not tag.startswith("{#"):
            yield from SENTENCE.findall(MARKED.sub("", tag))


@pytest.fixture
def german(kit: Kit) -> Visitor:
    return Visitor(client=kit.app.test_client(), headers={"Accept-Language": "de-AT,de;q=0.8,en;q=0.5"})


def make_german(kit: Kit, account: Account) -> None:
    with kit.core.database.writing() as work:
        work.db.execute(update(Account).where(Account.id == account.id).values(language="de"))


def test_german_is_there() -> None:
    assert "de" in TRANSLATED


def test_extracting_again_finds_nothing_new(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "babel.messages.frontend", *EXTRACT.split(), "-o", tmp_path / "new.pot", "."]
    subprocess.run(command, cwd=ROOT, check=True)

    assert (tmp_path / "new.pot").read_text("utf-8") == POT.read_text("utf-8"), "run `make translations`"


@pytest.mark.parametrize("tag", TRANSLATED)
def test_a_language_has_every_message_and_no_other(tag: str) -> None:
    catalog = po(tag)
    template = read_po(POT.read_text("utf-8").splitlines(True))

    assert {message.id for message in messages(catalog)} == {message.id for message in messages(template)}
    assert not catalog.obsolete


@pytest.mark.parametrize("tag", TRANSLATED)
def test_every_message_is_translated_and_sure(tag: str) -> None:
    catalog = po(tag)

    unsure = [each.id for each in messages(catalog) if each.fuzzy or not all(forms(each.string))]
    plurals = {len(forms(each.string)) for each in messages(catalog) if each.pluralizable}

    assert not catalog.fuzzy
    assert unsure == []
    assert plurals == {catalog.num_plurals}


@pytest.mark.parametrize("tag", TRANSLATED)
def test_placeholders_are_the_same_on_both_sides(tag: str) -> None:
    for message in messages(po(tag)):
        one, many = forms(message.id)[0], forms(message.id)[-1]
        first, *others = forms(message.string)
        assert holes(first) in (holes(one), holes(many)), message.id
        assert all(holes(other) == holes(many) for other in others), message.id


@pytest.mark.parametrize("tag", TRANSLATED)
def test_the_compiled_catalog_is_that_of_the_source(tag: str) -> None:
    source = po(tag)
    with (TRANSLATIONS / tag / "LC_MESSAGES" / "messages.mo").open("rb") as file:
        compiled = read_mo(file)

    assert pairs(compiled) == pairs(source)
    assert compiled.plural_expr == source.plural_expr


def test_every_language_has_its_own_name() -> None:
    assert [tag for tag, name in language.choices() if name == tag] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_a_template_says_nothing_that_cannot_be_translated(path: Path) -> None:
    assert set(unmarked(path.read_text("utf-8"))) - NOT_ENGLISH == set()


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_a_message_says_nothing_that_cannot_be_translated(path: Path) -> None:
    left = JINJA.sub("", TRANS.sub("", path.read_text("utf-8")))

    assert re.findall(r"[^\W\d_]+", left) == []


@pytest.mark.parametrize(
    "source",
    [
        "<p>{{ _('Yes') }} Hello</p>",
        '<a title="Go home">×</a>',
        '{{ note("Something went wrong") }}',
        '{{ _("Yes") if ok else "Not now" }}',
    ],
)
def test_words_that_cannot_be_translated_are_found(source: str) -> None:
    assert list(unmarked(source))


@pytest.mark.parametrize("tag", languages())
def test_a_text_is_one_sms(kit: Kit, tag: str) -> None:
    text = code_text(kit.core.config, purpose="sign_in", method="text", code="123456", language=tag)

    assert len(text) <= (160 if set(text) <= GSM_7 else 70)


def test_a_german_browser_sees_the_sign_in_page_in_german(german: Visitor) -> None:
    german.get("/sign-in")

    assert '<html lang="de">' in german.body
    assert german.title.startswith("Anmelden")
    assert "Konto" in german.text
    assert german.buttons == ["Anmelden"]


def test_a_german_browser_is_refused_in_german(kit: Kit, german: Visitor) -> None:
    kit.account(numbers=(MOBILE,))

    german.get("/sign-in").submit("Anmelden", konto=ALICE, passwort="wrong")

    assert "Das Konto oder das Passwort ist nicht richtig." in german.text


def test_the_account_speaks_german_whatever_the_browser_asks_for(kit: Kit) -> None:
    make_german(kit, kit.account(numbers=(MOBILE,)))
    english = kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)

    english.submit("Weiter", bestätigungscode="not a code")
    assert "Ein Code hat sechs Ziffern." in english.text
    english.submit("Weiter", bestätigungscode=kit.code())

    assert english.title.startswith("Sicherheit")
    assert "Vertrauenswürdige Telefonnummern" in english.text
    assert "zuletzt verwendet am 12. März 2026" in english.text


def test_one_try_and_several_are_said_apart(kit: Kit) -> None:
    make_german(kit, kit.account(numbers=(MOBILE,)))
    visitor = kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)
    wrong = "111111" if kit.code() != "111111" else "222222"
    said = []

    for _ in range(4):
        visitor.submit("Weiter", bestätigungscode=wrong)
        said += re.findall(r"noch (\d Versuche?)\b", visitor.text)

    assert said == ["4 Versuche", "3 Versuche", "2 Versuche", "1 Versuch"]


def test_a_german_account_gets_its_text_in_german(kit: Kit) -> None:
    make_german(kit, kit.account(numbers=(MOBILE,)))
    kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)

    message = kit.messages(MOBILE)[-1]

    assert message.language == "de"
    assert message.text.startswith(f"{message.code} ist Ihr Bestätigungscode für Trustweb.")
    assert message.text.endswith(f"\n\n@localhost #{message.code}")


def test_a_german_account_is_called_in_german_and_hears_digits(kit: Kit) -> None:
    make_german(kit, kit.account(numbers=(FIXED,)))
    kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)

    message = kit.messages(FIXED)[-1]
    lines = [line for line in message.text.splitlines() if line]

    assert (message.language, len(lines)) == ("de", 5)
    assert lines[0] == "Hallo. Hier ist Trustweb mit Ihrem Bestätigungscode."
    assert lines[1] == f"Ihr Code lautet: {', '.join(message.code)}."
    assert message.text.count(", ".join(message.code)) == 3
    assert lines[-1].endswith("Auf Wiederhören.")
