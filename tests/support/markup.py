"""Pages by what a person reads: text, links, forms, labels, buttons."""

import re
from collections.abc import Iterator
from functools import cached_property
from html.parser import HTMLParser
from itertools import chain
from operator import itemgetter


def words_of(text: str) -> frozenset[str]:
    return frozenset(text.split())


VOID = words_of("area base br col embed hr img input link meta source track wbr")
INLINE = words_of("a abbr b bdi bdo cite code em i kbd mark q s small span strong sub sup time u wbr")
UNSEEN = words_of("head script style template datalist title")
# What a field holds is asked for with `value`; the names of 240 countries are not the words of a page.
FIELDS = words_of("select textarea")
ENDED_BY_THE_NEXT = words_of("li option dt dd tr td th p")


def fold(text: str) -> str:
    return " ".join(text.split())


def key(text: str) -> str:
    """A label as a Python name: "Phone Number" is asked for as phone_number."""
    return "_".join(re.findall(r"\w+", text.casefold()))


class Node:
    def __init__(self, tag: str, attributes: dict[str, str], parent: "Node | None") -> None:
        self.tag = tag
        self.attributes = attributes
        self.parent = parent
        self.children: list[Node | str] = []

    def copy(self, parent: "Node | None" = None) -> "Node":
        """Return a copy with all that is in it; ``copy.deepcopy`` takes ten times as long."""
        node = Node(self.tag, dict(self.attributes), parent)
        node.children = [child.copy(node) if isinstance(child, Node) else child for child in self.children]
        return node

    def get(self, name: str) -> str:
        return self.attributes.get(name, "")

    def up(self) -> Iterator["Node"]:
        node: Node | None = self
        while node:
            yield node
            node = node.parent

    def walk(self) -> Iterator["Node"]:
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.elements))

    @property
    def elements(self) -> list["Node"]:
        return [child for child in self.children if isinstance(child, Node)]

    @property
    def seen(self) -> bool:
        return not any(node.hides for node in self.up())

    @property
    def hides(self) -> bool:
        closed = self.tag == "dialog" and "open" not in self.attributes
        return self.tag in UNSEEN or "hidden" in self.attributes or closed

    def holder(self, attribute: str) -> "Node | None":
        return next((node for node in self.up() if attribute in node.attributes), None)

    def closest(self, selector: str) -> "Node | None":
        return next((node for node in self.up() if node.is_(selector)), None)

    def is_(self, selector: str) -> bool:
        if selector.startswith("#"):
            return self.get("id") == selector[1:]
        if selector.startswith("."):
            return selector[1:] in self.get("class").split()
        return self.tag == selector

    @property
    def text(self) -> str:
        return fold("".join(self._words(aloud=False)))

    def _words(self, *, aloud: bool) -> Iterator[str]:
        if self.hides or self.tag in FIELDS or (aloud and self.get("aria-hidden") == "true"):
            return
        gap = "" if self.tag in INLINE else " "
        yield gap
        if self.tag == "img":
            yield self.get("alt")
        if self.tag == "input" and self.get("type") == "submit":
            yield self.get("value") or "Submit"
        for child in self.children:
            yield from child._words(aloud=aloud) if isinstance(child, Node) else [child]
        yield gap

    def replace_with(self, *others: "Node | str") -> None:
        assert self.parent
        place = self.parent.children.index(self)
        self.parent.children[place : place + 1] = others
        for other in others:
            if isinstance(other, Node):
                other.parent = self.parent

    def fill_with(self, others: list["Node | str"]) -> None:
        self.children = others
        for child in self.elements:
            child.parent = self


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = self.here = Node("", {}, None)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.here.tag == tag in ENDED_BY_THE_NEXT and self.here.parent:
            self.here = self.here.parent
        node = Node(tag, {name: value or "" for name, value in attrs}, self.here)
        self.here.children.append(node)
        if tag not in VOID:
            self.here = node

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        # HTML ignores the slash; SVG, which has no closing tag either, means it.
        if self.here.tag == tag and self.here.closest("svg"):
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        opened = self.here.closest(tag)
        if opened and opened.parent:
            self.here = opened.parent

    def handle_data(self, data: str) -> None:
        self.here.children.append(data)


class Page:
    def __init__(self, html: str) -> None:
        self._html = html

    @cached_property
    def root(self) -> Node:
        """The tree; of many answers nobody asks for it."""
        reader = _Reader()
        reader.feed(self._html)
        reader.close()
        return reader.root

    @cached_property
    def _tagged(self) -> dict[str, list[tuple[int, Node]]]:
        """The nodes by their tags, numbered: a list of countries has hundreds, and fields are looked for often."""
        tagged: dict[str, list[tuple[int, Node]]] = {}
        for place, node in enumerate(self.root.walk()):
            tagged.setdefault(node.tag, []).append((place, node))
        return tagged

    def changed(self) -> "Page":
        """Return the page anew, after nodes of its tree were exchanged."""
        page = Page("")
        page.root = self.root
        return page

    def copy(self) -> "Page":
        page = Page("")
        page.root = self.root.copy()
        return page

    @property
    def whole(self) -> bool:
        return any(node.tag in {"html", "body"} for node in self.root.walk())

    @property
    def body(self) -> Node:
        return self.one("body") or self.root

    @property
    def text(self) -> str:
        return self.body.text

    @property
    def title(self) -> str:
        title = self.one("title")
        return fold("".join(child for child in title.children if isinstance(child, str))) if title else ""

    def all(self, *tags: str) -> list[Node]:
        return [node for _, node in sorted(chain(*(self._tagged.get(tag, ()) for tag in tags)), key=itemgetter(0))]

    def one(self, selector: str) -> Node | None:
        return next((node for node in self.root.walk() if node.is_(selector)), None)

    def name(self, node: Node) -> str:
        """The accessible name: what a screen reader calls a link, a button or a field."""
        if ids := node.get("aria-labelledby").split():
            labels = [self.one(f"#{each}") for each in ids]
            return fold(" ".join(label.text for label in labels if label))
        if label := node.get("aria-label"):
            return fold(label)
        if node.tag in {"input", "select", "textarea"} and node.get("type") != "submit":
            return next(iter(self.labels(node)), "")
        return fold("".join(node._words(aloud=True))) or fold(node.get("title"))

    def names(self, node: Node) -> set[str]:
        return {node.text, self.name(node)} - {""}

    def labels(self, field: Node) -> list[str]:
        around = field.closest("label")
        labels = [label for label in self.all("label") if field.get("id") and label.get("for") == field.get("id")]
        return [label.text for label in (*labels, *([around] if around else []))]
