"""Rendering of texts, calls, mails and notifications in the account's language, outside of any request."""

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
from trustweb.delivery.prompts import PromptNotification
from trustweb.journal import Entry
from trustweb.keys import KeyRing
from trustweb.models import PUSH_TO, ChallengeView, LinkView
from trustweb.transports import Message

PACKAGE = Path(__file__).parent.parent
TRANSLATIONS = PACKAGE / "translations"
_MOST_TOLD = 3
_HARMLESS = frozenset({
    "device_trusted", "sign_in_failed_codes", "passwords_guessed", "sign_ins_denied", "account_kept",
    "backup_codes_low",
})  # fmt: skip
"""Events that take nothing away from the owner, and that somebody else may cause many times."""
_PLACES = {"prove": "address", "change": "address", "register": "invitation", "recover": "recover", "reset": "reset"}
"""The first part of a mail link's path, by act. The mails of the other acts have no link."""
_LINK_DIGITS = 32
_STOP_DIGITS = 20
"""Hexadecimal digits: 80 bits cannot be guessed in the days that a link is valid."""


def folder(name: str) -> Path:
    """Return the path of ``templates`` or ``plugins``: inside the package in a wheel, beside it in a checkout."""
    inside = PACKAGE / name
    return inside if inside.is_dir() else PACKAGE.parent / name


def languages() -> list[str]:
    """Return the tags of all languages with a compiled catalogue."""
    return ["en", *sorted(path.parent.parent.name for path in TRANSLATIONS.glob("*/LC_MESSAGES/messages.mo"))]


# Depends on the language, and on the templates and catalogues as they were at the first message in it.
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
    changes = (name for name in environment.list_templates() if name.startswith("changes/"))
    environment.globals["kinds"] = [environment.get_template(name).module for name in changes]
    return environment


def compose(config: Config, keys: KeyRing, leased: Leased) -> Message:
    """Render a message. Raises ValueError when the key ring lacks the key of its code or its destination."""
    delivery, about = leased.delivery, leased.about
    message = partial(Message, language=delivery.language, deadline=delivery.deadline)
    if isinstance(about, PromptNotification):
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
    assert isinstance(about, ChallengeView)  # apps are told by ``apps``, in a form of its own
    code = one_time_code.derive(about, keys)
    text = code_text(config, method=delivery.method, purpose=about.purpose, code=code, language=delivery.language)
    key = f"{about.public_id}-{delivery.id}".replace("_", "-")
    return message(kind="code", text=text, code=code, idempotency_key=key)


def stop_word(keys: KeyRing, delivery_id: int, account_id: int, from_seq: int) -> str:
    """Return the word in a notice's link, short enough for a text.

    The database may reuse a delivery's id, so its MAC also covers the number of a journal entry, which is never reused.
    """
    mac = keys.token("notice", f"{delivery_id} {account_id} {from_seq}")
    return f"{delivery_id}-{mac[:_STOP_DIGITS]}"


def link_word(keys: KeyRing, link: LinkView) -> str:
    """Return the word in a mail link, which is never stored.

    The database may reuse a row's id, so its MAC also covers the moment of expiry.
    """
    bound = f"{link.id} {link.act} {link.account_id} {link.expires_at.isoformat()} {link.address}"
    mac = keys.token("mail link", bound)
    return f"{link.id}-{mac[:_LINK_DIGITS]}"


def link_text(config: Config, keys: KeyRing, link: LinkView) -> tuple[str, str]:
    """Return subject and text of a mail with a link, or of one that tells an account's owner why there is none."""
    place = _PLACES.get(link.act)
    url = f"{config.origin}/{place}/{link_word(keys, link)}" if place else ""
    template = _environment(link.language).get_template(f"mail_{link.act}.txt")
    return _mail(template.render(site=config.site_name, host=config.public_host, link=url, address=link.address))


def _mail(rendered: str) -> tuple[str, str]:
    """Split a rendered mail into its subject, the first line, and its text."""
    subject, _, text = rendered.strip().partition("\n")
    return " ".join(subject.split()), text.strip() + "\n"


def code_text(config: Config, *, method: str, purpose: str, code: str, language: str) -> str:
    """Return the text of a message with a code. For a call: a pause after each line, the digits one by one."""
    template = _environment(language).get_template(f"code_{method}.txt")
    values = {"site": config.site_name, "host": config.public_host}
    return template.render(purpose=purpose, code=code, digits=", ".join(code), **values).strip()


def prompt_text(config: Config, prompt: PromptNotification, language: str) -> tuple[str, str]:
    """Return a notification's title, and its text: the browser that asks, and the URL of the page that answers.

    Without a code, which only that page shows, once the sign-in is allowed there.
    """
    template = _environment(language).get_template("prompt_push.txt")
    values = {"site": config.site_name, "purpose": prompt.challenge.purpose, "link": f"{config.origin}/prompts"}
    who = " · ".join(filter(None, [prompt.browser, prompt.address]))
    title, _, text = template.render(who=who, **values).strip().partition("\n")
    return title, text


def notice_text(config: Config, method: str, notice: Notice, language: str, link: str) -> tuple[str, str]:
    """Return a mail's subject ("" otherwise) and the text: the changes, and what to do if somebody else made them."""
    entries = sorted(notice.entries, key=lambda each: each.event in _HARMLESS)  # harmless ones must not hide the others
    told = [_Told.of(each, language, notice.time_zone) for each in entries]
    template = _environment(language).get_template(f"notice_{method}.txt")
    values = {"site": config.site_name, "host": config.public_host, "link": link}
    text = template.render(told=told[:_MOST_TOLD], more=len(told[_MOST_TOLD:]), **values)
    if method == "email":
        return _mail(text)
    return "", text.strip() if method == "call" else " ".join(text.split())


@dataclass(frozen=True, slots=True)
class _Told:
    """The values of a journal entry that a notice's template shows."""

    event: str
    ending: str
    spoken: str
    when: str
    browser: str
    address: str
    """The account's new name, for the owner of the old address. Nothing else is put in: it was checked to be one."""

    @classmethod
    def of(cls, entry: Entry, language: str, time_zone: str) -> _Told:
        ending = entry.details.get("number", "")[-2:]
        address = entry.details.get("label", "") if entry.event == "address_changed" else ""
        local = entry.at.astimezone(hours.zone(time_zone))
        locale = language.replace("-", "_")
        day = dates.format_skeleton("MMMd", local, locale=locale)
        when = f"{day}, {dates.format_time(local, 'short', locale=locale)}"
        return cls(entry.event, ending, " ".join(ending), when, entry.browser, address)
