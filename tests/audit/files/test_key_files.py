"""A file with keys of the trail that others may read is told, with the command that closes it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.audit.seals.trail import write_events
from vuurtoren.audit.key_files import open_key_files
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.commands.monitoring import status
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.signals.measuring import collect


@pytest.fixture
def shared(site: SQLiteSite) -> SQLiteSite:
    """A site with keys, in a folder that everybody may enter, as the folders of a bench are."""
    write_events(site, 1)
    seal(site)
    backups = site.folder / "private" / "backups"
    backups.mkdir(parents=True, exist_ok=True)
    for folder in (site.folder, site.folder / "private", backups):
        folder.chmod(0o755)
    return site


def copied(site: SQLiteSite, name: str, mode: int) -> Path:
    copy = site.folder / "private" / "backups" / name
    copy.write_bytes((site.folder / "site_config.json").read_bytes())
    copy.chmod(mode)
    return copy


def test_nothing_is_told_of_closed_files(shared: SQLiteSite) -> None:
    copied(shared, "20261126_020000-site-site_config_backup.json", 0o600)
    assert open_key_files(shared) == []
    assert "chmod" not in status(shared).text


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o666])
def test_the_configuration_is_told_and_closing_it_ends_that(shared: SQLiteSite, mode: int) -> None:
    config = shared.folder / "site_config.json"
    config.chmod(mode)
    (found,) = open_key_files(shared)
    assert found.command == f"chmod 600 {config.resolve()}"
    assert found.command in status(shared).text
    config.chmod(0o600)
    assert open_key_files(shared) == []


def test_the_copy_that_a_backup_makes_is_told(shared: SQLiteSite) -> None:
    copy = copied(shared, "20261126_020000-my site-site_config_backup.json", 0o644)
    (found,) = open_key_files(shared)
    assert found.command == f"chmod 600 '{copy.resolve()}'"
    metric = collect(shared, ["safety"], fresh=True).get("safety.open_key_files")
    assert metric.value == 1
    assert metric.evidence[0] == {"file": str(copy.resolve()), "mode": "0644", "mend": found.command}


def test_a_folder_that_nobody_else_enters_closes_its_files(shared: SQLiteSite) -> None:
    copied(shared, "a-site_config_backup.json", 0o644)
    (shared.folder / "private" / "backups").chmod(0o700)
    assert open_key_files(shared) == []


def test_files_without_keys_of_ours_are_nobodys_business(shared: SQLiteSite) -> None:
    for name, text in (("a", json.dumps({"db_password": "x"})), ("b", "[1]"), ("c-enc", "\x00 no JSON")):
        path = copied(shared, f"{name}-site_config_backup.json", 0o644)
        path.write_text(text)
    assert open_key_files(shared) == []
