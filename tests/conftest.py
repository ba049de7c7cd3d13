"""Fixtures that most tests share."""

pytest_plugins = ["tests.services"]
