"""A new kind of factor needs its own files and one line in each table: a toy kind is added to a copy of the project."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.paths import ROOT

TOY = ROOT / "tests" / "factors" / "toy"
FILES = {
    "model.py": "trustweb/models/secret_word.py",
    "domain.py": "trustweb/factors/secret_words.py",
    "view.py": "trustweb/web/secret_words.py",
    "migration.py": "trustweb/migrations/versions/9999_secret_words.py",
    "_words.html": "templates/secret_words/_words.html",
    "_card.html": "templates/secret_words/_card.html",
    "_panel_add.html": "templates/secret_words/_panel_add.html",
    "changes.txt": "templates/messages/changes/secret_word.txt",
    "drive.py": "tests/factors/test_secret_words.py",
}
LINES = {
    "trustweb/factors/kinds.py": (
        "_ALL = (\n",
        "from trustweb.models.secret_word import SECRET_WORD, SecretWord, SecretWordView\n",
        "Kind(name=SECRET_WORD, noun='word', view=SecretWordView, table=SecretWord, signs_in=True,"
        " exported_as='secret_words', export=(SecretWord.letters,)),\n",
    ),
    "trustweb/factors/on_paper.py": (
        "_WAYS = (\n",
        "from trustweb.factors import secret_words\n",
        "Way('secret_word', 'secret-word', frozenset({SIGN_IN}), secret_words.prove),\n",
    ),
    "trustweb/authentication/proofs.py": ("WAYS = {\n", "", "'secret_word': Way(TWO_FACTOR, ('otp',)),\n"),
    "trustweb/recovery/kinds.py": ("KINDS = {\n", "", "'secret_word': Kind(),\n"),
    "trustweb/web/kinds.py": (
        "KINDS = {\n",
        "from trustweb.web import secret_words\n",
        "'secret_word': Kind(bp=secret_words.bp),\n",
    ),
}
"""By table: how it begins, what is imported for the line, and the line."""


def copy_with_the_toy(folder: Path) -> None:
    for name in ("trustweb", "templates", "plugins", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    for name, place in FILES.items():
        (folder / place).parent.mkdir(exist_ok=True)
        shutil.copy(TOY / name, folder / place)
    migration = folder / FILES["migration.py"]
    newest = sorted(migration.parent.glob("0*.py"))[-1].name[:4]
    migration.write_text(migration.read_text("utf-8").replace("HEAD", newest), "utf-8")
    for place, (begins, imports, line) in LINES.items():
        table = (folder / place).read_text("utf-8")
        assert table.count(begins) == 1
        (folder / place).write_text(table.replace(begins, imports + begins + line), "utf-8")


def test_a_toy_kind_is_added_signs_in_is_removed_told_and_taken_away(tmp_path: Path) -> None:
    copy_with_the_toy(tmp_path)

    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", FILES["drive.py"]]
    environ = os.environ | {"PYTHONPATH": str(tmp_path)}
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=environ, cwd=tmp_path, timeout=110)
    assert ran.returncode == 0, ran.stdout
    assert "5 passed" in ran.stdout
