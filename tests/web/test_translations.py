"""Every language is complete, and each person gets theirs: on the page, in a text, in a call."""

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

from tests.support.kit import Kit
from tests.support.paths import ROOT
from trustweb.delivery.messages import TRANSLATIONS, code_text, languages
from trustweb.web.base import language

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
    """The text of a template without Jinja’s tags."""

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
