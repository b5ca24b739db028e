"""Who may talk to the embedded server: checked before any page or function sees a request."""

from __future__ import annotations

import hmac
import ipaddress
import math
import secrets
import socket
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import (
    BadRequest,
    Forbidden,
    HTTPException,
    MethodNotAllowed,
    TooManyRequests,
    Unauthorized,
)
from werkzeug.wrappers import Request

from vuurtoren.embedded.server.brake import Brake
from vuurtoren.site.words.words import Words

LARGEST_BODY_BYTES = 64 * 1024
SHORTEST_PASSWORD = 12
TOKEN_HEADER = "X-Frappe-CSRF-Token"
TOKEN_FIELD = "csrf_token"
SAFE_METHODS = ("GET", "HEAD")
LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")


class Misdirected(HTTPException):
    code = 421
    description = Words("This server does not answer to that name.")


class WrongPassword(Unauthorized):
    """Somebody tried one; without one it is an ordinary Unauthorized."""


class CSRFTokenError(BadRequest):
    description = Words("The token of this form is not valid any more: reload the page and try again.")


def is_loopback(address: str) -> bool:
    """Whether only this machine can reach the address."""
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def check_binding(address: str, password: str, reader_password: str = "") -> None:
    """Refuse to listen beyond this machine without a good password, and to take one for two kinds of visitor.

    Raises ValueError with what to do.
    """
    if reader_password and (not password or hmac.compare_digest(password.encode(), reader_password.encode())):
        raise ValueError(
            Words(
                "A password for those who only look is of use beside another one for those who act: "
                "set that with --password-file."
            )
        )
    if is_loopback(address):
        return
    if not password:
        raise ValueError(
            Words(
                "Refusing to listen on {0}: other machines could reach it. Keep 127.0.0.1, or set a "
                "password with --password-file.",
                address,
            )
        )
    if min(len(each) for each in (password, reader_password) if each) < SHORTEST_PASSWORD:
        raise ValueError(
            Words(
                "To listen on {0}, the password must have at least {1} characters.",
                address,
                SHORTEST_PASSWORD,
            )
        )


@dataclass(frozen=True)
class Gate:
    """The rules of one running server.

    Whoever knows the `reader_password` alone may look and not act. `names` are further host names that it
    answers to, as a browser sends them (with the port where it is not the usual one); `token` is what the
    server's own pages send back with every change.
    """

    address: str
    port: int
    password: str = ""
    names: tuple[str, ...] = ()
    reader_password: str = ""
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    brake: Brake = field(default_factory=Brake)

    def admit(self, request: Request, *, guests: bool = False) -> bool:
        """Raise the HTTP error that refuses the request; whether one that may go on has the password.

        With `guests` it may go on without; where there is no password, this machine's visitors have it.
        """
        if request.method not in (*SAFE_METHODS, "POST"):
            raise MethodNotAllowed(["GET", "HEAD", "POST"])
        self._check_host(request)
        self._check_origin(request)
        try:
            known = self._knows_password(request)
        except (WrongPassword, TooManyRequests):
            if not guests:
                raise
            known = False
        if not known and not guests:
            raise Unauthorized(
                "A password is needed.", www_authenticate=WWWAuthenticate("basic", {"realm": "monitoring"})
            )
        if request.method == "POST":
            self._check_token(request)
        return known

    def looks_only(self, request: Request) -> bool:
        """Whether the visitor has no more than the password of those who look."""
        given = request.authorization.password if request.authorization else None
        return bool(self.password) and not _same(given or "", self.password)

    def _check_host(self, request: Request) -> None:
        if request.headers.get("Host", "").lower() not in self._hosts():
            raise Misdirected()

    def _hosts(self) -> set[str]:
        own = {*LOOPBACK_NAMES, _bracketed(self.address)}
        if not is_loopback(self.address):
            own |= {socket.gethostname(), socket.getfqdn()}
        with_port = {f"{name}:{self.port}" for name in own}
        return {name.lower() for name in with_port | set(self.names) | (own if self.port == 80 else set())}

    def _check_origin(self, request: Request) -> None:
        """Browsers name the page that a request comes from; only our own pages may send any."""
        origin = request.headers.get("Origin")
        foreign = origin is not None and urlsplit(origin).netloc.lower() != request.headers["Host"].lower()
        site = request.headers.get("Sec-Fetch-Site", "same-origin")
        if foreign or (request.method == "POST" and site not in ("same-origin", "none")):
            raise Forbidden("Requests from pages of other sites are refused.")

    def _knows_password(self, request: Request) -> bool:
        if not self.password:
            return True
        given = request.authorization.password if request.authorization else None
        if given is None:
            return False
        address = request.remote_addr or ""
        if seconds := math.ceil(self.brake.waits(address)):
            said = f"Too many wrong passwords: wait {seconds} s before the next one."
            raise TooManyRequests(said, retry_after=seconds)
        wanted = [each for each in (self.password, self.reader_password) if each]
        if not any([_same(given, each) for each in wanted]):
            self.brake.wrong(address)
            raise WrongPassword(
                Words("That is not the password."),
                www_authenticate=WWWAuthenticate("basic", {"realm": "monitoring"}),
            )
        self.brake.right(address)
        return True

    def _check_token(self, request: Request) -> None:
        given = request.headers.get(TOKEN_HEADER) or request.form.get(TOKEN_FIELD) or ""
        if not hmac.compare_digest(given.encode(), self.token.encode()):
            raise CSRFTokenError()


def _same(given: str, password: str) -> bool:
    return hmac.compare_digest(given.encode(), password.encode())


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address
