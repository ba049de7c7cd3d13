"""HTMX in a visitor: the request, its headers, and the swap of the answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from werkzeug.datastructures import Headers

from tests.support.markup import Node, Page

# As the product's htmx-config has it: a refusal is shown in place.
SWAPPED = {*range(200, 300), 422, 429}


@dataclass
class Exchange:
    element: Node
    method: str
    path: str
    boosted: bool

    @classmethod
    def of(cls, page: Page, pressed: Node, source: Node) -> Self | None:
        """The exchange that this press starts, or None when the browser acts by itself."""
        for element in (pressed, source):
            for method in ("get", "post", "put", "patch", "delete"):
                if f"hx-{method}" in element.attributes:
                    return cls(element, method.upper(), element.get(f"hx-{method}"), boosted=False)
        holder = source.holder("hx-boost")
        if holder and holder.get("hx-boost") == "true":
            return cls(source, "", "", boosted=True)
        return None

    def headers(self, url: str) -> dict[str, str]:
        target = self._target(self._inherited("hx-target"))
        told = {
            "HX-Request": "true",
            "HX-Current-URL": url,
            "HX-Boosted": "true" if self.boosted else "",
            "HX-Target": target.get("id"),
            "HX-Trigger": self.element.get("id"),
            "HX-Trigger-Name": self.element.get("name"),
        }
        return {name: value for name, value in told.items() if value}

    def _inherited(self, attribute: str) -> str:
        holder = self.element.holder(attribute)
        return holder.get(attribute) if holder else ""

    def _target(self, selector: str) -> Node:
        *_, root = self.element.up()
        found: Node | None
        if not selector:
            found = next((n for n in root.walk() if n.tag == "body"), root) if self.boosted else self.element
        elif selector == "this":
            found = self.element.holder("hx-target")
        elif selector.startswith("closest "):
            found = self.element.closest(selector.removeprefix("closest "))
        else:
            found = next((node for node in root.walk() if node.is_(selector)), None)
        assert found, f"hx-target {selector!r} is not on the page"
        return found

    def pushes(self, url: str) -> str:
        wish = self._inherited("hx-push-url")
        if wish in {"true", ""}:
            return url if wish or self.boosted else ""
        return "" if wish == "false" else wish

    def swap(self, page: Page, status: int, headers: Mapping[str, str] | Headers, body: str) -> Page:
        if status == 204:
            return page
        answer = Page(body)
        # HTMX would leave the page as it is; a test wants to read what went wrong.
        if status not in SWAPPED or (answer.whole and self.boosted):
            return answer
        target = self._target(headers.get("HX-Retarget") or self._inherited("hx-target"))
        how = (headers.get("HX-Reswap") or self._inherited("hx-swap") or "innerHTML").split()[0]
        self._swap_elsewhere(page, answer)
        self._put(target, how, answer.body.children)
        return page.changed()

    def _swap_elsewhere(self, page: Page, answer: Page) -> None:
        for node in [node for node in answer.root.walk() if "hx-swap-oob" in node.attributes]:
            old = page.one(f"#{node.get('id')}")
            node.replace_with()
            assert old, f"hx-swap-oob: #{node.get('id')} is not on the page"
            how = node.attributes.pop("hx-swap-oob")
            self._put(old, "outerHTML" if how == "true" else how, [node] if how == "true" else node.children)

    @staticmethod
    def _put(target: Node, how: str, new: list[Node | str]) -> None:
        if how == "outerHTML":
            target.replace_with(*new)
        elif how == "delete":
            target.replace_with()
        elif how == "innerHTML":
            target.fill_with(new)
        elif how == "beforeend":
            target.fill_with([*target.children, *new])
        elif how == "afterbegin":
            target.fill_with([*new, *target.children])
        elif how != "none":
            raise AssertionError(f"hx-swap {how!r} is not known to these tests")
