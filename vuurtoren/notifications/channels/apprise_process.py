"""Sends one message by the library Apprise: JSON in, JSON out, and nothing else is done in this process.

What it may reach is judged at every connection, whatever the library does: by an audit hook of Python, which
nothing in the process can take away.
"""

from __future__ import annotations

import contextlib
import json
import logging
import socket
import sys
from typing import Any

from vuurtoren.outward.https_client import is_public

FORBIDDEN = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty")
CALLS = ("socket.connect", "socket.sendto", "socket.sendmsg")


class Refused(OSError):
    """What was about to be done is not allowed here."""


class Watch:
    """Refuses connections into the network, and programs."""

    def __init__(self, allow_private: bool) -> None:
        self.allow_private = allow_private
        self.refused_inside = False

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in FORBIDDEN:
            raise Refused(event)
        if event in CALLS and not self._allowed(arguments[0], arguments[1]):
            self.refused_inside = True
            raise Refused(event)

    def _allowed(self, connection: Any, address: Any) -> bool:
        if connection.family not in (socket.AF_INET, socket.AF_INET6):
            return False
        return self.allow_private or (isinstance(address, tuple) and is_public(str(address[0])))


def send(asked: dict[str, Any]) -> list[dict[str, Any]]:
    """One answer for each address."""
    from apprise import Apprise

    watch = Watch(bool(asked["allow_private"]))
    sys.addaudithook(watch)
    answers = []
    message = {"body": asked["body"], "title": asked["title"], "notify_type": asked["kind"]}
    for address in asked["addresses"]:
        watch.refused_inside, known, taken = False, True, False
        service = Apprise()
        try:
            known = bool(service.add(address))
            taken = known and bool(service.notify(**message))
        except Exception:  # of one service among a hundred: it did not take the message, the others may
            taken = False
        answers.append({"known": known, "taken": taken, "inside": watch.refused_inside})
    return answers


def main() -> None:
    logging.disable(logging.CRITICAL)  # what the library logs holds addresses
    asked = json.load(sys.stdin)
    with contextlib.redirect_stdout(sys.stderr):
        answers = send(asked)
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
