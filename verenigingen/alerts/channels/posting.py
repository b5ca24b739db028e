"""One https POST that cannot be turned against the inside of the network.

The name is resolved once, every address that it gives is judged, and the connection goes to a judged address
itself, so that a second answer of the name server changes nothing. Redirects are not followed.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import SplitResult, urlsplit

from verenigingen.alerts.channel_settings import is_https

TIME_LIMIT_SECONDS = 10.0
LONGEST_STATUS_LINE = 4096
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")


class NotPosted(Exception):
    """The request did not reach its goal or was not answered by 2xx; the text says why."""


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
    """The addresses of a host; raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
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
class Poster:
    """Posts; tests replace how names are resolved and connections made."""

    resolve: Resolve = resolve
    connect: Connect = connect
    clock: Callable[[], float] = time.monotonic

    def post(self, url: str, body: bytes, headers: Mapping[str, str], *, allow_private: bool = False) -> int:
        """The 2xx status that answered, within `TIME_LIMIT_SECONDS`; raises NotPosted."""
        if not is_https(url):
            raise NotPosted("the address does not begin with https:// or names no host")
        parts = urlsplit(url)
        host, port = str(parts.hostname), parts.port or 443
        deadline = self.clock() + TIME_LIMIT_SECONDS
        try:
            address = self._judged(host, port, allow_private)
            connection = self.connect(address, port, host, TIME_LIMIT_SECONDS)
            try:
                connection.settimeout(self._left(deadline))
                connection.sendall(_request(parts, body, headers))
                status = self._status(connection, deadline)
            finally:
                connection.close()
        except (OSError, ValueError) as failure:
            raise NotPosted(f"{host} was not reached: {str(failure) or type(failure).__name__}") from failure
        if 300 <= status < 400:
            raise NotPosted(f"{host} answered {status}, a redirect; redirects are not followed")
        if not 200 <= status < 300:
            raise NotPosted(f"{host} answered {status}")
        return status

    def _judged(self, host: str, port: int, allow_private: bool) -> str:
        addresses = self.resolve(host, port)
        if not addresses:
            raise NotPosted(f"{host} has no address")
        inside = [address for address in addresses if not is_public(address)]
        if inside and not allow_private:
            raise NotPosted(f"{host} is {inside[0]}, an address inside the network, which is not allowed")
        return addresses[0]

    def _status(self, connection: Connection, deadline: float) -> int:
        """The status code of the answer; its headers and body are not read."""
        answer = b""
        while b"\r\n" not in answer and len(answer) < LONGEST_STATUS_LINE:
            connection.settimeout(self._left(deadline))
            part = connection.recv(1024)
            if not part:
                break
            answer += part
        words = answer.split(b"\r\n", 1)[0].split(b" ", 2)
        if len(words) < 2 or not words[0].startswith(b"HTTP/1.") or not words[1].isdigit():
            raise NotPosted("what answered does not speak HTTP")
        return int(words[1])

    def _left(self, deadline: float) -> float:
        left = deadline - self.clock()
        if left <= 0:
            raise NotPosted(f"no answer within {TIME_LIMIT_SECONDS:g} seconds")
        return left


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
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_link_local)


def _request(parts: SplitResult, body: bytes, headers: Mapping[str, str]) -> bytes:
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = [f"POST {target} HTTP/1.1", f"Host: {parts.netloc}", "Connection: close"]
    lines += [f"Content-Length: {len(body)}", "User-Agent: verenigingen-monitoring"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if any("\r" in line or "\n" in line for line in lines):
        raise NotPosted("a header must not hold a line break")
    return "\r\n".join(lines).encode("ascii") + b"\r\n\r\n" + body
