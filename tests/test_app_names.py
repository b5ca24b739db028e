"""Frappe calls functions of installed apps only, so every path that it is given lies in the app."""

from __future__ import annotations

import re
from pathlib import Path

import verenigingen

FOLDER = Path(verenigingen.__file__).parent


def test_no_hook_names_the_product() -> None:
    hooks = (FOLDER / "hooks.py").read_text("utf-8")
    assert re.findall(r"\"(vuurtoren[\w.]*)\"", hooks) == []


def test_no_script_and_no_patch_names_the_product() -> None:
    called = [*FOLDER.rglob("*.js"), FOLDER / "patches.txt"]
    assert [path.name for path in called if "vuurtoren." in path.read_text("utf-8")] == []
