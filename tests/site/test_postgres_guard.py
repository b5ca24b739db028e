"""The guard of the trail on a real PostgreSQL server, started for these tests in a temporary folder."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.site.servers import postgres_binaries, postgres_hindrance, postgres_server
from vuurtoren.audit.seals.append_only_guard import GUARD
from vuurtoren.site.guards import postgres_install, postgres_remove, postgres_switch
from vuurtoren.site.schema import load_schemas

TYPES = {"JSON": "json", "Int": "bigint", "Check": "smallint", "Datetime": "timestamp(6)"}
"""As Frappe makes columns; all else is text here."""


pytestmark = pytest.mark.skipif(bool(postgres_hindrance()), reason=postgres_hindrance() or "-")


@pytest.fixture(scope="module")
def server() -> Iterator[dict[str, Any]]:
    with postgres_server() as given:
        yield given


@pytest.fixture
def database(server: dict[str, Any]) -> Iterator[Any]:
    """A connection to a database with the audit table, one guarded row in it."""
    import psycopg2

    connection = psycopg2.connect(**server)
    connection.autocommit = True
    fields = load_schemas()[GUARD.doctype].fields.values()
    columns = [f'"{field.name}" {TYPES.get(field.type, "text")}' for field in fields if field.name != "name"]
    columns += ['"_liked_by" text', '"_comments" text']
    cursor = connection.cursor()
    cursor.execute(f'DROP TABLE IF EXISTS "{GUARD.table}"')
    cursor.execute(f'CREATE TABLE "{GUARD.table}" (name text PRIMARY KEY, {", ".join(columns)})')
    cursor.execute(f'CREATE UNIQUE INDEX event ON "{GUARD.table}" (event_id)')
    for statement in (*postgres_remove(GUARD), *postgres_install(GUARD)):
        cursor.execute(statement)
    cursor.execute(
        f"""INSERT INTO "{GUARD.table}" (name, event_id, action, details, rule_id, timestamp)
        VALUES ('r1', 'e1', 'sent', '{{"a": 1}}', NULL, '2026-11-04 10:00')"""
    )
    yield cursor
    connection.close()


ATTACKS = {
    "update": "UPDATE {} SET action = 'forged'",
    "trailing space": "UPDATE {} SET action = action || ' '",
    "a value from nothing": "UPDATE {} SET rule_id = ''",
    "details": "UPDATE {} SET details = '{{}}'",
    "the same details, written in another way": "UPDATE {} SET details = '{{\"a\":1}}'",
    "another time": "UPDATE {} SET timestamp = timestamp + interval '1 microsecond'",
    "another name": "UPDATE {} SET name = 'r2'",
    "delete": "DELETE FROM {}",
    "upsert": "INSERT INTO {} (name, event_id) VALUES ('r1', 'e2') ON CONFLICT (name)"
    " DO UPDATE SET action = 'x'",
    "truncate": "TRUNCATE {}",
    "truncate with everything": "TRUNCATE {} CASCADE",
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=list(ATTACKS))
def test_it_refuses(database: Any, attack: str) -> None:
    import psycopg2

    before = _rows(database)
    with pytest.raises(psycopg2.errors.RestrictViolation, match="append-only"):
        database.execute(attack.format(f'"{GUARD.table}"'))
    assert _rows(database) == before


def test_everyday_life_goes_on(database: Any) -> None:
    database.execute(
        f"""UPDATE "{GUARD.table}" SET "user" = 'new', reference_name = 'renamed', modified = now(),
        _liked_by = '[]', _comments = '[]'"""
    )
    database.execute(f"""INSERT INTO "{GUARD.table}" (name, event_id) VALUES ('r2', 'e2')""")
    database.execute(f'ALTER TABLE "{GUARD.table}" ADD COLUMN later text')
    assert len(_rows(database)) == 2


def test_a_migration_may_change_the_columns_it_guards(database: Any) -> None:
    database.execute(f'ALTER TABLE "{GUARD.table}" ALTER COLUMN action TYPE varchar(200)')
    database.execute(f'CREATE INDEX later ON "{GUARD.table}" (rule_id)')
    test_it_refuses(database, ATTACKS["update"])


def test_a_second_event_of_the_same_identity_is_no_replacement(database: Any) -> None:
    import psycopg2

    with pytest.raises(psycopg2.errors.UniqueViolation):
        database.execute(f"""INSERT INTO "{GUARD.table}" (name, event_id) VALUES ('r3', 'e1')""")
    database.execute(
        f"""INSERT INTO "{GUARD.table}" (name, event_id) VALUES ('r3', 'e1') ON CONFLICT DO NOTHING"""
    )
    assert len(_rows(database)) == 1


def test_retention_may_switch_it_off_in_a_transaction_which_undoes_it(database: Any) -> None:
    database.connection.autocommit = False
    for statement in postgres_switch(GUARD, "DISABLE"):
        database.execute(statement)
    database.execute(f'DELETE FROM "{GUARD.table}"')
    database.connection.rollback()
    database.connection.autocommit = True
    test_it_refuses(database, ATTACKS["delete"])


def test_a_dump_carries_the_guard_to_another_database(server: dict[str, Any], database: Any) -> None:
    import psycopg2

    port, user = str(server["port"]), server["user"]
    folder = postgres_binaries() or Path()
    where = ["-h", "127.0.0.1", "-p", port, "-U", user]
    dump = subprocess.run(
        [str(folder / "pg_dump"), *where, "postgres"], capture_output=True, check=True, timeout=120
    )
    database.execute("DROP DATABASE IF EXISTS restored")
    database.execute("DROP ROLE IF EXISTS somebody")
    database.execute("CREATE ROLE somebody LOGIN SUPERUSER")
    database.execute("CREATE DATABASE restored OWNER somebody")
    as_other = ["-h", "127.0.0.1", "-p", port, "-U", "somebody", "-v", "ON_ERROR_STOP=1", "-q", "restored"]
    subprocess.run(
        [str(folder / "psql"), *as_other], input=dump.stdout, capture_output=True, check=True, timeout=120
    )
    restored = psycopg2.connect(**server | {"dbname": "restored", "user": "somebody"})
    restored.autocommit = True
    test_it_refuses(restored.cursor(), ATTACKS["update"])
    restored.close()


def test_without_it_nothing_is_refused(database: Any) -> None:
    for statement in postgres_remove(GUARD):
        database.execute(statement)
    database.execute(f'DELETE FROM "{GUARD.table}"')
    assert _rows(database) == []


def _rows(cursor: Any) -> list[Any]:
    cursor.execute(f'SELECT * FROM "{GUARD.table}"')
    return [tuple(map(str, row)) for row in cursor.fetchall()]
