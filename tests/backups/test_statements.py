"""What a dump holds, read to its end: of each maker, and of dumps that are none."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from vuurtoren.backups.dump import read_through
from vuurtoren.backups.statements import NotWhole

MARIADB = rb"""/*M!999999\- enable the sandbox mode */
-- MariaDB dump 10.19  Distrib 10.11.6-MariaDB, for debian-linux-gnu (x86_64)
--
-- Host: 127.0.0.1    Database: _1bd3e0294da19198
-- ------------------------------------------------------
/*!40101 SET NAMES utf8mb4 */;
DROP TABLE IF EXISTS `tabMember`;
CREATE TABLE `tabMember` (
  `name` varchar(140) NOT NULL COMMENT 'a; b',
  PRIMARY KEY (`name`)
) ENGINE=InnoDB;
LOCK TABLES `tabMember` WRITE;
INSERT INTO `tabMember` VALUES ('a (1), (2)',1),('it\'s; here\\',NULL),('(''x'')',0x1F);
INSERT INTO `tabMember` VALUES
('b',2),
('c;\n-- Dump completed',3);
UNLOCK TABLES;
DELIMITER ;;
/*!50003 CREATE*/ /*!50017 DEFINER=`x`@`localhost`*/ /*!50003 TRIGGER t BEFORE UPDATE ON tabMember
BEGIN
  SIGNAL SQLSTATE '45000';
END */;;
DELIMITER ;
-- Dump completed on 2026-11-03  3:00:01
"""
POSTGRESQL = rb"""--
-- PostgreSQL database dump
--
\restrict abc
SET statement_timeout = 0;
CREATE TABLE public."tabMember" (
    name character varying(140) NOT NULL
);
COPY public."tabMember" (name, idx) FROM stdin;
one	1
two; three	2
\.
ALTER TABLE ONLY public."tabMember" ADD CONSTRAINT "tabMember_pkey" PRIMARY KEY (name);
--
-- PostgreSQL database dump complete
--
"""
SQLITE = b"""-- SQLite dump
-- Database: vereniging.example
BEGIN TRANSACTION;
CREATE TABLE "tabMember" (name TEXT, note TEXT);
INSERT INTO "tabMember" VALUES('one','it''s;
-- Dump completed; and on');
CREATE TRIGGER t BEFORE UPDATE ON "tabMember" BEGIN
SELECT RAISE(ABORT, 'no');
END;
COMMIT;
-- Dump completed on 2026-11-03 03:00:01 UTC
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "20261103_030001-site-database.sql.gz"


@pytest.mark.parametrize(
    ("dump", "database", "rows"),
    [(MARIADB, "_1bd3e0294da19198", 5), (POSTGRESQL, "", 2), (SQLITE, "vereniging.example", 1)],
    ids=["mariadb", "postgresql", "sqlite"],
)
def test_a_whole_dump_says_its_database_and_how_much_is_in_it(
    path: Path, dump: bytes, database: str, rows: int
) -> None:
    path.write_bytes(gzip.compress(dump))
    contents = read_through(path)
    assert contents.header.database == database
    assert contents.made == {"tabMember"}
    assert contents.rows == {"tabMember": rows}
    assert contents.unpacked_bytes == len(dump)


@pytest.mark.parametrize("dump", [MARIADB, POSTGRESQL, SQLITE], ids=["mariadb", "postgresql", "sqlite"])
def test_a_dump_that_was_cut_anywhere_is_never_whole(path: Path, dump: bytes) -> None:
    """The line with the trailer may lack its end: all that was to be said is said there."""
    for end in range(len(dump) - 60):
        path.write_bytes(gzip.compress(dump[:end], 1))
        with pytest.raises(NotWhole):
            read_through(path)


@pytest.mark.parametrize(
    ("content", "because"),
    [
        (gzip.compress(b""), "no dump"),
        (gzip.compress(b"SELECT 1;\n"), "no dump"),
        (gzip.compress(MARIADB.replace(b"CREATE TABLE", b"CREATE VIEW")), "no table"),
        (gzip.compress(MARIADB.rpartition(b"-- Dump")[0]), "its last line"),
        (
            gzip.compress(MARIADB.partition(b"NULL)")[0]),
            "breaks off in the statement “INSERT INTO `tabMember`",
        ),
        (gzip.compress(POSTGRESQL.partition(b"two")[0]), "breaks off in the statement “tabMember”"),
        (gzip.compress(MARIADB)[:-9], "breaks off in the middle"),
        (gzip.compress(MARIADB)[:-8] + b"12345678", "no whole gzip"),
        (b"-- MariaDB dump 10", "no whole gzip"),
    ],
    ids=lambda value: value if isinstance(value, str) else "dump",
)
def test_what_is_no_dump_says_why(path: Path, content: bytes, because: str) -> None:
    path.write_bytes(content)
    with pytest.raises(NotWhole, match=because):
        read_through(path)


def test_a_line_without_an_end_is_not_followed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vuurtoren.backups.dump.LONGEST_LINE", 1 << 20)
    path.write_bytes(gzip.compress(b"-- MariaDB dump \n" + b"x" * (4 << 20)))
    with pytest.raises(NotWhole, match="more than 1 MB"):
        read_through(path)
