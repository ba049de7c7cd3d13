"""The words of texts and calls, in the account's language, without a request."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from babel.support import NullTranslations, Translations
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from trustweb.config import Config

PACKAGE = Path(__file__).parent.parent
TRANSLATIONS = PACKAGE / "translations"


def folder(name: str) -> Path:
    """``templates`` or ``plugins``: inside the package in a wheel, beside it in a checkout."""
    inside = PACKAGE / name
    return inside if inside.is_dir() else PACKAGE.parent / name


def languages() -> list[str]:
    return ["en", *sorted(path.parent.parent.name for path in TRANSLATIONS.glob("*/LC_MESSAGES/messages.mo"))]


@lru_cache(maxsize=32)
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(folder("templates") / "messages"),
        extensions=["jinja2.ext.i18n"],
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - plain text for a phone, never HTML
        trim_blocks=True,
        lstrip_blocks=True,
    )
    translations: NullTranslations = Translations.load(TRANSLATIONS, [language])
    environment.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]
    return environment


def code_text(config: Config, *, method: str, purpose: str, code: str, language: str) -> str:
    """The text of a message, or the words of a call: a line a pause, the digits apart."""
    host = config.origin.partition("://")[2].partition(":")[0]
    template = _environment(language).get_template(f"code_{method}.txt")
    return template.render(site=config.site_name, purpose=purpose, code=code, digits=", ".join(code), host=host).strip()
