"""A backup of an embedded site: its SQLite file as statements, in the folder where backups are looked for."""

from __future__ import annotations

import gzip
import os
import re
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from vuurtoren.site.private_files import open_private, private_folder


def take_backup(database: Path, folder: Path, name: str, now_utc: datetime) -> Path:
    """Write the dump of a SQLite file and return where it lies; it appears there when it is whole."""
    private_folder(folder)
    said = re.sub(r"[^A-Za-z0-9.-]", "_", name)
    path = folder / f"{now_utc:%Y%m%d_%H%M%S}-{said}-database.sql.gz"
    draft = path.with_suffix(".draft")
    # of one moment, whoever writes meanwhile
    with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        with open_private(draft, "wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb") as packed:
            packed.write(f"-- SQLite dump\n-- Database: {name}\n".encode())
            connection.execute("BEGIN")
            for statement in connection.iterdump():
                packed.write(statement.encode("utf-8", "surrogatepass") + b"\n")
            packed.write(f"-- Dump completed on {now_utc:%Y-%m-%d %H:%M:%S} UTC\n".encode())
    os.replace(draft, path)
    return path
