"""The guard of the trail on a real MariaDB server with its binary log on, as its own users see it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from verenigingen.tests.support.patience import until
from vuurtoren.audit.seals.append_only_guard import GUARD
from vuurtoren.site.guards import mariadb_guard_rows, mariadb_install, mariadb_release
from vuurtoren.site.schema import load_schemas

PROGRAMS = ("mariadbd", "mariadb-install-db", "mariadb", "mariadb-dump")
TYPES = {"JSON": "longtext", "Int": "bigint", "Check": "tinyint", "Datetime": "datetime(6)"}
"""As Frappe makes columns; all else is a short text."""
COLLATION = "utf8mb4_unicode_ci"
TABLE = f"`{GUARD.table}`"
START_SECONDS = 60
Run = Callable[..., str]


def hindrance() -> str:
    lacking = [program for program in PROGRAMS if shutil.which(program) is None]
    return f"no MariaDB server is installed here ({', '.join(lacking)} is missing)" if lacking else ""


pytestmark = pytest.mark.skipif(bool(hindrance()), reason=hindrance() or "-")


class Refused(Exception):
    """The server said no; the text holds its number."""


@pytest.fixture(scope="module")
def socket() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="vm-mariadb-"))
    data, path = folder / "data", folder / "s"
    as_root = ["--user=root"] if os.geteuid() == 0 else []
    install = ["mariadb-install-db", "--no-defaults", f"--datadir={data}", *as_root]
    install.append("--auth-root-authentication-method=normal")
    subprocess.run(install, check=True, capture_output=True, timeout=120)
    command = ["mariadbd", "--no-defaults", f"--datadir={data}", f"--socket={path}", *as_root]
    command += ["--skip-networking", "--log-bin=binlog", "--server-id=1", "--innodb-buffer-pool-size=32M"]
    command += ["--binlog-format=ROW", f"--pid-file={folder / 'pid'}", f"--log-error={folder / 'log'}"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(path)
        yield path
    finally:
        server.terminate()
        server.wait(timeout=60)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(socket: Path) -> None:
    def answers() -> bool:
        try:
            return bool(run(socket, "root", "", "SELECT 1"))
        except Refused:
            return False

    until(answers, "a server that answers", START_SECONDS)


def run(socket: Path, user: str, database: str, *statements: str) -> str:
    command = ["mariadb", "--no-defaults", f"--socket={socket}", "-u", user, "-N"]
    done = subprocess.run(
        [*command, *([database] if database else [])],
        input=";\n".join(statements), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    if done.returncode:
        raise Refused(done.stderr)
    return done.stdout


@pytest.fixture
def site(socket: Path) -> Iterator[Run]:
    """Statements as a user who owns one database and has no other right; one guarded row is there."""
    own = [f"CREATE USER {user}@localhost" for user in ("site", "other")]
    own += [f"CREATE DATABASE {user} CHARACTER SET utf8mb4 COLLATE {COLLATION}" for user in ("site", "other")]
    own += [f"GRANT ALL ON {user}.* TO {user}@localhost" for user in ("site", "other")]
    run(socket, "root", "", *own)
    fields = [field for field in load_schemas()[GUARD.doctype].fields.values() if field.name != "name"]
    columns = ", ".join(f"`{field.name}` {TYPES.get(field.type, 'varchar(140)')}" for field in fields)

    def as_site(*statements: str) -> str:
        return run(socket, "site", "site", *statements)

    as_site(
        f"CREATE TABLE {TABLE} (name varchar(140) PRIMARY KEY, {columns}, _liked_by text, UNIQUE (event_id))"
        " ENGINE=InnoDB ROW_FORMAT=DYNAMIC"
    )
    as_site(*mariadb_install(GUARD, COLLATION))
    row = f"INSERT INTO {TABLE} (name, event_id, action, details) VALUES ('r1', 'e1', 'sent', '{{}}')"
    as_site(row, mariadb_guard_rows(GUARD, only=True).replace("%s", "'r1'"))
    yield as_site
    both = ("site", "other")
    run(socket, "root", "", *(f"DROP DATABASE {user}; DROP USER {user}@localhost" for user in both))


ATTACKS = {
    "update": f"UPDATE {TABLE} SET action = 'forged'",
    "trailing space": f"UPDATE {TABLE} SET action = CONCAT(action, ' ')",
    "a value from nothing": f"UPDATE {TABLE} SET rule_id = ''",
    "a value moved": f"UPDATE {TABLE} SET rule_id = action, action = NULL",
    "another name": f"UPDATE {TABLE} SET name = 'r2'",
    "delete": f"DELETE FROM {TABLE}",
    "replace": f"REPLACE INTO {TABLE} (name, event_id) VALUES ('r1', 'e1')",
    "replace by the event": f"REPLACE INTO {TABLE} (name, event_id) VALUES ('r9', 'e1')",
    "on duplicate key": f"INSERT INTO {TABLE} (name, event_id) VALUES ('r1', 'e2')"
    " ON DUPLICATE KEY UPDATE action = 'forged'",
    "truncate": f"TRUNCATE TABLE {TABLE}",
    "drop": f"DROP TABLE {TABLE}",
    "drop the hash": f"ALTER TABLE {TABLE} DROP COLUMN seal_guard",
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=list(ATTACKS))
def test_it_refuses_with_the_binary_log_on(site: Run, attack: str) -> None:
    assert "ON" in site("SHOW VARIABLES LIKE 'log_bin'")
    before = site(f"SELECT * FROM {TABLE}")
    with pytest.raises(Refused):
        site(attack)
    assert site(f"SELECT * FROM {TABLE}") == before


def test_a_trigger_would_take_a_right_that_the_site_does_not_have(site: Run) -> None:
    with pytest.raises(Refused, match="1419"):
        site(f"CREATE TRIGGER t BEFORE UPDATE ON {TABLE} FOR EACH ROW SET NEW.action = OLD.action")


def test_everyday_life_and_migrations_go_on(site: Run) -> None:
    site(f"UPDATE {TABLE} SET `user` = 'new', reference_name = 'renamed', _liked_by = '[]'")
    site(f"ALTER TABLE {TABLE} MODIFY action varchar(200)", f"ALTER TABLE {TABLE} ADD later text")
    site(f"ALTER TABLE {TABLE} ADD INDEX later (rule_id)")
    with pytest.raises(Refused, match="1451"):
        site(ATTACKS["update"])


def test_a_row_that_retention_lets_go_may_be_deleted(site: Run) -> None:
    site(mariadb_release(GUARD).replace("%s", "'r1'"), ATTACKS["delete"])
    assert site(f"SELECT COUNT(*) FROM {TABLE}").strip() == "0"


def test_a_dump_is_restored_by_another_user_and_still_refuses(socket: Path, site: Run) -> None:
    dump = ["mariadb-dump", "--no-defaults", f"--socket={socket}", "-u", "site", "--single-transaction"]
    done = subprocess.run([*dump, "site"], capture_output=True, text=True, timeout=120, check=True)
    run(socket, "other", "other", done.stdout)
    for attack in ("update", "delete", "truncate", "drop"):
        with pytest.raises(Refused):
            run(socket, "other", "other", ATTACKS[attack])
    assert run(socket, "other", "other", f"SELECT action FROM {TABLE}").strip() == "sent"
