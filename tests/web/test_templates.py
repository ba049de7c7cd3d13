"""The compiler of templates resolves what is constant, and changes nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import render_template_string
from jinja2 import TemplateAssertionError, TemplateSyntaxError

from tests.support.kit import Kit
from trustweb.web.base.templates import SENTENCES


def made(kit: Kit, source: str) -> str:
    with kit.app.test_request_context("/", base_url="http://localhost:8000"):
        return render_template_string(source)


@pytest.mark.parametrize("name", ["_", "asset", "url_for"])
@pytest.mark.parametrize(
    "binding",
    [
        "{{% set {} = 1 %}}", "{{% set {} %}}1{{% endset %}}", "{{% for {} in [1] %}}{{% endfor %}}",
        "{{% for a, {} in [(1, 2)] %}}{{% endfor %}}", "{{% with {} = 1 %}}{{% endwith %}}",
        "{{% macro {}() %}}{{% endmacro %}}", "{{% macro a({}) %}}{{% endmacro %}}",
        "{{% import '_pieces.html' as {} %}}", "{{% from '_pieces.html' import {} %}}",
        "{{% from '_pieces.html' import go as {} %}}", "{{% call({}) pieces.passkey() %}}{{% endcall %}}",
    ],
)  # fmt: skip
def test_no_template_binds_a_name_whose_calls_are_resolved(kit: Kit, binding: str, name: str) -> None:
    with pytest.raises(TemplateAssertionError, match=rf"{name}\(\) is resolved|underline"):
        kit.app.jinja_env.compile(binding.format(name))


@pytest.mark.parametrize("source", ["{{ NAME }}", "{{ NAME['<b>'] }}", "{% set NAME = {} %}", "{% macro a(NAME) %}"])
def test_no_template_can_write_the_name_of_the_sentences(kit: Kit, source: str) -> None:
    with pytest.raises(TemplateSyntaxError):
        kit.app.jinja_env.compile(source.replace("NAME", SENTENCES))


@pytest.mark.parametrize("name", ["icons", "_words", "words", "sentences"])
def test_what_a_template_looks_up_is_escaped_whatever_its_name(kit: Kit, name: str) -> None:
    source = f"{{% set {name} = {{'a': '<b>'}} %}}{{{{ {name}['a'] }}}}"

    assert made(kit, source) == "&lt;b&gt;"


@pytest.mark.parametrize(
    ("source", "page"),
    [
        ("{{ _('<b>') }}", "<b>"),
        ("{{ _('%(a)s <b>', a='<i>') }}", "&lt;i&gt; <b>"),
        ("{{ _('%(a)s <b>', **{'a': '<i>'}) }}", "&lt;i&gt; <b>"),
        ("{{ url_for('security.page') }}", "/security"),
        ("{{ url_for('security.page', said='a&b') }}", "/security?said=a%26b"),
        ("{{ url_for('security.page', a=1, b=2) }}", "/security?a=1&amp;b=2"),
        ("{{ url_for('security.page', _anchor='top') }}", "/security#top"),
        ("{{ url_for('security.page', _external=true) }}", "http://localhost:8000/security"),
        ("{{ url_for('security.page', **{'said': 'a'}) }}", "/security?said=a"),
    ],
)
def test_what_is_resolved_says_what_the_call_would_say(kit: Kit, source: str, page: str) -> None:
    assert made(kit, source) == page


def test_an_address_of_a_plugin_is_asked_for_each_time(make_kit: Callable[..., Kit]) -> None:
    kit = make_kit(TRUSTWEB_DEMO="1")
    with kit.app.test_request_context("/", base_url="http://localhost:8000"):
        assert render_template_string("{{ url_for('handset.page') }}") == "/handset/"

    assert "/handset/" not in kit.app.jinja_env.compile("{{ url_for('handset.page') }}", raw=True)
    assert "/security" in kit.app.jinja_env.compile("{{ url_for('security.page') }}", raw=True)
