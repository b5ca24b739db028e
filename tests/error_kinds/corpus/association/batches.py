"""Errors behind errors, errors beside errors, and what interrupts."""

from __future__ import annotations

import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from association import dues, messages, stores

if sys.version_info < (3, 11):
    from exceptiongroup import ExceptionGroup
else:
    from builtins import ExceptionGroup


def handler_breaks(work, *values):
    try:
        work(*values)
    except Exception as error:
        return error.args[7]


def handler_breaks_elsewhere(work, *values):
    try:
        work(*values)
    except Exception as error:
        return tell(error)


def tell(error):
    return {}["nobody " + str(error)[:1]]


def wrapped(work, *values):
    try:
        work(*values)
    except Exception as error:
        raise RuntimeError("the batch failed") from error


def wrapped_twice(work, *values):
    try:
        wrapped(work, *values)
    except Exception as error:
        raise ValueError("the evening failed") from error


def quoting(work, *values):
    try:
        work(*values)
    except Exception as error:
        raise RuntimeError(f"the batch failed: {error}") from error


def hiding(work, *values):
    try:
        work(*values)
    except Exception:
        raise RuntimeError("the batch failed and says no more") from None


CACHE: dict[str, object] = {}


def cached(name, work, *values):
    try:
        return CACHE[name]
    except KeyError:
        return work(*values)


def attempt(works):
    errors = []
    for work, *values in works:
        try:
            work(*values)
        except Exception as error:
            errors.append(error)
    return errors


def all_of(works):
    raise ExceptionGroup("some members could not be collected", attempt(works))


def never_raised(errors):
    raise ExceptionGroup("some checks failed", errors)


def nested(works):
    try:
        all_of(works)
    except Exception as error:
        raise ExceptionGroup("the night failed", [error])  # noqa: B904


def group_behind(works):
    try:
        all_of(works)
    except Exception as error:
        raise RuntimeError("the night failed") from error


def async_tasks(works):
    import asyncio

    async def one(work, *values):
        work(*values)

    async def everything():
        async with asyncio.TaskGroup() as group:
            for work, *values in works:
                group.create_task(one(work, *values))

    asyncio.run(everything())


def in_worker(work, *values):
    with ProcessPoolExecutor(1, mp_context=get_context("fork")) as pool:
        return pool.submit(work, *values).result()


def in_pool(work, *values):
    with get_context("fork").Pool(1) as pool:
        return pool.apply(work, values)


def nightly(how):
    how()


def hourly(how):
    how()


def sleeping():
    time.sleep(5)


def counting():
    total = 0
    while True:
        total += 1


def sorting():
    while True:
        sorted(range(100_000), key=letter)


def letter(number):
    return str(number)[::-1]


def in_handler():
    try:
        dues.share(1, 0)
    except ZeroDivisionError:
        counting()


def handling_the_interrupt():
    try:
        counting()
    except BaseException as error:
        error.args[5]


__all__ = ["messages", "stores"]
