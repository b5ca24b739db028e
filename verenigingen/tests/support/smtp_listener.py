"""A small SMTP server on loopback that keeps what it is given, refuses, or says nothing at all."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from verenigingen.tests.support.patience import TEST_SECONDS


@dataclass
class Listener:
    """What the server was told: one entry per message, as it came over the wire."""

    port: int = 0
    messages: list[bytes] = field(default_factory=list)
    refuse_recipients: bool = False
    silent: bool = False
    called: threading.Event = field(default_factory=threading.Event)
    """Set once somebody has connected."""


@contextmanager
def smtp_listener(*, refuse_recipients: bool = False, silent: bool = False) -> Iterator[Listener]:
    listener = Listener(refuse_recipients=refuse_recipients, silent=silent)
    released = threading.Event()

    class Conversation(socketserver.StreamRequestHandler):
        timeout = TEST_SECONDS

        def handle(self) -> None:
            listener.called.set()
            if listener.silent:
                released.wait(TEST_SECONDS)
                return
            self._say("220 listener ready")
            for line in self.rfile:
                if not self._answer(line.strip().upper()):
                    return

        def _answer(self, command: bytes) -> bool:
            refused = listener.refuse_recipients or b"NOBODY@" in command
            if command.startswith(b"RCPT") and refused:
                self._say("550 5.1.1 nobody of that name")
            elif command == b"DATA":
                self._say("354 go on")
                self._receive()
                self._say("250 kept")
            else:
                self._say("221 bye" if command == b"QUIT" else "250 fine")
            return command != b"QUIT"

        def _receive(self) -> None:
            lines = []
            for line in self.rfile:
                if line == b".\r\n":
                    listener.messages.append(b"".join(lines))
                    return
                lines.append(line)

        def _say(self, text: str) -> None:
            self.wfile.write(text.encode() + b"\r\n")

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), Conversation) as server:
        listener.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield listener
        finally:
            released.set()
            server.shutdown()
