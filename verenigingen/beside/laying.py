"""Lays the tree into a bench, or brings it up to date; whatever a killed run left, the next one finishes."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from verenigingen.beside import repository
from verenigingen.beside.bench import Bench
from verenigingen.beside.tree import MARK, NEW, OLD, ROOT, Tree, laid_tree
from vuurtoren.site.words.words import Words

Say = Callable[[Words], None]


class Refused(Exception):
    """This is not done; why, and what to do instead."""


@dataclass(frozen=True)
class Difference:
    """How the tree that is laid differs from the one that would be."""

    added: int
    changed: int
    removed: int

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)

    def words(self) -> Words:
        return Words("{0} new files, {1} changed, {2} gone", self.added, self.changed, self.removed)


def lay(bench: Bench, *, dry_run: bool, say: Say, root: Path = ROOT) -> None:
    """Lay, commit, install, list and link; each step only where it is needed."""
    with _only_one(bench):
        if not dry_run:
            _finish_what_was_killed(bench)
        _refuse_what_is_not_ours(bench, root)
        tree = laid_tree(root)
        found = difference(bench.laid, tree)
        told: tuple[object, object] = (bench.laid, found.words())
        laying = Words("Would lay {0}: {1}", *told) if dry_run else Words("Lay {0}: {1}", *told)
        _step(bool(found), laying, lambda: _replace(bench, tree, root), dry_run, say)
        # a new tree is installed again: its packages and its version may be others
        needed = bool(found) or not bench.is_installed()
        told = (bench.app, bench.path)
        installing = (
            Words("Would install {0} into {1}/env", *told)
            if dry_run
            else Words("Install {0} into {1}/env", *told)
        )
        _step(needed, installing, lambda: bench.install(OLD.package), dry_run, say)
        file = bench.apps_txt
        adding = Words("Would add a line to {0}", file) if dry_run else Words("Add a line to {0}", file)
        _step(not bench.is_listed(), adding, bench.list_app, dry_run, say)
        linking = Words("Would link {0}", bench.assets) if dry_run else Words("Link {0}", bench.assets)
        _step(not bench.are_assets_linked(), linking, bench.link_assets, dry_run, say)


def difference(laid: Path, tree: Tree) -> Difference:
    there = {path: laid / path for path in _laid_files(laid)}
    both = tree.keys() & there.keys()
    return Difference(
        added=len(tree.keys() - there.keys()),
        changed=sum(tree[path] != there[path].read_bytes() for path in both),
        removed=len(there.keys() - tree.keys()),
    )


def _step(needed: bool, what: Words, do: Callable[[], None], dry_run: bool, say: Say) -> None:
    if needed:
        say(what)
        if not dry_run:
            do()


def _laid_files(laid: Path) -> list[PurePosixPath]:
    """The files of the last commit; of a folder without one all files."""
    if not laid.exists():
        return []
    return [PurePosixPath(name) for name in repository.git(laid, "ls-files", "-z").split("\0") if name]


@contextmanager
def _only_one(bench: Bench) -> Iterator[None]:
    """Held by the folder of the apps itself, so that nothing is left behind and a killed run lets go."""
    folder = os.open(bench.path / "apps", os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Refused(
                Words("Another run is laying into {0}; try again when it has ended.", bench.path)
            ) from None
        yield
    finally:
        os.close(folder)


def _finish_what_was_killed(bench: Bench) -> None:
    """A tree that was being written is written anew; one that was being replaced comes back, or goes."""
    shutil.rmtree(bench.staging, ignore_errors=True)
    if bench.leaving.exists():
        if bench.laid.exists():
            shutil.rmtree(bench.leaving)
        else:
            bench.leaving.rename(bench.laid)


def _refuse_what_is_not_ours(bench: Bench, root: Path) -> None:
    if bench.path.resolve() in root.resolve().parents and root.resolve() == bench.laid.resolve():
        raise Refused(
            Words("This is the laid tree itself; run the command in the checkout that it was made from.")
        )
    laid = bench.laid
    if laid.is_symlink() or (laid.exists() and not (laid / MARK).is_file()):
        raise Refused(
            Words("{0} was not laid by this command (it has no {1}); nothing was touched.", laid, MARK)
        )
    if not laid.exists():
        return
    if not (laid / ".git").is_dir():
        raise Refused(Words("{0} has lost its .git; move that folder away and run this again.", laid))
    changed = repository.changes(laid)
    if changed:
        raise Refused(
            Words(
                "{0} has changes of its own, which an update would lose: {1}. Undo them there with "
                "`git checkout .` and `git clean -d`, or keep a copy; then run this again.",
                laid,
                ", ".join(changed[:5]),
            )
        )


def _replace(bench: Bench, tree: Tree, root: Path) -> None:
    """Write aside, commit, and only then take the old tree's place."""
    for path, content in tree.items():
        file = bench.staging / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    laid = bench.laid if bench.laid.exists() else None
    repository.commit(bench.staging, laid, _message(tree, root))
    if laid:
        bench.laid.rename(bench.leaving)
    bench.staging.rename(bench.laid)
    shutil.rmtree(bench.leaving, ignore_errors=True)


def _message(tree: Tree, root: Path) -> str:
    """The version, and the commit of the checkout where it has one."""
    text = tree[PurePosixPath(NEW.package, "__init__.py")].decode()
    found = re.search(r'__version__ = "([^"]+)"', text)
    version = found[1] if found else "unknown version"
    try:
        return f"{NEW.package} {version}, from {repository.git(root, 'rev-parse', '--short', 'HEAD').strip()}"
    except (repository.GitFailed, subprocess.TimeoutExpired):
        return f"{NEW.package} {version}"
