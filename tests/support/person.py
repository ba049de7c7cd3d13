"""A person at a real browser, who finds things by their words; every page is checked for accessibility."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from babel import Locale
from babel.support import Translations
from playwright.sync_api import Browser, ConsoleMessage, Locator, Request, expect

from tests.support.paths import ROOT

TRANSLATIONS = ROOT / "trustweb" / "translations"
WIDTHS = (1280, 360, 320)
# Pages that axe has found good; a page is the same one when only its digits and tokens differ.
GOOD = set[tuple[str, int, str]]()

# Too wide, cut off, or too small for a finger. A link inside a sentence may be as high as its line.
MEASURE = """() => {
  const wrong = [], root = document.documentElement;
  const name = (e) => `${e.tagName} ${e.className} "${(e.ariaLabel || e.textContent).trim().slice(0, 40)}"`;
  const seen = (e) => e.checkVisibility({ visibilityProperty: true }) && !e.closest(".unseen, .skip, svg, option");
  if (root.scrollWidth > root.clientWidth) wrong.push(`the page scrolls sideways: ${root.scrollWidth} px`);
  for (const e of document.querySelectorAll("header *, main *")) {
    const edge = (e.closest(".card") || document.body).getBoundingClientRect().right;
    const right = e.getBoundingClientRect().right;
    if (seen(e) && right > edge + 1) wrong.push(`${name(e)} is cut off: ${right} > ${edge}`);
  }
  for (const e of document.querySelectorAll("a, button, input:not([type=hidden]), select, summary")) {
    if (!seen(e)) continue;
    const target = e.matches("[type=radio], [type=checkbox]") ? e.closest("label") : e;
    const { width, height } = target.getBoundingClientRect();
    if (getComputedStyle(e).display === "inline" && e.tagName === "A") continue;
    const least = e.matches(".link") ? 24 : 44;
    if (height < least - 0.5 || width < 24) wrong.push(`${name(e)} is ${width} x ${height} px`);
  }
  return wrong;
}"""


class Person:
    def __init__(
        self,
        browser: Browser,
        url: str,
        *,
        width: int = 1280,
        javascript: bool = True,
        scheme: str = "light",
        locale: str = "en-GB",
        state: Any = None,
    ) -> None:
        self.url, self.width, self.javascript, self.scheme = url, width, javascript, scheme
        self.context = browser.new_context(
            viewport={"width": width, "height": 900},
            java_script_enabled=javascript,
            color_scheme=scheme,
            locale=locale,
            timezone_id="Europe/London",
            reduced_motion="reduce",  # colours are measured, so nothing may be half faded in
            ignore_https_errors=True,
            storage_state=state,
        )
        self.context.set_default_timeout(10_000)
        self.page = self.context.new_page()
        self.errors: list[str] = []
        self.widths = [each for each in WIDTHS if each <= width]
        self.language = locale.partition("-")[0]
        self._translations = Translations.load(TRANSLATIONS, [self.language])
        self._clumsy = False
        self.page.on("console", self.heard)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", self._asked)

    def heard(self, message: ConsoleMessage) -> None:
        expected = self._clumsy and re.search("status of 4", message.text)
        if message.type in ("error", "warning") and not expected:
            self.errors.append(f"{message.text} ({message.location.get('url')})")

    def _asked(self, request: Request) -> None:
        if urlsplit(request.url).netloc != urlsplit(self.url).netloc:
            self.errors.append(f"asked another host for {request.url}")

    @contextmanager
    def mistake(self) -> Iterator[None]:
        """Do something that the site refuses; a browser calls such an answer an error."""
        self._clumsy = True
        yield
        self._clumsy = False

    def words(self, words: str, **values: str) -> str:
        """Return the sentence in this person’s language."""
        return self._translations.gettext(words) % values if values else self._translations.gettext(words)

    def country(self, region: str) -> str:
        return str(Locale(self.language).territories[region])

    def opens(self, path: str) -> None:
        self.page.goto(path if "://" in path else self.url + path)

    def button(self, words: str, **values: str) -> Locator:
        name = self.words(words, **values)
        return self.page.get_by_role("button", name=name, exact=True).or_(
            self.page.get_by_role("link", name=name, exact=True)
        )

    def field(self, label: str) -> Locator:
        return self.page.get_by_label(self.words(label), exact=True)

    def says(self, words: str, **values: str) -> Locator:
        return self.page.get_by_text(self.words(words, **values)).and_(self.page.locator(":visible")).first

    def presses(self, words: str, **values: str) -> None:
        self.button(words, **values).click()

    def fills(self, **values: str) -> None:
        """Fill fields by their labels: ``fills(Phone_Number="07400 123456")``."""
        for label, value in values.items():
            self.field(label.replace("_", " ")).fill(value)

    def picks(self, words: str) -> None:
        """Choose a way to get codes; beside its name stands who carries it."""
        self.page.get_by_role("radio", name=self.words(words)).check()

    def sees(self, words: str, **values: str) -> None:
        """Wait until the page says it, then look at the page."""
        expect(self.says(words, **values)).to_be_visible()
        self.looks()

    def looks_by_day_and_night(self) -> None:
        for self.scheme in ("light", "dark"):
            self.page.emulate_media(color_scheme=self.scheme)
            self.looks()

    def looks(self) -> None:
        assert not self.errors, self.errors
        if self.javascript:
            self._asks_axe()
        for width in reversed(self.widths):
            self.page.set_viewport_size({"width": width, "height": 900})
            wrong = self.page.evaluate(MEASURE)
            assert not wrong, f"{self.page.url} at {width} px: {wrong}"
        assert not self.errors, self.errors

    def _asks_axe(self) -> None:
        page = self.scheme, self.width, re.sub(r'value="[^"]*"|[\w-]{12,}|\d+', "", self.page.content())
        if page in GOOD:
            return
        # The browser's own tools inject it, so the page's content security policy stays as it is.
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE_SCRIPT)
        found = AxeResults(self.page.evaluate("axe.run({ resultTypes: ['violations'] })"))
        assert found.violations_count == 0, f"{self.page.url}: {found.generate_report()}"
        GOOD.add(page)

    def leaves(self) -> None:
        self.context.close()
