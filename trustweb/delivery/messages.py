"""The words of texts, calls and mails, in the account's language, without a request."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

from babel import dates
from babel.support import NullTranslations, Translations
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from trustweb import one_time_code
from trustweb.config import Config
from trustweb.delivery import hours
from trustweb.delivery.outbox import Leased, Notice
from trustweb.delivery.prompts import Prompt
from trustweb.journal import Entry
from trustweb.keys import KeyRing
from trustweb.models import PUSH_TO, LinkView
from trustweb.transports import Message

PACKAGE = Path(__file__).parent.parent
TRANSLATIONS = PACKAGE / "translations"
_MOST_TOLD = 3
_HARMLESS = frozenset({
    "device_trusted", "sign_in_failed_codes", "passwords_guessed", "sign_ins_denied", "account_kept",
    "backup_codes_low",
})  # fmt: skip
"""Events that take nothing away; whoever wants may cause many of them."""
_PLACES = {"prove": "address", "change": "address", "register": "invitation", "recover": "recover", "reset": "reset"}
"""Where a link to a mailbox leads. The mails of the other acts have none."""
_LINK_DIGITS = 32
_STOP_DIGITS = 20
"""Hexadecimal: 80 bits, which nobody guesses in the days that a link is good."""


def folder(name: str) -> Path:
    """``templates`` or ``plugins``: inside the package in a wheel, beside it in a checkout."""
    inside = PACKAGE / name
    return inside if inside.is_dir() else PACKAGE.parent / name


def languages() -> list[str]:
    return ["en", *sorted(path.parent.parent.name for path in TRANSLATIONS.glob("*/LC_MESSAGES/messages.mo"))]


# By the language, and the templates and catalogues as they were at the first message in it.
@lru_cache(maxsize=32)
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(folder("templates") / "messages"),
        extensions=["jinja2.ext.i18n"],
        undefined=StrictUndefined,
        auto_reload=False,
        autoescape=False,  # noqa: S701 - plain text for a phone, never HTML
        trim_blocks=True,
        lstrip_blocks=True,
    )
    translations: NullTranslations = Translations.load(TRANSLATIONS, [language])
    environment.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]
    return environment


def compose(config: Config, keys: KeyRing, leased: Leased) -> Message:
    """Put a message into words. Raises ValueError when the ring has lost the key of its code or its destination."""
    delivery, about = leased.delivery, leased.about
    message = partial(Message, language=delivery.language, deadline=delivery.deadline)
    if isinstance(about, Prompt):
        to = keys.open(PUSH_TO, about.sealed_destination).decode()
        key = f"{about.challenge.public_id}-{delivery.id}".replace("_", "-")
        subject, text = prompt_text(config, about, delivery.language)
        return message(kind="prompt", destination=to, text=text, code=None, idempotency_key=key, subject=subject)
    message = partial(message, destination=delivery.destination)
    if isinstance(about, Notice):
        account_id, seq = delivery.account_id or 0, delivery.from_seq or 0
        link = f"{config.origin}/not-me/{stop_word(keys, delivery.id, account_id, seq)}" if about.may_stop else ""
        subject, text = notice_text(config, delivery.method, about, delivery.language, link)
        key = f"notice-{account_id}-{seq}-{delivery.id}"
        return message(kind="notice", text=text, code=None, idempotency_key=key[:40], subject=subject)
    if isinstance(about, LinkView):
        subject, text = link_text(config, keys, about)
        key = f"link-{delivery.id}-{about.expires_at:%Y%m%d%H%M%S}"
        return message(kind="link", text=text, code=None, idempotency_key=key, subject=subject)
    code = one_time_code.derive(about, keys)
    text = code_text(config, method=delivery.method, purpose=about.purpose, code=code, language=delivery.language)
    key = f"{about.public_id}-{delivery.id}".replace("_", "-")
    return message(kind="code", text=text, code=code, idempotency_key=key)


def stop_word(keys: KeyRing, delivery_id: int, account_id: int, from_seq: int) -> str:
    """What the link of a notice says; short, for texts are. A delivery's number may be given away again, so it is
    not enough: of an account's journal no entry ever has the same number."""
    mac = keys.token("notice", f"{delivery_id} {account_id} {from_seq}")
    return f"{delivery_id}-{mac[:_STOP_DIGITS]}"


def link_word(keys: KeyRing, link: LinkView) -> str:
    """What a link to a mailbox says; never stored. Its row's number may be given away again, its moment is not."""
    bound = f"{link.id} {link.act} {link.account_id} {link.expires_at.isoformat()} {link.address}"
    mac = keys.token("mail link", bound)
    return f"{link.id}-{mac[:_LINK_DIGITS]}"


def link_text(config: Config, keys: KeyRing, link: LinkView) -> tuple[str, str]:
    """Subject and text of a mail that proves a mailbox, or that tells who has an account why they get no link."""
    place = _PLACES.get(link.act)
    url = f"{config.origin}/{place}/{link_word(keys, link)}" if place else ""
    template = _environment(link.language).get_template(f"mail_{link.act}.txt")
    return _mail(template.render(site=config.site_name, host=config.public_host, link=url, address=link.address))


def _mail(rendered: str) -> tuple[str, str]:
    """The first line of a mail's template is its subject."""
    subject, _, text = rendered.strip().partition("\n")
    return " ".join(subject.split()), text.strip() + "\n"


def code_text(config: Config, *, method: str, purpose: str, code: str, language: str) -> str:
    """The text of a message, or the words of a call: a line a pause, the digits apart."""
    template = _environment(language).get_template(f"code_{method}.txt")
    values = {"site": config.site_name, "host": config.public_host}
    return template.render(purpose=purpose, code=code, digits=", ".join(code), **values).strip()


def prompt_text(config: Config, prompt: Prompt, language: str) -> tuple[str, str]:
    """A title; and who asks, and where the page is that answers. No code: it is shown there, once it is allowed."""
    template = _environment(language).get_template("prompt_push.txt")
    values = {"site": config.site_name, "purpose": prompt.challenge.purpose, "link": f"{config.origin}/prompts"}
    who = " · ".join(filter(None, [prompt.browser, prompt.address]))
    title, _, text = template.render(who=who, **values).strip().partition("\n")
    return title, text


def notice_text(config: Config, method: str, notice: Notice, language: str, link: str) -> tuple[str, str]:
    """A mail's subject, and the text: what was changed, and what to do if that was somebody else."""
    entries = sorted(notice.entries, key=lambda each: each.event in _HARMLESS)  # or those would hide the others
    told = [_Told.of(each, language, notice.time_zone) for each in entries]
    template = _environment(language).get_template(f"notice_{method}.txt")
    values = {"site": config.site_name, "host": config.public_host, "link": link}
    text = template.render(told=told[:_MOST_TOLD], more=len(told[_MOST_TOLD:]), **values)
    if method == "email":
        return _mail(text)
    return "", text.strip() if method == "call" else " ".join(text.split())


@dataclass(frozen=True, slots=True)
class _Told:
    """A change, as a message says it."""

    event: str
    ending: str
    spoken: str
    when: str
    browser: str
    address: str
    """The new name of the account, for who had the old one; it was checked to be an address."""

    @classmethod
    def of(cls, entry: Entry, language: str, time_zone: str) -> _Told:
        ending = entry.details.get("number", "")[-2:]
        address = entry.details.get("label", "") if entry.event == "address_changed" else ""
        local = entry.at.astimezone(hours.zone(time_zone))
        locale = language.replace("-", "_")
        day = dates.format_skeleton("MMMd", local, locale=locale)
        when = f"{day}, {dates.format_time(local, 'short', locale=locale)}"
        return cls(entry.event, ending, " ".join(ending), when, entry.browser, address)
