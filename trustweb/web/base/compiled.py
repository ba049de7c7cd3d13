"""Bytecode of templates, in a file that ``trustweb db upgrade`` and ``trustweb serve`` make and web processes only read
(docs/decisions/0032-compiled-templates-are-kept.md)."""

from __future__ import annotations

import hashlib
import hmac
import logging
import marshal
import sys
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from trustweb import private_files
from trustweb.config import Config
from trustweb.delivery.messages import PACKAGE, folder
from trustweb.keys import KeyRing

log = logging.getLogger(__name__)
NAME = "compiled-templates"
MADE_OF = (PACKAGE / "web", PACKAGE / "static", folder("templates"))
"""The compiler and the addresses that it resolves, the files whose hashes are in addresses, and the templates."""
_SUFFIXES = {".py", ".html", ".txt", ".css", ".js", ".svg"}
_LIBRARIES = ("flask", "jinja2", "markupsafe", "werkzeug")


class Compiled(BytecodeCache):
    """Bytecode of templates by Jinja's cache keys."""

    def __init__(self, code: dict[str, bytes] | None = None, *, keep: bool = False) -> None:
        self.code = {} if code is None else code
        self._keep = keep

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """Return the template's name: the file may be read from a checkout, and made in an installed package."""
        return name

    def load_bytecode(self, bucket: Bucket) -> None:
        # Jinja uses it only if it was compiled from the template's present text.
        if (code := self.code.pop(bucket.key, None)) is not None:
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        if self._keep:
            self.code[bucket.key] = bucket.bytecode_to_string()


def load(config: Config, keys: KeyRing) -> Compiled:
    """Load the bytecode that this version compiled; none if the file is missing or another user may have written it."""
    try:
        signature, _, body = private_files.read_own(config.instance / NAME).partition(b"\n")
        right = _signature(keys, stamp(), body)
    except FileNotFoundError:
        return Compiled()
    except OSError as error:
        log.warning("the compiled templates are not used: %s", error.strerror)
        return Compiled()
    # To unmarshal a stranger's bytes is to run their code, and damaged ones may crash the interpreter.
    if not hmac.compare_digest(signature, right):
        log.info("the compiled templates are of another version or key: `trustweb db upgrade` makes them anew")
        return Compiled()
    return Compiled(marshal.loads(body))  # noqa: S302 - signed with the site's key


def save(config: Config, keys: KeyRing, compiled: Compiled, stamped: str) -> None:
    """Store what was compiled from the files that ``stamped`` is the hash of; nothing, if they have changed since."""
    if stamp() != stamped:
        log.warning("the templates changed while they were compiled, so they are not kept")
        return
    body = marshal.dumps(compiled.code)
    private_files.replace(config.instance / NAME, _signature(keys, stamped, body) + b"\n" + body)


def _signature(keys: KeyRing, stamped: str, body: bytes) -> bytes:
    return keys.token("compiled templates", f"{stamped} {hashlib.sha256(body).hexdigest()}").encode()


def stamp(made_of: Iterable[Path] = MADE_OF) -> str:
    """Return a hash over everything that compiled templates depend on. Raises OSError for an unreadable file."""
    versions = [sys.version, sys.implementation.cache_tag, *map(metadata.version, _LIBRARIES)]
    digest = hashlib.sha256("\n".join(map(str, versions)).encode())
    for place in made_of:
        for path in sorted(each for each in place.rglob("*") if each.suffix in _SUFFIXES and each.is_file()):
            digest.update(f"\n{path.relative_to(place)} ".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
