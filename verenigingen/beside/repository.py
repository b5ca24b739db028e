"""The laid tree as a git repository of its own: always clean, an update a commit on top, no remote.

`bench update` refuses a tree with changes, and pulls one with a remote; one without it skips, and remembers
that in `sites/excluded_apps.txt`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from vuurtoren.site.words.words import Words

OPTIONS = (
    *("-c", "user.name=Verenigingen Monitor", "-c", "user.email=monitor@localhost"),
    *("-c", "commit.gpgsign=false", "-c", "core.hooksPath=/dev/null", "-c", "core.autocrlf=false"),
)
BRANCH = "main"


class GitFailed(Exception):
    """git said no; its words."""


def git(folder: Path, *arguments: str) -> str:
    """Run git in the folder, whatever repository the caller's environment points at."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "-c", f"safe.directory={folder}", *OPTIONS, *arguments]
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120
        )
    except FileNotFoundError:
        raise GitFailed(Words("git is not installed")) from None
    if done.returncode:
        raise GitFailed(Words("git {0}: {1}", arguments[0], (done.stderr or done.stdout).strip()))
    return done.stdout


def changes(folder: Path) -> list[str]:
    """Files that differ from the last commit, or are not in it."""
    return [line[3:] for line in git(folder, "status", "--porcelain").splitlines()]


def commit(staging: Path, laid: Path | None, message: str) -> None:
    """Make the staged tree a commit on top of what was laid before, or the first one."""
    if laid is not None and (laid / ".git").is_dir():
        shutil.copytree(laid / ".git", staging / ".git", symlinks=True)
    else:
        git(staging, "init", "--quiet", f"--initial-branch={BRANCH}")
    git(staging, "add", "--all", "--force", ".")
    git(staging, "commit", "--quiet", "--allow-empty", "--message", message)
