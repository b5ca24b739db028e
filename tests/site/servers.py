"""Database servers that are started for some tests, in folders of their own, and end with them."""

from __future__ import annotations

import getpass
import importlib.util
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from verenigingen.tests.support.patience import until

MARIADB_PROGRAMS = ("mariadbd", "mariadb-install-db", "mariadb", "mariadb-dump")
START_SECONDS = 60


class Refused(Exception):
    """The server said no; the text holds its number."""


def mariadb_hindrance() -> str:
    lacking = [program for program in MARIADB_PROGRAMS if shutil.which(program) is None]
    return f"no MariaDB server is installed here ({', '.join(lacking)} is missing)" if lacking else ""


@contextmanager
def mariadb_server(*options: str) -> Iterator[Path]:
    """The socket of a MariaDB whose root has no password."""
    folder = Path(tempfile.mkdtemp(prefix="vm-mariadb-"))
    data, path = folder / "data", folder / "s"
    as_root = ["--user=root"] if os.geteuid() == 0 else []
    install = ["mariadb-install-db", "--no-defaults", f"--datadir={data}", *as_root]
    install.append("--auth-root-authentication-method=normal")
    subprocess.run(install, check=True, capture_output=True, timeout=120)
    command = ["mariadbd", "--no-defaults", f"--datadir={data}", f"--socket={path}", *as_root, *options]
    command += ["--skip-networking", "--innodb-buffer-pool-size=32M"]
    command += [f"--pid-file={folder / 'pid'}", f"--log-error={folder / 'log'}"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: _answers(path), "a server that answers", START_SECONDS)
        yield path
    finally:
        server.terminate()
        server.wait(timeout=60)
        shutil.rmtree(folder, ignore_errors=True)


def _answers(path: Path) -> bool:
    try:
        return bool(run(path, "root", "", "SELECT 1"))
    except Refused:
        return False


def run(path: Path, user: str, database: str, *statements: str) -> str:
    """What MariaDB answers, a line a row with tabs between the columns; raises Refused."""
    command = ["mariadb", "--no-defaults", f"--socket={path}", "-u", user, "-N"]
    done = subprocess.run(
        [*command, *([database] if database else [])],
        input=";\n".join(statements), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    if done.returncode:
        raise Refused(done.stderr)
    return done.stdout


def postgres_binaries() -> Path | None:
    """The folder that holds initdb and pg_ctl."""
    found = [Path(on_path).resolve().parent] if (on_path := shutil.which("initdb")) else []
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in found if (folder / "initdb").exists()), None)


def postgres_hindrance() -> str:
    if postgres_binaries() is None:
        return "no PostgreSQL server is installed here (apt-get install postgresql)"
    if importlib.util.find_spec("psycopg2") is None:
        return "the driver is not installed (pip install psycopg2-binary)"
    if os.geteuid() == 0 and shutil.which("runuser") is None:
        return "PostgreSQL does not run as root, and there is no runuser"
    return ""


@contextmanager
def postgres_server(*options: str) -> Iterator[dict[str, Any]]:
    """What psycopg2 connects to; not in a folder of pytest, which only the user of the tests may enter."""
    folder = Path(tempfile.mkdtemp(prefix="verenigingen-postgres-"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    user = "postgres" if os.geteuid() == 0 else getpass.getuser()
    if os.geteuid() == 0:
        shutil.chown(folder, user)
    given = " ".join([f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off", *options])
    _as(user, "initdb", "-D", str(folder / "data"), "-U", user, "--auth=trust", "-E", "UTF8")
    _as(user, "pg_ctl", "-D", str(folder / "data"), "-l", str(folder / "log"), "-w", "-o", given, "start")
    try:
        yield {"host": "127.0.0.1", "port": port, "user": user, "dbname": "postgres"}
    finally:
        _as(user, "pg_ctl", "-D", str(folder / "data"), "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _as(user: str, program: str, *arguments: str) -> None:
    as_user = ["runuser", "-u", user, "--"] if os.geteuid() == 0 else []
    command = [*as_user, str(postgres_binaries() or "") + f"/{program}", *arguments]
    subprocess.run(command, check=True, capture_output=True, cwd="/", timeout=120)
