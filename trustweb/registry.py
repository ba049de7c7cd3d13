"""Loading of transports from our own folder, the operator's folder and installed packages, all through one hook."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import logging
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import get_args

import pluggy

from trustweb import config as configuration
from trustweb import transports as contract
from trustweb.config import Config, ConfigError
from trustweb.delivery.messages import folder
from trustweb.transports import Context, Method, NotApplicable, Transport

log = logging.getLogger(__name__)
GROUP = "trustweb"


@dataclass(frozen=True, slots=True)
class Found:
    """The state of one transport or plugin, for ``trustweb transports``."""

    name: str
    state: str
    """on, off or failed."""
    why: str = ""


@dataclass(slots=True)
class Registry:
    """The transports that are on, and the state of every one that was found."""

    transports: list[Transport] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)


def load(config: Config) -> Registry:
    """Load every plugin. One that fails at import is left out, logged and reported as failed.

    Raises ConfigError for a hook that the contract does not have, two transports of one name, a transport that breaks
    the contract, or a setting that is missing or refused by the transport's ``check``.
    """
    registry = Registry()
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(contract)
    try:
        for name, module in _modules(config, registry):
            manager.register(module, name)
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        words = " ".join(str(error).split())
        raise ConfigError(f"A plugin has a hook that is not in the contract: {words}") from None
    for classes in manager.hook.trustweb_transports():
        if not isinstance(classes, list | tuple):
            raise ConfigError(f"A plugin's hook must return a list of Transport classes, not {classes!r}.")
        for each in classes:
            _check_class(each)
            _add(config, registry, each)
    return registry


def _check_class(each: object) -> None:
    if not (isinstance(each, type) and issubclass(each, Transport)):
        raise ConfigError(f"A plugin's hook must return a list of Transport classes, not {each!r}.")
    missing = [name for name in ("name", "label", "method") if not hasattr(each, name)]
    if missing:
        raise ConfigError(f"The transport {each.__name__} has no {missing[0]}.")
    if not re.fullmatch("[a-z0-9_]{1,32}", each.name):
        raise ConfigError(f"A transport's name is a-z, 0-9 and _, at most 32 of them, not {each.name!r}.")
    if each.method not in get_args(Method):
        raise ConfigError(f"The transport {each.name} has the method {each.method!r}, which is none of the contract's.")


def _modules(config: Config, registry: Registry) -> Iterator[tuple[str, ModuleType]]:
    folders = [folder("plugins")] + ([Path(config.plugins)] if config.plugins else [])
    for place in folders:
        if not place.is_dir():
            raise ConfigError(f"TRUSTWEB_PLUGINS names {place}, which is not a folder.")
        for path in sorted(place.glob("[!_]*.py")):
            try:
                yield str(path), _import(path)
            except Exception as error:
                log.exception("plugin %s fails at import", path.name)
                registry.found.append(Found(path.name, "failed", f"{type(error).__name__}: {error}"))
    for entry in importlib.metadata.entry_points(group=GROUP):
        try:
            yield entry.name, entry.load()
        except Exception as error:
            log.exception("plugin %s fails at import", entry.name)
            registry.found.append(Found(entry.name, "failed", f"{type(error).__name__}: {error}"))


def _import(path: Path) -> ModuleType:
    # By path: the folder is inside the package in a wheel, beside it in a checkout, and never on sys.path.
    name = f"trustweb_plugin_{abs(hash(path.parent))}_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _add(config: Config, registry: Registry, each: type[Transport]) -> None:
    if any(found.name == each.name for found in registry.found):
        raise ConfigError(f"Two transports are named {each.name}.")
    environ = config.environment
    if each.enabled_by is not None and not configuration.read_value(environ, each.enabled_by):
        registry.found.append(Found(each.name, "off", f"{each.enabled_by} is not set"))
        return
    values = {}
    for setting in each.settings:
        value = configuration.read_value(environ, setting.name) or setting.default
        if value is None:
            raise ConfigError(f"{each.label} needs {setting.name}: {setting.help}")
        values[setting.name] = value
    place = config.instance / "plugins" / each.name
    config.instance.parent.mkdir(parents=True, exist_ok=True)
    for folder_ in (config.instance, place.parent, place):  # mkdir(parents=True) would set the mode of the last only
        folder_.mkdir(mode=0o700, exist_ok=True)
    receipts = f"{config.origin}/receipts/{each.name}"
    transport = each(Context(values, place, receipts, config.origin, config.demo))
    try:
        transport.check()
    except NotApplicable as reason:
        registry.found.append(Found(each.name, "off", str(reason)))
        return
    except ValueError as error:
        raise ConfigError(f"{each.label}: {error}") from None
    registry.transports.append(transport)
    registry.found.append(Found(each.name, "on"))
