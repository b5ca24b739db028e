"""How long the certificate of the site's own address is still valid."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from urllib.parse import urlsplit

from vuurtoren.metrics.metric import Metric
from vuurtoren.metrics.promise import Promise
from vuurtoren.metrics.source import Context, Source
from vuurtoren.site.errors import Unavailable

KEY = "certificate.days_left"
PROMISES = {
    KEY: Promise(
        "days", "Certificate valid for", "How long browsers still trust the site's own https address."
    )
}
TIMEOUT_SECONDS = 2
# OpenSSL's X509_V_FLAG_NO_CHECK_TIME: an expired certificate is to be read, not refused.
NO_CHECK_TIME = 0x200000


def measure_certificate(context: Context, trust: ssl.SSLContext | None = None) -> Iterable[Metric]:
    address = urlsplit(context.site.url())
    if address.scheme != "https" or not address.hostname:
        raise Unavailable("the site's address is not https")
    until_utc = valid_until_utc(address.hostname, address.port or 443, trust)
    days = (until_utc - context.site.now_utc()) / timedelta(days=1)
    evidence = [{"host": address.hostname, "valid until": context.site.from_utc(until_utc)}]
    yield context.known(KEY, round(days, 1), evidence=evidence)


def valid_until_utc(host: str, port: int, trust: ssl.SSLContext | None = None) -> datetime:
    """When the certificate that the host shows ends; raises Unavailable where it shows none to trust."""
    trust = trust or ssl.create_default_context()
    trust.verify_flags |= NO_CHECK_TIME
    try:
        with socket.create_connection((host, port), timeout=TIMEOUT_SECONDS) as connection:
            with trust.wrap_socket(connection, server_hostname=host) as secured:
                shown = secured.getpeercert() or {}
    except ssl.SSLCertVerificationError as refused:
        raise Unavailable(
            "the certificate of {0} is not trusted: {1}", host, refused.verify_message
        ) from refused
    except OSError as refused:
        raise Unavailable("{0} does not answer on port {1}: {2}", host, port, refused) from refused
    seconds = ssl.cert_time_to_seconds(str(shown["notAfter"]))
    return datetime.fromtimestamp(seconds, timezone.utc).replace(tzinfo=None)


SOURCES = (Source("safety.certificate", PROMISES, measure_certificate, keep_seconds=6 * 3600),)
