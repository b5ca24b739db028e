"""What a tick of each of many sites of one bench costs, with all that Frappe does for the job.

    cd BENCH/sites; PYTHONPATH=CHECKOUT ../env/bin/python -m benchmarks.many_sites.in_bench SITE COUNT

SITE, on MariaDB and on this machine, is copied until there are COUNT of it. In each round the jobs of the
tick are enqueued for every site as the scheduler does, and one worker does them; the CPU is the worker's,
that of its jobs, and of the servers of the database and of Redis. The copies are dropped afterwards.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import frappe
import psutil

ROUNDS = 3
EVERY_TICK = ("monitoring_jobs.run_tick", "monitoring_jobs.take_over_tick")
QUEUE = "default"
PREFIX = "_copy_"
WORKER = [sys.executable, "-m", "frappe.utils.bench_helper", "frappe", "worker", "--queue", QUEUE, "--burst"]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("site")
    parser.add_argument("count", type=int)
    given = parser.parse_args()
    config = json.loads(Path("common_site_config.json").read_text("utf-8"))
    servers = {
        "database": config["db_port"],
        "redis": urlsplit(config["redis_queue"]).port,
        "cache": urlsplit(config["redis_cache"]).port,
    }
    watched = {name: listening(int(port)) for name, port in servers.items()}
    with copies(given.site, given.count - 1, config) as others:
        for turn in range(ROUNDS):
            measure(turn + 1, [given.site, *others], watched)


def measure(turn: int, sites: list[str], servers: dict[str, psutil.Process]) -> None:
    """Tick all of them once, and print the CPU that it took."""
    before = {name: cpu_seconds(server) for name, server in servers.items()}
    enqueuing = time.process_time()
    for site in sites:
        enqueue(site)
    enqueuing = time.process_time() - enqueuing
    children, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(WORKER, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=3600)
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = {"worker": after.ru_utime + after.ru_stime - children.ru_utime - children.ru_stime}
    spent |= {name: cpu_seconds(server) - before[name] for name, server in servers.items()}
    total = sum(spent.values())
    said = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in spent.items())
    print(f"round {turn}: {ticked(sites)} of {len(sites)} ticks in {wall:.0f} s, CPU {total:.1f} s ({said}):")
    print(f"  {total / len(sites) * 1000:.0f} ms a tick; enqueuing took {enqueuing:.1f} s more", flush=True)


def enqueue(site: str) -> None:
    with connected(site):
        for job in EVERY_TICK:
            frappe.get_doc("Scheduled Job Type", job).enqueue(force=True)


def ticked(sites: list[str]) -> int:
    """On how many of them the last tick went well within the last hour."""
    done = 0
    for site in sites:
        with connected(site):
            age = "TIMESTAMPDIFF(SECOND, succeeded_at_utc, UTC_TIMESTAMP())"
            found = frappe.db.sql(f"SELECT {age} FROM `tabMonitoring Run` WHERE name = 'tick'")
            done += bool(found and found[0][0] is not None and found[0][0] < 3600)
    return done


@contextmanager
def connected(site: str) -> Iterator[None]:
    frappe.init(site=site)
    frappe.connect()
    try:
        yield
    finally:
        frappe.destroy()


@contextmanager
def copies(site: str, count: int, config: dict[str, object]) -> Iterator[list[str]]:
    """So many copies of the site, each a database and a user of its own; dropped at the end."""
    own = json.loads(Path(site, "site_config.json").read_text("utf-8"))
    client = ["--no-defaults", f"-h{config['db_host']}", f"-P{config['db_port']}"]
    client += [f"-u{config['root_login']}", f"-p{config['root_password']}"]
    names = [f"{PREFIX}{number:03}.localhost" for number in range(1, count + 1)]
    try:
        with tempfile.NamedTemporaryFile() as dump:
            subprocess.run(
                ["mariadb-dump", *client, "--single-transaction", own["db_name"]],
                stdout=dump, check=True, timeout=600,
            )  # fmt: skip
            for name in names:
                database = name.split(".")[0]
                user = f"'{database}'@'%'"
                sql(
                    client,
                    f"CREATE DATABASE `{database}`; GRANT ALL ON `{database}`.* TO {user}"
                    f" IDENTIFIED BY '{own['db_password']}'",
                )
                dump.seek(0)
                subprocess.run(["mariadb", *client, database], stdin=dump, check=True, timeout=600)
                Path(name, "logs").mkdir(parents=True)
                Path(name, "site_config.json").write_text(json.dumps(own | {"db_name": database}), "utf-8")
        yield names
    finally:
        for name in names:
            database = name.split(".")[0]
            sql(client, f"DROP DATABASE IF EXISTS `{database}`; DROP USER IF EXISTS '{database}'@'%'")
            shutil.rmtree(name, ignore_errors=True)


def sql(client: list[str], statements: str) -> None:
    subprocess.run(["mariadb", *client], input=statements, text=True, check=True, timeout=120)


def listening(port: int) -> psutil.Process:
    """The server on that port of this machine."""
    for found in psutil.net_connections("tcp"):
        if found.status == psutil.CONN_LISTEN and found.laddr.port == port and found.pid:
            return psutil.Process(found.pid)
    raise SystemExit(f"Nothing of this machine listens on port {port}.")


def cpu_seconds(server: psutil.Process) -> float:
    used = server.cpu_times()
    return float(used.user + used.system)


if __name__ == "__main__":
    main()
