"""``python -m tests.docs`` writes docs/settings.md from the settings themselves, ours and the transports'."""

from __future__ import annotations

from tests.docs.settings_page import TARGET, page

TARGET.write_text(page(), "utf-8")
