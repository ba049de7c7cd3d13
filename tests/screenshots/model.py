"""A person whose pages are photographed and not examined."""

from __future__ import annotations

from typing import Literal

from playwright.sync_api import expect

from tests.support.paths import ROOT
from tests.support.person import Person

SHOTS = ROOT / "screenshots"
FORMATS: tuple[tuple[Literal["light", "dark"], int], ...] = (("light", 1280), ("dark", 360))


class Model(Person):
    """A person who is photographed instead of examined."""

    def looks(self) -> None:
        pass

    def shot(self, name: str) -> None:
        page = self.page
        page.mouse.move(0, 0)
        for scheme, width in FORMATS:
            page.set_viewport_size({"width": width, "height": 400})
            page.emulate_media(color_scheme=scheme)
            height = page.evaluate("Math.ceil(document.querySelector('main').getBoundingClientRect().bottom + scrollY)")
            shown = min(width, 840)
            clip = {"x": (width - shown) / 2, "y": 0, "width": shown, "height": max(height - 40, 320)}
            page.screenshot(path=SHOTS / f"{name}-{scheme}-{width}.png", full_page=True, clip=clip)
        page.set_viewport_size({"width": 1280, "height": 900})

    def has_ticked(self, steps: int) -> None:
        expect(self.page.locator("#code-status .done")).to_have_count(steps, timeout=20_000)
