"""The architecture: who may import whom, and how long files and functions may be."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.support.markdown import blocks
from tests.support.paths import ROOT

# Each may import those before it, and only those: never upward, never sideways.
LAYERS = [
    {"typed"},
    {"clock", "json_stream", "logs", "origins"},
    {"config"},
    {"headers"},
    {"models", "engines"},
    {"faults", "private_files", "turns"},
    {"keys"},
    {"statements"},
    {"work"},
    {"database"},
    {
        "schema",
        "readiness",
        "transports",
        "phone_numbers",
        "mail_addresses",
        "one_time_code",
        "browsers",
        "places",
        "journal",
    },
    {"accounts", "delivery", "clock_correction"},
    {"notices", "invitations", "endings"},
    {"codes", "registry"},
    {"factors"},
    {"authentication"},
    {"services"},
    {"recovery", "deletion", "personal_data"},
    {"core"},
    {"serving", "gthread"},
    {"web"},
    {"cli"},
    {"__init__"},
    {"wsgi"},
]
HEIGHT = {name: height for height, layer in enumerate(LAYERS) for name in layer}
WEB_ONLY = {"flask", "flask_login", "flask_wtf", "htmx_flask", "werkzeug", "wtforms"}
SOURCES = [path for path in sorted((ROOT / "trustweb").rglob("*.py")) if "migrations" not in path.parts]
PLUGINS = sorted((ROOT / "plugins").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
REMEMBERS = re.compile(r"@(lru_)?cache\b|= (lru_)?cache\(")
VIEWS = {"get", "post", "route"}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def package(path: Path) -> str:
    """The room of the house that a file is in: ``codes``, ``keys``."""
    return path.relative_to(ROOT / "trustweb").with_suffix("").parts[0]


def runtime_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """Everything but what only a type checker reads."""
    yield tree
    for child in ast.iter_child_nodes(tree):
        if not (isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)):
            yield from runtime_nodes(child)


def imported(path: Path, nodes: Callable[[ast.AST], Iterable[ast.AST]] = runtime_nodes) -> Iterator[str]:
    for node in nodes(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)} imports by dots"
            yield from (f"{node.module}.{each.name}" for each in node.names)


def rooms(path: Path) -> set[str]:
    """Our own packages and modules that a file imports, also for a type checker, its own left out."""
    ours = [each.split(".") for each in imported(path, ast.walk) if each.split(".")[0] == "trustweb"]
    # What the package itself offers, such as create_app, is in its __init__.
    found = {each[1] if each[1] in HEIGHT else "__init__" for each in ours if len(each) > 1}
    return found - {package(path)}


def module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def modules(path: Path) -> set[str]:
    """Those of ours that a file imports, also inside functions and for a type checker."""
    found = {each if each in MODULES else each.rpartition(".")[0] for each in imported(path, ast.walk)}
    return found & MODULES - {module(path)}


MODULES = {module(path) for path in SOURCES}


def functions(path: Path) -> Iterator[tuple[str, int, ast.FunctionDef]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{name_of(path)}:{node.lineno} {node.name}", (node.end_lineno or 0) - node.lineno + 1, node


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_imports_point_down_only(path: Path) -> None:
    height = HEIGHT[package(path)]

    assert {room for room in rooms(path) if HEIGHT[room] >= height} == set()


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph = {module(path): modules(path) for path in SOURCES}

    assert sum(map(len, graph.values())) > 1000
    TopologicalSorter(graph).prepare()


def test_every_room_has_its_place() -> None:
    assert {package(path) for path in SOURCES} <= set(HEIGHT)
    assert sum(len(rooms(path)) for path in SOURCES) > 100


def test_contributing_draws_the_same_floors() -> None:
    drawn = blocks(ROOT / "CONTRIBUTING.md", "text")[0].splitlines()
    built = {path.stem for path in (ROOT / "trustweb").iterdir()} - {"__init__"}
    held = [layer & built for layer in reversed(LAYERS)]

    assert [set(floor.split(", ")) for floor in drawn] == [layer for layer in held if layer]


def test_the_domain_knows_nothing_of_the_web() -> None:
    allowed = {"__init__", "web", "cli"}

    strangers = {
        (name_of(path), each)
        for path in SOURCES
        for each in imported(path)
        if package(path) not in allowed and each.split(".")[0] in WEB_ONLY
    }
    assert strangers == set()


def test_what_pages_stand_on_knows_no_page() -> None:
    base = [path for path in SOURCES if "base" in path.parts]

    pages = {(name_of(path), each) for path in base for each in imported(path) if each.startswith("trustweb.web.")}
    assert base
    assert {(path, each) for path, each in pages if not each.startswith("trustweb.web.base.")} == set()


def test_no_view_looks_where_on_the_page_its_answer_will_go() -> None:
    assert [name_of(path) for path in SOURCES if "HX-Target" in path.read_text("utf-8")] == []


def test_a_plugin_imports_the_contract_and_nothing_else_of_ours() -> None:
    ours = {
        (name_of(path), each)
        for path in PLUGINS
        for each in imported(path)
        if each.split(".")[0] in {"trustweb", "tests"} and not each.startswith("trustweb.transports.")
    }

    assert PLUGINS
    assert ours == set()


def test_what_a_process_remembers_says_what_it_depends_on() -> None:
    lines = {path: path.read_text("utf-8").splitlines() for path in [*SOURCES, *PLUGINS]}

    kept = [(path, at) for path, text in lines.items() for at, line in enumerate(text) if REMEMBERS.search(line)]
    assert len(kept) > 20
    assert [(name_of(path), at + 1) for path, at in kept if not lines[path][at - 1].lstrip().startswith("# ")] == []


def test_the_contract_itself_stands_alone() -> None:
    assert rooms(ROOT / "trustweb" / "transports.py") == set()


def test_no_part_of_the_product_imports_its_tests() -> None:
    assert not [path for path in SOURCES if any(each.split(".")[0] == "tests" for each in imported(path))]


def test_what_tests_share_is_in_support() -> None:
    tests_imported = {(name_of(path), each) for path in TESTS for each in imported(path) if ".test_" in each}

    assert len(TESTS) > 200
    assert tests_imported == set()


def test_support_imports_no_other_folder_of_tests() -> None:
    support = [path for path in TESTS if "support" in path.parts]

    ours = {(name_of(path), each) for path in support for each in imported(path) if each.startswith("tests.")}
    assert ours
    assert {(path, each) for path, each in ours if not each.startswith("tests.support.")} == set()


def test_htmx_is_the_one_that_was_vendored() -> None:
    (script,) = (ROOT / "trustweb" / "static").glob("htmx-*.js")

    assert hashlib.sha256(script.read_bytes()).hexdigest() == (
        "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717"
    )


def test_our_own_scripts_are_small() -> None:
    most = {"trustweb.js": 3, "passkeys.js": 3, "push.js": 2, "service-worker.js": 2}
    sizes = {name: (ROOT / "trustweb" / "static" / name).stat().st_size for name in most}

    assert {name: size for name, size in sizes.items() if size > most[name] * 1024} == {}


def test_no_file_is_longer_than_250_lines() -> None:
    written = [*SOURCES, *PLUGINS, *TESTS]

    lengths = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in written}
    assert {name: length for name, length in lengths.items() if length > 250} == {}


def test_no_function_is_longer_than_40_lines() -> None:
    long = {name: length for path in [*SOURCES, *PLUGINS] for name, length, _ in functions(path) if length > 40}

    assert long == {}


def test_no_view_is_longer_than_25_lines() -> None:
    def is_view(node: ast.FunctionDef) -> bool:
        calls = [each.func for each in node.decorator_list if isinstance(each, ast.Call)]
        return any(isinstance(call, ast.Attribute) and call.attr in VIEWS for call in calls)

    web = [path for path in SOURCES if package(path) == "web"]
    views = {name: length for path in web for name, length, node in functions(path) if is_view(node)}
    assert len(views) > 20
    assert {name: length for name, length in views.items() if length > 25} == {}
