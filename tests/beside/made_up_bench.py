"""A bench that is made up: its Python installs by noting the folder, and finds what was noted."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from verenigingen.beside.tree import ROOT

PYTHON = """#!/bin/sh
noted="$(dirname "$0")/../noted"
case "$*" in
*"pip --version"*) exit 0 ;;
*"pip install"*) for last; do :; done; echo "$last" >"$noted"; echo "$*" >>"$noted.calls" ;;
*) PYTHONPATH="$(cat "$noted" 2>/dev/null)" exec {python} -S "$@" ;;
esac
"""
HOST = "apps/verenigingen/verenigingen/hooks.py"


def make_bench(folder: Path, apps_txt: str = "frappe\nverenigingen\n") -> Path:
    """A bench with a host app of our first name, which is not ours."""
    for part in ("apps/frappe", "sites/assets", "env/bin", Path(HOST).parent):
        (folder / part).mkdir(parents=True)
    (folder / HOST).write_text('app_name = "verenigingen"\n', "utf-8")
    (folder / "sites/apps.txt").write_text(apps_txt, "utf-8")
    python = folder / "env/bin/python"
    python.write_text(PYTHON.format(python=sys.executable), "utf-8")
    python.chmod(0o755)
    return folder


def beside(bench: Path, *options: str, python: str = sys.executable) -> subprocess.CompletedProcess[str]:
    """The command as a person types it, without any package but Python's own."""
    command = [python, "-S", "-m", "verenigingen", "beside", str(bench), *options]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=120, env=dict(os.environ)
    )


def everything_in(folder: Path) -> dict[str, bytes | str]:
    """Every file and link below the folder, git's own and caches left out."""
    return {
        str(path.relative_to(folder)): os.readlink(path) if path.is_symlink() else path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if (path.is_file() or path.is_symlink()) and not {".git", "__pycache__"} & set(path.parts)
    }
