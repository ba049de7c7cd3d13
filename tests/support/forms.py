"""Forms as a person fills them in: fields by label, one button pressed."""

from typing import Any

from tests.support.markup import Node, Page, key

NOT_A_FIELD = {"submit", "button", "reset", "image"}


class Form:
    def __init__(self, page: Page, node: Node) -> None:
        self.page = page
        self.node = node
        inside = {id(each) for each in node.walk()}
        self.controls = [
            control
            for control in page.all("input", "select", "textarea", "button")
            if (control.get("form") == node.get("id") if control.get("form") else id(control) in inside)
        ]

    @property
    def buttons(self) -> list[Node]:
        return [
            control
            for control in self.controls
            if "disabled" not in control.attributes
            and control.seen
            and (control.get("type") or ("submit" if control.tag == "button" else "")) == "submit"
        ]

    @property
    def fields(self) -> list[Node]:
        return [
            control for control in self.controls if control.tag != "button" and control.get("type") not in NOT_A_FIELD
        ]

    def keys(self, field: Node) -> set[str]:
        words = [field.get("name"), self.page.name(field), *self.page.labels(field)]
        if field.get("type") == "radio":
            words.append(self._group(field))
        return {key(word) for word in words} - {""}

    def _group(self, field: Node) -> str:
        fieldset = field.closest("fieldset")
        legend = next((node for node in fieldset.walk() if node.tag == "legend"), None) if fieldset else None
        return legend.text if legend else ""

    def field(self, name: str) -> Node:
        found = [field for field in self.fields if key(name) in self.keys(field)]
        kinds = {(field.get("type"), field.get("name")) for field in found}
        if not found or (len(found) > 1 and (len(kinds) > 1 or found[0].get("type") != "radio")):
            known = [self.page.name(field) or field.get("name") for field in self.fields]
            raise AssertionError(f"{len(found)} fields are called {name!r}; the form has {known}")
        return found[0]

    def fill(self, name: str, value: Any) -> None:
        field = self.field(name)
        if field.tag == "select":
            options = [node for node in field.walk() if node.tag == "option"]
            self._choose(options, name, value, "selected")
        elif field.get("type") == "radio":
            group = [each for each in self.fields if self._same_group(each, field)]
            self._choose(group, name, value, "checked")
        elif field.get("type") == "checkbox":
            field.attributes.pop("checked", None)
            field.attributes |= {"checked": ""} if value else {}
        else:
            field.attributes["value"] = str(value)

    def _same_group(self, one: Node, other: Node) -> bool:
        return all(one.get(name) == other.get(name) for name in ("type", "name"))

    def _choose(self, choices: list[Node], name: str, value: Any, mark: str) -> None:
        fitting = [node for node in choices if self._is_choice(node, name, value)]
        if len(fitting) != 1:
            known = [node.text or self.page.name(node) for node in choices]
            raise AssertionError(f"{len(fitting)} choices of {name!r} are {value!r}; it has {known}")
        for node in choices:
            node.attributes.pop(mark, None)
        fitting[0].attributes[mark] = ""

    def _is_choice(self, node: Node, name: str, value: Any) -> bool:
        words = {node.text, self.page.name(node)} - {""}
        if value is True:
            return key(name) in map(key, words)
        return value == node.get("value") or key(str(value)) in map(key, words)

    def data(self, button: Node | None) -> list[tuple[str, str]]:
        """Return the fields that a browser sends when this button is pressed."""
        pairs: list[tuple[str, str]] = []
        for control in self.controls:
            name = control.get("name")
            if not name or "disabled" in control.attributes:
                continue
            if control in self.fields:
                pairs += [(name, value) for value in self._values(control)]
            elif control is button:
                pairs.append((name, control.get("value")))
        return pairs

    def _values(self, field: Node) -> list[str]:
        if field.tag == "select":
            options = [node for node in field.walk() if node.tag == "option"]
            chosen = [option for option in options if "selected" in option.attributes]
            chosen = chosen or ([] if "multiple" in field.attributes else options[:1])
            return [option.attributes.get("value", option.text) for option in chosen]
        if field.get("type") in {"radio", "checkbox"}:
            return [field.get("value") or "on"] if "checked" in field.attributes else []
        return [self.value(field)]

    @staticmethod
    def value(field: Node) -> str:
        if field.tag == "textarea" and "value" not in field.attributes:
            return "".join(child for child in field.children if isinstance(child, str)).removeprefix("\n")
        return field.get("value")

    def shown(self, name: str) -> str:
        """Return the field’s value: the words of the choice, or the text in it."""
        field = self.field(name)
        if field.tag == "select":
            options = [node for node in field.walk() if node.tag == "option"]
            marked = [option for option in options if "selected" in option.attributes]
            return (marked or options)[0].text
        if field.get("type") == "radio":
            group = [each for each in self.fields if self._same_group(each, field)]
            return next((self.page.name(each) for each in group if "checked" in each.attributes), "")
        return self.value(field)

    def __str__(self) -> str:
        buttons = sorted({name for button in self.buttons for name in self.page.names(button)})
        label = self.node.get("name") or self.node.get("id") or "a form"
        return f"{label} to {self.node.get('action') or 'this page'} with buttons {buttons}"
