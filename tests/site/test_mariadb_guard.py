"""The guard of the trail on a real MariaDB server with its binary log on, as its own users see it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.site.servers import Refused, mariadb_hindrance, mariadb_server, run
from vuurtoren.audit.seals.append_only_guard import GUARD
from vuurtoren.site.guards import mariadb_guard_rows, mariadb_install, mariadb_release
from vuurtoren.site.schema import load_schemas

TYPES = {"JSON": "longtext", "Int": "bigint", "Check": "tinyint", "Datetime": "datetime(6)"}
"""As Frappe makes columns; all else is a short text."""
COLLATION = "utf8mb4_unicode_ci"
TABLE = f"`{GUARD.table}`"
Run = Callable[..., str]


pytestmark = pytest.mark.skipif(bool(mariadb_hindrance()), reason=mariadb_hindrance() or "-")


@pytest.fixture(scope="module")
def socket() -> Iterator[Path]:
    with mariadb_server("--log-bin=binlog", "--server-id=1", "--binlog-format=ROW") as path:
        yield path


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
