"""Folders of the project that tests read: where a test stands may change, these names stay."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
TEMPLATES = ROOT / "templates"
# The carriers, mailboxes and devices that record what is sent, as an operator's folder of plugins.
RECORDING = ROOT / "tests" / "support" / "plugins"
