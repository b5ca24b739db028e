"""What real database servers count of the statements of a site, as its own user sees it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.site.servers import (
    Refused,
    mariadb_hindrance,
    mariadb_server,
    postgres_hindrance,
    postgres_server,
    run,
)
from vuurtoren.frappe_adapter.database_facts import MARIADB, POSTGRESQL
from vuurtoren.frappe_adapter.statements import DIGESTS, statements
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.values import Statement

on_mariadb = pytest.mark.skipif(bool(mariadb_hindrance()), reason=mariadb_hindrance() or "-")
on_postgres = pytest.mark.skipif(bool(postgres_hindrance()), reason=postgres_hindrance() or "-")
READ = f"GRANT SELECT ON {DIGESTS} TO site@localhost"
Ask = Callable[[str], list[tuple[Any, ...]]]


def asking(path: Path, user: str = "site") -> Ask:
    def ask(statement: str) -> list[tuple[Any, ...]]:
        try:
            lines = run(path, user, user, statement).splitlines()
        except Refused as refused:
            raise Unavailable("the database server does not say: {0}", refused) from refused
        return [tuple(None if cell == "NULL" else cell for cell in line.split("\t")) for line in lines]

    return ask


@pytest.fixture(scope="module")
def counting() -> Iterator[Path]:
    """A server that counts, with room for few; two sites, of which one may read what is counted."""
    with mariadb_server("--performance-schema=ON", "--performance-schema-digests-size=200") as path:
        for user in ("site", "other"):
            make = (f"CREATE USER {user}@localhost", f"CREATE DATABASE {user}")
            run(path, "root", "", *make, f"GRANT ALL ON {user}.* TO {user}@localhost")
            run(path, user, user, "CREATE TABLE member (name varchar(140), secret varchar(140))")
        run(path, "root", "", READ)
        yield path


def named(found: tuple[Statement, ...], beginning: str) -> list[Statement]:
    return [each for each in found if each.text.startswith(beginning)]


@on_mariadb
def test_mariadb_tells_how_often_how_long_and_how_many_rows_but_no_value(counting: Path) -> None:
    rows = ", ".join(f"('m{number}', 'geheim')" for number in range(50))
    asked = "SELECT name FROM member WHERE secret = 'geheim' AND SLEEP(0.001) = 0"
    run(counting, "site", "site", f"INSERT INTO member VALUES {rows}", *[asked] * 3)
    told = statements(MARIADB, asking(counting))
    (statement,) = named(told.found, "SELECT NAME FROM `member`")
    assert statement.times == 3
    assert statement.rows_examined == 150
    assert 150 <= statement.total_ms < 60_000
    assert statement.age_seconds is not None and 0 <= statement.age_seconds < 600
    assert "geheim" not in repr(told)


@on_mariadb
def test_mariadb_tells_of_this_site_alone(counting: Path) -> None:
    run(counting, "other", "other", "SELECT secret FROM member WHERE name = 'x'")
    assert named(statements(MARIADB, asking(counting)).found, "SELECT `secret`") == []


@on_mariadb
def test_without_the_right_it_says_how_to_give_it(counting: Path) -> None:
    with pytest.raises(Unavailable, match=re.escape(f"GRANT SELECT ON {DIGESTS} TO 'other'@'localhost';")):
        statements(MARIADB, asking(counting, "other"))


@on_mariadb
def test_what_no_longer_has_room_is_counted_in_one(counting: Path) -> None:
    assert statements(MARIADB, asking(counting)).not_told_apart == 0
    many = [f"SELECT {', '.join(['name'] * number)} FROM member" for number in range(1, 260)]
    run(counting, "site", "site", *many)
    assert statements(MARIADB, asking(counting)).not_told_apart > 50


@on_mariadb
def test_a_server_that_does_not_count_says_how_to_begin() -> None:
    with mariadb_server() as path:
        run(path, "root", "", "CREATE USER site@localhost", "CREATE DATABASE site")
        run(path, "root", "", "GRANT ALL ON site.* TO site@localhost")
        with pytest.raises(Unavailable, match="performance_schema=ON"):
            statements(MARIADB, asking(path))


@pytest.fixture
def postgres() -> Iterator[Callable[..., Ask]]:
    """Asks as this role in this database of a server that counts."""
    import psycopg2

    with postgres_server("-c shared_preload_libraries=pg_stat_statements") as server:
        opened: list[Any] = []

        def asking_as(user: str, database: str) -> Ask:
            connection = psycopg2.connect(**server | {"user": user, "dbname": database})
            connection.autocommit = True
            opened.append(connection)

            def ask(statement: str) -> list[tuple[Any, ...]]:
                cursor = connection.cursor()
                cursor.execute(statement)
                return list(cursor.fetchall()) if cursor.description else []

            return ask

        root = asking_as(server["user"], "postgres")
        for user in ("site", "other"):
            root(f"CREATE ROLE {user} LOGIN")
            root(f"CREATE DATABASE {user} OWNER {user}")
        asking_as(server["user"], "site")("CREATE EXTENSION pg_stat_statements")
        yield asking_as
        for connection in opened:
            connection.close()


@on_postgres
def test_postgres_tells_of_this_site_alone_and_no_value(postgres: Callable[..., Ask]) -> None:
    site, other = postgres("site", "site"), postgres("other", "other")
    for ask in (site, other):
        ask("CREATE TABLE member (name text, secret text)")
    for name in ("a", "b", "c"):
        site(f"SELECT name FROM member WHERE secret = 'geheim' AND name = '{name}'")
        other("SELECT secret FROM member")
    site("SET application_name = 'geheim'")
    told = statements(POSTGRESQL, site)
    (statement,) = named(told.found, "SELECT name FROM member")
    assert statement.text == "SELECT name FROM member WHERE secret = ? AND name = ?"
    assert (statement.times, statement.rows_examined, statement.age_seconds) == (3, None, None)
    assert statement.total_ms > 0
    assert "geheim" not in repr(told) and named(told.found, "SELECT secret") == []


@on_postgres
def test_without_the_extension_it_says_what_to_do(postgres: Callable[..., Ask]) -> None:
    with pytest.raises(Unavailable, match="CREATE EXTENSION pg_stat_statements"):
        statements(POSTGRESQL, postgres("other", "other"))
