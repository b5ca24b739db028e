"""The one client for whatever this site calls: https that cannot be turned against the inside of the network.

The name is resolved once, every address that it gives is judged, and the connection goes to a judged address
itself, so that a second answer of the name server changes nothing. Redirects are not followed.
"""

from __future__ import annotations

import http.client
import io
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import SplitResult, urlsplit

from vuurtoren.outward.web_addresses import is_https
from vuurtoren.site.words.words import Words

TIME_LIMIT_SECONDS = 10.0
NOT_REACHED = "{0} was not reached: no public address of it answered over https within {1:g} seconds"
"""One reason for every failure before an answer: more would tell whoever chose the address what is where."""
AGENT = "verenigingen-monitoring"
LONGEST_STATUS_LINE = 4096
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
_NOT_OUTSIDE = tuple(
    ipaddress.ip_network(network)
    for network in (
        *("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32"),
        *("fec0::/10", "64:ff9b:1::/48", "2001::/23", "3fff::/20", "5f00::/16"),
    )
)
"""Networks for special purposes (IANA's registries) that some Pythons call public, those that were such, and
the address inside which a cloud answers its own machines."""


class NotAnswered(Exception):
    """The request did not reach its goal or was not answered by 2xx; the text says why, and names the host
    only, as the rest of an address may be a secret."""


class Connection(Protocol):
    """The part of a connected TLS socket that is used."""

    def settimeout(self, seconds: float) -> None: ...
    def sendall(self, content: bytes) -> None: ...
    def recv(self, most: int) -> bytes: ...
    def close(self) -> None: ...


Resolve = Callable[[str, int], list[str]]
Connect = Callable[[str, int, str, float], Connection]
"""address, port, host name for TLS, time limit in seconds."""


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host; none when the name server does not answer in time. Raises OSError."""
    found: list[Any] = []
    failed: list[OSError] = []

    def ask() -> None:
        try:
            found.extend(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except OSError as failure:
            failed.append(failure)

    # the resolver of the system knows no time limit
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(TIME_LIMIT_SECONDS)
    if failed:
        raise failed[0]
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def connect(address: str, port: int, host: str, seconds: float) -> Connection:
    """A TLS connection to this very address, with a certificate for this host; raises OSError."""
    plain = socket.create_connection((address, port), timeout=seconds)
    try:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise


@dataclass(frozen=True)
class HttpsClient:
    """Calls one address once; tests replace how names are resolved and connections made."""

    resolve: Resolve = resolve
    connect: Connect = connect
    clock: Callable[[], float] = time.monotonic

    def get(self, url: str, *, allow_private: bool = False) -> int:
        """The 2xx status that answered, within `TIME_LIMIT_SECONDS`; raises NotAnswered."""
        return _status(self._call("GET", url, b"", {}, allow_private))

    def post(self, url: str, body: bytes, headers: Mapping[str, str], *, allow_private: bool = False) -> int:
        """The 2xx status that answered, within `TIME_LIMIT_SECONDS`; raises NotAnswered."""
        return _status(self._call("POST", url, body, headers, allow_private))

    def read(
        self, url: str, headers: Mapping[str, str], most_bytes: int, *, allow_private: bool = False
    ) -> bytes:
        """The body of the 2xx answer, within `TIME_LIMIT_SECONDS`; raises NotAnswered, also if longer."""
        answer = self._call("GET", url, b"", headers, allow_private, most_bytes)
        if len(answer) >= most_bytes:
            raise NotAnswered(
                Words("{0} answers with more than {1} bytes", urlsplit(url).hostname, f"{most_bytes:,}")
            )
        return _body(answer)

    def _call(
        self,
        method: str,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        allow_private: bool,
        most_bytes: int = 0,
    ) -> bytes:
        """What answered with 2xx: its first line, or with `most_bytes` all of it up to there."""
        if not is_https(url):
            raise NotAnswered(Words("the address does not begin with https:// or names no host"))
        parts = urlsplit(url)
        host, port = str(parts.hostname), parts.port or 443
        request = _request(method, parts, body, headers)
        deadline = self.clock() + TIME_LIMIT_SECONDS
        try:
            answer = self._exchange(host, port, request, deadline, allow_private, most_bytes)
            status = _status(answer)
        except (OSError, ValueError) as failure:
            raise NotAnswered(NOT_REACHED.format(host, TIME_LIMIT_SECONDS)) from failure
        if 300 <= status < 400:
            raise NotAnswered(Words("{0} answered {1}, a redirect; redirects are not followed", host, status))
        if not 200 <= status < 300:
            raise NotAnswered(Words("{0} answered {1}", host, status))
        return answer

    def _exchange(
        self, host: str, port: int, request: bytes, deadline: float, allow_private: bool, most_bytes: int
    ) -> bytes:
        """What came back; raises OSError or ValueError."""
        address = self._judged(host, port, allow_private)
        connection = self.connect(address, port, host, self._left(deadline))
        try:
            connection.settimeout(self._left(deadline))
            connection.sendall(request)
            return self._heard(connection, deadline, most_bytes)
        finally:
            connection.close()

    def _judged(self, host: str, port: int, allow_private: bool) -> str:
        addresses = self.resolve(host, port)
        if not addresses or not (allow_private or all(map(is_public, addresses))):
            raise OSError(Words("no address, or one inside the network, which is not allowed"))
        return addresses[0]

    def _heard(self, connection: Connection, deadline: float, most_bytes: int) -> bytes:
        """The beginning with the first line; with `most_bytes` all, up to so many."""
        answer = b""
        while len(answer) < (most_bytes or LONGEST_STATUS_LINE) and (most_bytes or b"\r\n" not in answer):
            connection.settimeout(self._left(deadline))
            part = connection.recv(65_536 if most_bytes else 1024)
            if not part:
                break
            answer += part
        return answer

    def _left(self, deadline: float) -> float:
        left = deadline - self.clock()
        if left <= 0:
            raise TimeoutError(Words("no answer in time"))
        return left


def _status(answer: bytes) -> int:
    """The status code of an answer; raises ValueError."""
    words = answer.split(b"\r\n", 1)[0].split(b" ", 2)
    if len(words) < 2 or not words[0].startswith(b"HTTP/1.") or not words[1].isdigit():
        raise ValueError(Words("what answered does not speak HTTP"))
    return int(words[1])


class _Heard:
    """An answer that has been heard, as the standard library reads it from a socket."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer

    def makefile(self, *_: Any, **__: Any) -> io.BytesIO:
        return io.BytesIO(self._answer)


def _body(answer: bytes) -> bytes:
    """What stands behind the headers, in one piece; raises NotAnswered where it is not whole."""
    response = http.client.HTTPResponse(_Heard(answer))  # type: ignore[arg-type]
    try:
        response.begin()
        return response.read()
    except http.client.HTTPException as broken:
        raise NotAnswered(Words("what answered broke off, or does not speak HTTP")) from broken


def is_public(address: str) -> bool:
    """Whether this address lies in the public internet, whatever form it is written in."""
    try:
        ip = ipaddress.ip_address(address.split("%", 1)[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in _TRANSLATED:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    if any(ip in network for network in _NOT_OUTSIDE):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_link_local)


def _request(method: str, parts: SplitResult, body: bytes, headers: Mapping[str, str]) -> bytes:
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = [f"{method} {target} HTTP/1.1", f"Host: {parts.netloc}", "Connection: close"]
    lines += [f"Content-Length: {len(body)}"] if body or method == "POST" else []
    lines += [f"User-Agent: {AGENT}", *(f"{name}: {value}" for name, value in headers.items())]
    if any("\r" in line or "\n" in line or not line.isascii() for line in lines):
        raise NotAnswered(Words("a header must hold plain characters and no line break"))
    return "\r\n".join(lines).encode("ascii") + b"\r\n\r\n" + body
