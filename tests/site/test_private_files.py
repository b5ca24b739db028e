"""Keys and personal data lie in files for their owner alone, whatever the umask is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import MovableClock
from vuurtoren.audit.recording import spool
from vuurtoren.audit.seals.keys import ensure_keys
from vuurtoren.embedded.mailer import Mailer
from vuurtoren.embedded.server.access_log import REQUEST_LOG
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.site.private_files import is_open_to_others, open_private
from vuurtoren.site.values import Mail


@pytest.fixture(autouse=True)
def open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): f"{path.stat().st_mode & 0o777:o}"
        for path in folder.rglob("*")
        if path.is_file() and "locks" not in path.parts
    }


def test_every_file_of_an_embedded_site_is_for_its_owner_alone(tmp_path: Path, clock: MovableClock) -> None:
    site = SQLiteSite(tmp_path / "site", clock=clock)
    ensure_keys(site)
    Mailer(site).send(Mail(("beheer@vereniging.example",), "s", "t", "<p>t</p>"))
    spool._write(spool._folder(site), "event.json", "{}")
    assert set(modes(site.folder).values()) == {"600"}
    assert f"{site.folder.stat().st_mode & 0o777:o}" == "700"
    site.store.close()


def test_a_configuration_that_others_may_read_is_closed_to_them_at_opening(tmp_path: Path) -> None:
    config = tmp_path / "site" / "site_config.json"
    config.parent.mkdir()
    config.write_text("{}")
    config.chmod(0o644)
    SQLiteSite(tmp_path / "site").store.close()
    assert not is_open_to_others(config)


def test_a_log_that_others_may_read_is_closed_to_them_at_the_next_line(tmp_path: Path) -> None:
    log = tmp_path / REQUEST_LOG
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("x\n")
    log.chmod(0o666)
    with open_private(log, "a") as handle:
        handle.write("y\n")
    assert log.read_text() == "x\ny\n"
    assert not is_open_to_others(log)
