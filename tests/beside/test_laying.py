"""Laying into a bench: once, again after an update, after a killed run, and what is refused."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.beside.made_up_bench import HOST, beside, everything_in, make_bench
from verenigingen.beside import laying, repository
from verenigingen.beside.bench import Bench
from verenigingen.beside.tree import MARK, NEW, ROOT

APP = NEW.package


@pytest.fixture
def bench(tmp_path: Path) -> Path:
    return make_bench(tmp_path / "bench")


def lay(bench: Path, root: Path = ROOT) -> list[str]:
    said: list[str] = []
    laying.lay(Bench(bench, APP), dry_run=False, say=said.append, root=root)
    return said


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A checkout of which a test changes files."""
    folder = tmp_path / "checkout"
    for part in ("verenigingen", "vuurtoren"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for part in ("LICENSE", "MANIFEST.in", "pyproject.toml"):
        shutil.copy(ROOT / part, folder / part)
    return folder


def test_one_command_lays_installs_lists_and_links(bench: Path) -> None:
    done = beside(bench)
    assert done.returncode == 0, done.stderr
    assert (bench / "apps" / APP / APP / "hooks.py").is_file()
    assert (bench / "apps" / APP / "vuurtoren/carrier.py").is_file()
    assert (bench / "sites/apps.txt").read_text("utf-8") == f"frappe\nverenigingen\n{APP}\n"
    assert (bench / "sites/assets" / APP / "js/monitor_notice.js").is_file()
    assert not os.path.isabs(os.readlink(bench / "sites/assets" / APP))
    assert "--no-deps" in (bench / "env/noted.calls").read_text("utf-8")
    assert f"    bench --site SITE install-app {APP}\n" in done.stdout


def test_the_host_app_is_not_touched(bench: Path) -> None:
    before = everything_in(bench / "apps/verenigingen")
    beside(bench)
    assert everything_in(bench / "apps/verenigingen") == before
    assert HOST.split("/", 2)[2] in before


def test_the_laid_tree_is_a_clean_repository_without_a_remote(bench: Path) -> None:
    beside(bench)
    laid = bench / "apps" / APP
    assert "nothing to commit, working tree clean" in repository.git(laid, "status")
    assert repository.git(laid, "remote", "-v") == ""
    (laid / f"{APP}.egg-info").mkdir()
    (laid / f"{APP}.egg-info/PKG-INFO").write_text("made by pip", "utf-8")
    assert repository.changes(laid) == []


def test_a_second_run_changes_nothing(bench: Path) -> None:
    lay(bench)
    before = everything_in(bench)
    head = repository.git(bench / "apps" / APP, "rev-parse", "HEAD")
    assert lay(bench) == []
    assert everything_in(bench) == before
    assert repository.git(bench / "apps" / APP, "rev-parse", "HEAD") == head


def test_an_update_is_a_commit_on_top(bench: Path, source: Path) -> None:
    lay(bench, source)
    (source / "vuurtoren/new_room.py").write_text("NEW = 1\n", "utf-8")
    (source / "verenigingen/website.py").unlink()
    assert any("1 new files, 0 changed, 1 gone" in line for line in lay(bench, source))
    laid = bench / "apps" / APP
    assert (laid / "vuurtoren/new_room.py").is_file()
    assert not (laid / APP / "website.py").exists()
    assert len(repository.git(laid, "log", "--oneline").splitlines()) == 2
    assert repository.changes(laid) == []


def test_a_dry_run_says_what_it_would_do_and_changes_nothing(bench: Path) -> None:
    before = everything_in(bench)
    done = beside(bench, "--dry-run")
    assert done.returncode == 0
    assert "Would lay" in done.stdout and "Would add a line" in done.stdout
    assert everything_in(bench) == before


def test_a_last_line_without_an_end_gets_one(tmp_path: Path) -> None:
    bench = make_bench(tmp_path / "bench", apps_txt="frappe\nverenigingen")
    lay(bench)
    assert (bench / "sites/apps.txt").read_text("utf-8") == f"frappe\nverenigingen\n{APP}\n"


def test_a_folder_of_somebody_else_is_refused(bench: Path) -> None:
    foreign = bench / "apps" / APP
    foreign.mkdir()
    (foreign / "theirs.txt").write_text("theirs", "utf-8")
    before = everything_in(bench)
    done = beside(bench)
    assert done.returncode == 1
    assert MARK in done.stderr
    assert everything_in(bench) == before


def test_a_laid_tree_with_changes_of_its_own_is_refused(bench: Path) -> None:
    lay(bench)
    (bench / "apps" / APP / APP / "hooks.py").write_text("changed = 1\n", "utf-8")
    with pytest.raises(laying.Refused, match=r"hooks\.py"):
        lay(bench)


def test_a_folder_that_is_no_bench_is_refused(tmp_path: Path) -> None:
    done = beside(tmp_path)
    assert done.returncode == 1
    assert "is no bench" in done.stderr


def test_two_runs_at_once_do_not_mix(bench: Path) -> None:
    held = os.open(bench / "apps", os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        done = beside(bench)
    finally:
        os.close(held)
    assert done.returncode == 1
    assert "Another run" in done.stderr
    assert not (bench / "apps" / APP).exists()


def test_a_run_killed_while_writing_is_finished_by_the_next(bench: Path) -> None:
    half = Bench(bench, APP).staging
    half.mkdir()
    (half / "half").write_text("half a file", "utf-8")
    lay(bench)
    assert not half.exists()
    assert not (bench / "apps" / APP / "half").exists()


@pytest.mark.parametrize("killed_at", [1, 2])
def test_a_run_killed_between_two_renames_is_finished_by_the_next(
    bench: Path, source: Path, monkeypatch: pytest.MonkeyPatch, killed_at: int
) -> None:
    lay(bench, source)
    (source / "vuurtoren/new_room.py").write_text("NEW = 1\n", "utf-8")
    renames: list[Path] = []
    rename = Path.rename

    def until_killed(self: Path, target: Path) -> Path:
        renames.append(self)
        if len(renames) == killed_at:
            raise KeyboardInterrupt
        return rename(self, target)

    with monkeypatch.context() as killing, pytest.raises(KeyboardInterrupt):
        killing.setattr(Path, "rename", until_killed)
        lay(bench, source)
    lay(bench, source)
    assert (bench / "apps" / APP / "vuurtoren/new_room.py").is_file()
    assert sorted(path.name for path in (bench / "apps").iterdir()) == ["frappe", "verenigingen", APP]
    assert len(repository.git(bench / "apps" / APP, "log", "--oneline").splitlines()) == 2


def test_git_variables_of_a_caller_lead_nowhere_else(bench: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", str(bench / "nowhere"))
    lay(bench)
    assert (bench / "apps" / APP / ".git").is_dir()


def test_a_broken_link_of_the_assets_is_mended(bench: Path) -> None:
    (bench / "sites/assets" / APP).symlink_to("/nowhere/public")
    lay(bench)
    assert (bench / "sites/assets" / APP / "js/monitor_notice.js").is_file()


def test_where_this_product_has_the_first_name_the_way_to_move_a_site_is_said(bench: Path) -> None:
    (bench / "apps/verenigingen/verenigingen/carrier.txt").write_text("ours", "utf-8")
    said = beside(bench).stdout
    assert f"bench --site SITE monitoring rename-app --to {APP}" in said


@pytest.mark.parametrize("version", ["3.10", "3.11", "3.12", "3.13", "3.14"])
def test_every_python_that_a_bench_may_have_can_lay(bench: Path, version: str) -> None:
    python = shutil.which(f"python{version}")
    if python is None or version == f"{sys.version_info.major}.{sys.version_info.minor}":
        pytest.skip(f"python{version} is not another Python of this machine")
    if subprocess.run([python, "-c", "pass"], capture_output=True, timeout=60).returncode:
        pytest.skip(f"{python} does not run")
    assert beside(bench, "--dry-run", python=python).returncode == 0
