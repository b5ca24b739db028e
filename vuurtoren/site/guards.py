"""The statements by which a database itself refuses to change or delete rows, for each dialect.

MariaDB: a stored column holds the hash of the guarded columns, and a small table refers to (name, hash)
with a foreign key that restricts. A trigger would do less there: it needs a privilege that site users lack
once the binary log is on, it lets TRUNCATE pass, and it keeps a dump from being restored under another
account. PostgreSQL and SQLite: triggers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

GUARD_COLUMN = "seal_guard"
REFUSED = "is append-only: the database refuses to change or delete its rows"
DIALECTS = ("mariadb", "postgres", "sqlite")


@dataclass(frozen=True)
class Guard:
    """What is guarded: the rows of a DocType, in these columns; other columns stay free.

    `unique` names the columns with a unique index, through which REPLACE would push a row out.
    `then` is the path of a function that a worker of a bench runs soon after a new row was committed.
    """

    doctype: str
    columns: tuple[str, ...]
    unique: tuple[str, ...] = ()
    then: str = ""

    @property
    def table(self) -> str:
        return f"tab{self.doctype}"

    @property
    def guard_table(self) -> str:
        """Not the table of a DocType, so that nothing of Frappe lists, clears or migrates it."""
        return f"__{self.doctype} Guard"

    @property
    def short(self) -> str:
        return self.doctype.lower().replace(" ", "_")

    @property
    def version(self) -> str:
        """Changes with the guarded columns, so that an outdated guard is seen and renewed."""
        return "guard " + hashlib.sha256("\0".join(self.columns).encode()).hexdigest()[:12]


def mariadb_install(guard: Guard, collation: str) -> list[str]:
    """`collation` is that of the guarded table's name column, which a foreign key must share."""
    parts = ", ".join(f"IFNULL(`{column}`, CHAR(1 USING utf8mb4))" for column in ("name", *guard.columns))
    charset = collation.partition("_")[0]
    # the end of CONCAT_WS leaves NULLs out, so each column stands in with a character that no text holds
    return [
        f"ALTER TABLE `{guard.table}` ADD COLUMN `{GUARD_COLUMN}` CHAR(64) CHARACTER SET ascii"
        f" AS (SHA2(CONCAT_WS(CHAR(0 USING utf8mb4), {parts}), 256)) STORED COMMENT '{guard.version}'",
        f"ALTER TABLE `{guard.table}` ADD UNIQUE INDEX `{GUARD_COLUMN}` (`name`, `{GUARD_COLUMN}`)",
        f"CREATE TABLE `{guard.guard_table}` ("
        f" `name` VARCHAR(140) CHARACTER SET {charset} COLLATE {collation} NOT NULL PRIMARY KEY,"
        f" `{GUARD_COLUMN}` CHAR(64) CHARACTER SET ascii NOT NULL,"
        f" CONSTRAINT `{guard.short}_guard` FOREIGN KEY (`name`, `{GUARD_COLUMN}`)"
        f" REFERENCES `{guard.table}` (`name`, `{GUARD_COLUMN}`) ON UPDATE RESTRICT ON DELETE RESTRICT"
        ") ENGINE=InnoDB",
        mariadb_guard_rows(guard),
    ]


def mariadb_guard_rows(guard: Guard, *, only: bool = False) -> str:
    """Guard every row that is not yet guarded; with `only`, the one row whose name is given as parameter."""
    insert = (
        f"INSERT INTO `{guard.guard_table}` (`name`, `{GUARD_COLUMN}`)"
        f" SELECT r.`name`, r.`{GUARD_COLUMN}` FROM `{guard.table}` r"
    )
    if only:
        # to look first whether it is guarded would lock the gap that another writer is about to fill
        return f"{insert} WHERE r.`name` = %s"
    return f"{insert} LEFT JOIN `{guard.guard_table}` g ON g.`name` = r.`name` WHERE g.`name` IS NULL"


def mariadb_unguarded(guard: Guard) -> str:
    """Counts rows that no guard row holds."""
    return (
        f"SELECT COUNT(*) FROM `{guard.table}` r LEFT JOIN `{guard.guard_table}` g ON g.`name` = r.`name`"
        " WHERE g.`name` IS NULL"
    )


def mariadb_release(guard: Guard) -> str:
    """Let one row go, whose name is given as parameter."""
    return f"DELETE FROM `{guard.guard_table}` WHERE `name` = %s"


def mariadb_remove(guard: Guard) -> list[str]:
    return [
        f"DROP TABLE IF EXISTS `{guard.guard_table}`",
        f"ALTER TABLE `{guard.table}` DROP INDEX IF EXISTS `{GUARD_COLUMN}`",
        f"ALTER TABLE `{guard.table}` DROP COLUMN IF EXISTS `{GUARD_COLUMN}`",
    ]


def postgres_version(guard: Guard) -> str:
    return f"{guard.version} in functions"


def postgres_install(guard: Guard) -> list[str]:
    """What may not change is compared inside the function: a column that a trigger itself names cannot be
    made longer, so a later version of the DocType could not be migrated."""
    changed = " OR ".join(
        f'OLD."{column}"::text IS DISTINCT FROM NEW."{column}"::text'  # json has no equality of its own
        for column in ("name", *guard.columns)
    )
    refuse, compare = f"{guard.short}_refuse", f"{guard.short}_compare"
    refusal = f"RAISE EXCEPTION '{guard.doctype} {REFUSED}' USING ERRCODE = 'restrict_violation';"
    return [
        f"CREATE OR REPLACE FUNCTION {refuse}() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN {refusal} END $$",
        f"CREATE OR REPLACE FUNCTION {compare}() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN IF {changed} THEN {refusal} END IF; RETURN NEW; END $$",
        f'CREATE TRIGGER {guard.short}_update BEFORE UPDATE ON "{guard.table}"'
        f" FOR EACH ROW EXECUTE FUNCTION {compare}()",
        f'CREATE TRIGGER {guard.short}_delete BEFORE DELETE ON "{guard.table}"'
        f" FOR EACH ROW EXECUTE FUNCTION {refuse}()",
        f'CREATE TRIGGER {guard.short}_truncate BEFORE TRUNCATE ON "{guard.table}"'
        f" FOR EACH STATEMENT EXECUTE FUNCTION {refuse}()",
        *(
            f"COMMENT ON FUNCTION {function}() IS '{postgres_version(guard)}'"
            for function in (refuse, compare)
        ),
    ]


def postgres_remove(guard: Guard) -> list[str]:
    return [
        *(
            f'DROP TRIGGER IF EXISTS {guard.short}_{event} ON "{guard.table}"'
            for event in ("update", "delete", "truncate")
        ),
        *(f"DROP FUNCTION IF EXISTS {guard.short}_{what}()" for what in ("refuse", "compare")),
    ]


def postgres_switch(guard: Guard, state: str) -> list[str]:
    """Triggers off ("DISABLE") or on ("ENABLE") within a transaction."""
    return [
        f'ALTER TABLE "{guard.table}" {state} TRIGGER {guard.short}_{event}'
        for event in ("update", "delete", "truncate")
    ]


def sqlite_install(guard: Guard) -> list[str]:
    columns = ", ".join(f'"{column}"' for column in ("name", *guard.columns))
    same = " OR ".join(f'"{column}" = NEW."{column}"' for column in ("name", *guard.unique))
    abort = f"SELECT RAISE(ABORT, '{guard.doctype} {REFUSED}')"
    # REPLACE pushes the old row out without asking a delete trigger, so it is refused before it begins;
    # the words are those of a plain duplicate, because that is what it looks like to an honest insert
    taken = "SELECT RAISE(ABORT, 'UNIQUE constraint failed: a row of that name or identity is there')"
    return [
        f'CREATE TRIGGER "{guard.short}_update" BEFORE UPDATE OF {columns} ON "{guard.table}"'
        f" BEGIN {abort}; END",
        f'CREATE TRIGGER "{guard.short}_delete" BEFORE DELETE ON "{guard.table}" BEGIN {abort}; END',
        f'CREATE TRIGGER "{guard.short}_replace" BEFORE INSERT ON "{guard.table}"'
        f' WHEN EXISTS (SELECT 1 FROM "{guard.table}" WHERE {same}) BEGIN {taken}; END',
    ]


def sqlite_remove(guard: Guard) -> list[str]:
    return [f'DROP TRIGGER IF EXISTS "{guard.short}_{event}"' for event in ("update", "delete", "replace")]


def missing(present: Sequence[str], expected: Sequence[str]) -> str:
    """What of the expected parts is not there, in words; empty when all is."""
    absent = [part for part in expected if part not in present]
    return f"{', '.join(absent)} missing" if absent else ""
