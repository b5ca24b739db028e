"""An address inside the network is called only where somebody allowed it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from verenigingen.tests.support.wire import Wire
from vuurtoren.outward.https_client import HttpsClient, NotAnswered

URL = "https://printer.example/status"
WAYS: dict[str, Callable[[HttpsClient], object]] = {
    "get": lambda client: client.get(URL),
    "post": lambda client: client.post(URL, b"{}", {}),
    "read": lambda client: client.read(URL, {}, 1_000),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "inside",
    [
        *("10.0.0.7", "127.0.0.1", "169.254.169.254", "100.100.100.200", "168.63.129.16", "192.0.0.8"),
        *("192.88.99.1", "::1", "fd00::1", "fec0::1", "64:ff9b:1::1", "2001:2::1", "3fff::1", "5f00::1"),
    ],
)
def test_unless_it_is_allowed_nobody_inside_is_called(way: str, inside: str) -> None:
    wire = Wire(addresses=[inside])
    with pytest.raises(NotAnswered):
        WAYS[way](wire.client())
    assert (wire.connected, wire.sent) == ([], b"")
