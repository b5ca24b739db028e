"""What databases refuse: one way in for each driver, so that only the message tells the errors apart."""

from __future__ import annotations

import sqlite3
import threading
import time

MARIADB = {"host": "127.0.0.1", "user": "root", "password": ""}
POSTGRES = ""
DATABASE = "association_corpus"

MARIADB_TABLES = (
    "CREATE TABLE `tabMember` (name varchar(20) PRIMARY KEY, iban varchar(8) NOT NULL,"
    " city varchar(6) NOT NULL, birth_date date, address_line1 varchar(5), fee int, age int,"
    " UNIQUE KEY one_iban (iban), CONSTRAINT fee_is_positive CHECK (fee >= 0),"
    " CONSTRAINT age_is_possible CHECK (age < 150)) ENGINE=InnoDB",
    "CREATE TABLE `tabSales Invoice` (name varchar(20) PRIMARY KEY, member varchar(20),"
    " CONSTRAINT invoice_of_member FOREIGN KEY (member) REFERENCES `tabMember` (name)) ENGINE=InnoDB",
    "INSERT INTO `tabMember` VALUES ('M1', 'I1', 'Ede', NULL, NULL, 1, 1),"
    " ('M2', 'I2', 'Ede', NULL, NULL, 1, 1)",
    "INSERT INTO `tabSales Invoice` VALUES ('S1', 'M1')",
)
TABLES = (
    "CREATE TABLE member (name varchar(20) PRIMARY KEY, iban varchar(8) NOT NULL UNIQUE,"
    " city varchar(6) NOT NULL, address_line1 varchar(5),"
    " fee int CONSTRAINT fee_is_positive CHECK (fee >= 0),"
    " age int CONSTRAINT age_is_possible CHECK (age < 150))",
    "CREATE TABLE invoice (name varchar(20) PRIMARY KEY, member varchar(20),"
    " CONSTRAINT invoice_of_member FOREIGN KEY (member) REFERENCES member (name))",
    "INSERT INTO member VALUES ('M1', 'I1', 'Ede', NULL, 1, 1), ('M2', 'I2', 'Ede', NULL, 1, 1)",
    "INSERT INTO invoice VALUES ('S1', 'M1')",
)


def mariadb():
    import pymysql

    return pymysql.connect(**MARIADB, database=DATABASE)


def postgres():
    import psycopg2

    return psycopg2.connect(POSTGRES)


def sqlite():
    connection = sqlite3.connect(":memory:")
    connection.execute("PRAGMA foreign_keys = ON")
    for statement in TABLES:
        connection.execute(statement)
    return connection


def prepare() -> None:
    connection = mariadb_server()
    cursor = connection.cursor()
    cursor.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
    cursor.execute(f"CREATE DATABASE {DATABASE}")
    cursor.execute(f"USE {DATABASE}")
    for statement in MARIADB_TABLES:
        cursor.execute(statement)
    connection.commit()
    connection = postgres()
    cursor = connection.cursor()
    cursor.execute("DROP TABLE IF EXISTS invoice, member")
    for statement in TABLES:
        cursor.execute(statement)
    connection.commit()


def clean_up() -> None:
    mariadb_server().cursor().execute(f"DROP DATABASE {DATABASE}")


def mariadb_server():
    import pymysql

    return pymysql.connect(**MARIADB)


def in_mariadb(statement: str, *values: object) -> None:
    connection = mariadb()
    try:
        connection.cursor().execute(statement, values)
    finally:
        connection.close()


def in_postgres(statement: str, *values: object) -> None:
    connection = postgres()
    try:
        connection.cursor().execute(statement, values)
    finally:
        connection.close()


def in_sqlite(statement: str, *values: object) -> None:
    sqlite().execute(statement, values)


def sign_in_to_mariadb(user: str) -> None:
    import pymysql

    pymysql.connect(host="127.0.0.1", user=user, password="wrong")


def reach_mariadb(port: int) -> None:
    import pymysql

    pymysql.connect(host="127.0.0.1", port=port, user="x")


FEES = "UPDATE {} SET fee = fee + %s WHERE name = %s"


class Contest:
    """Two transactions that want the same rows."""

    def __init__(self, connect, table):
        self.mine, self.theirs = connect(), connect()
        self.update = FEES.format(table)

    def close(self):
        for connection in (self.theirs, self.mine):
            connection.rollback()
            connection.close()


def wait_for_lock(contest: Contest, seconds: str, member: str) -> None:
    contest.theirs.cursor().execute(contest.update, (1, member))
    cursor = contest.mine.cursor()
    cursor.execute(seconds)
    cursor.execute(contest.update, (2, member))


def refuse_to_wait(contest: Contest, member: str) -> None:
    contest.theirs.cursor().execute(contest.update, (1, member))
    contest.mine.cursor().execute("SELECT fee FROM member WHERE name = %s FOR UPDATE NOWAIT", (member,))


def deadlock(contest: Contest, first: str, second: str) -> None:
    mine, theirs = contest.mine.cursor(), contest.theirs.cursor()
    for _ in range(3):  # so that the other one is the heavier and survives
        theirs.execute(contest.update, (1, first))
    mine.execute(contest.update, (1, second))
    waiting = threading.Thread(target=_quietly, args=(theirs, contest.update, (1, second)))
    waiting.start()
    time.sleep(0.4)
    try:
        mine.execute(contest.update, (1, first))
    finally:
        contest.mine.rollback()
        waiting.join()


def _quietly(cursor, statement, values):
    try:
        cursor.execute(statement, values)
    except Exception as error:
        print("the other transaction ended:", error)


def read_then_write(contest: Contest, isolation: str, member: str) -> None:
    mine = contest.mine.cursor()
    mine.execute(isolation)
    mine.execute("SELECT COUNT(*) FROM " + contest.update.split()[1])
    contest.theirs.cursor().execute(contest.update, (1, member))
    contest.theirs.commit()
    mine.execute(contest.update, (1, member))


def locked_file(path: str) -> None:
    writer = sqlite3.connect(path)
    writer.execute("CREATE TABLE IF NOT EXISTS fee (amount)")
    writer.execute("BEGIN IMMEDIATE")
    try:
        sqlite3.connect(path, timeout=0).execute("INSERT INTO fee VALUES (1)")
    finally:
        writer.rollback()
