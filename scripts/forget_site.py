"""Takes what a dropped site left in Redis: its jobs, whatever became of them, and its cache.

env/bin/python …/forget_site.py BENCH/sites/common_site_config.json SITE DATABASE
"""

from __future__ import annotations

import json
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import redis

JOB = "rq:job:"
PATIENCE_SECONDS = 10


def forget_jobs(queue: Any, site: str) -> int:
    """Every job that is done for the site, out of its queue and its registries too; how many there were."""
    jobs = set(_jobs_of(queue, site))
    for key in list(queue.scan_iter("rq:*")):
        kind = queue.type(key).decode()
        if kind == "list":
            for name in jobs & {_text(each) for each in queue.lrange(key, 0, -1)}:
                queue.lrem(key, 0, name)
        elif kind == "zset":
            # RQ 2 writes a job that runs as job:execution
            of_site = [each for each in queue.zrange(key, 0, -1) if _text(each).rpartition(":")[0] in jobs]
            for member in [*of_site, *(each for each in queue.zrange(key, 0, -1) if _text(each) in jobs)]:
                queue.zrem(key, member)
        elif any(_text(key) == f"rq:{what}:{name}" for name in jobs for what in ("job", "results")):
            queue.delete(key)
    return len(jobs)


def _jobs_of(queue: Any, site: str) -> Iterator[str]:
    """Names of jobs whose id or arguments name the site."""
    for key in list(queue.scan_iter(f"{JOB}*")):
        if queue.type(key) != b"hash":
            continue
        if site.encode() in key or site.encode() in _unpacked(queue.hget(key, "data") or b""):
            yield _text(key).removeprefix(JOB)


def _unpacked(data: bytes) -> bytes:
    try:
        return zlib.decompress(data)
    except zlib.error:
        return data


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")


def forget_cache(cache: Any, database: str) -> int:
    """Every key that holds the name of the site's database, with which Frappe begins its own; how many."""
    keys = list(cache.scan_iter(f"*{database}*"))
    for key in keys:
        cache.delete(key)
    return len(keys)


def main(config_path: str, site: str, database: str) -> None:
    config = json.loads(Path(config_path).read_text("utf-8"))
    patience = {"socket_timeout": PATIENCE_SECONDS, "socket_connect_timeout": PATIENCE_SECONDS}
    jobs = forget_jobs(redis.from_url(config["redis_queue"], **patience), site)
    keys = forget_cache(redis.from_url(config["redis_cache"], **patience), database)
    print(f"Forgotten of {site}: {jobs} jobs, {keys} keys of the cache.")


if __name__ == "__main__":
    main(*sys.argv[1:])
