"""Stands for the network behind the channels that post: no packet leaves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from vuurtoren.notifications.channels import registry
from vuurtoren.notifications.channels.slack import SlackChannel
from vuurtoren.notifications.channels.webhook import WebhookChannel
from vuurtoren.outward.https_client import HttpsClient

PUBLIC = "93.184.216.34"


@dataclass
class Wire:
    """Stands for the network: names resolve to `addresses`, whoever connects gets `answer`."""

    addresses: list[str] = field(default_factory=lambda: [PUBLIC])
    answer: bytes = b"HTTP/1.1 204 No Content\r\n\r\n"
    fails: OSError | None = None
    connected: list[tuple[str, int, str]] = field(default_factory=list)
    sent: bytes = b""
    seconds_a_read: float = 0
    now: float = 0

    def client(self) -> HttpsClient:
        return HttpsClient(lambda host, port: self.addresses, self.connect, lambda: self.now)

    def connect(self, address: str, port: int, host: str, seconds: float) -> Wire:
        self.connected.append((address, port, host))
        if self.fails:
            raise self.fails
        return self

    def settimeout(self, seconds: float) -> None:
        assert 0 < seconds <= 10

    def sendall(self, content: bytes) -> None:
        self.sent += content

    def recv(self, most: int) -> bytes:
        self.now += self.seconds_a_read
        part, self.answer = self.answer[:3], self.answer[3:]
        return part

    def close(self) -> None:
        pass


@contextmanager
def wired() -> Iterator[Wire]:
    """The channels that post, with their connector replaced by a wire that leads nowhere."""
    made, shipped = Wire(), registry.SHIPPED
    kept = tuple(each for each in shipped if each.name not in ("webhook", "slack"))
    registry.SHIPPED = (*kept, WebhookChannel(client=made.client()), SlackChannel(client=made.client()))
    try:
        yield made
    finally:
        registry.SHIPPED = shipped
