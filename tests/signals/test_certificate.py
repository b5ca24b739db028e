from __future__ import annotations

import shutil
import ssl
import subprocess
import threading
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from socketserver import BaseRequestHandler, ThreadingTCPServer

import pytest

from vuurtoren.metrics.source import Source
from vuurtoren.signals.measuring import collect
from vuurtoren.signals.safety.certificate import measure_certificate

needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="openssl makes the certificates")


def make_certificate(folder, *, days):
    command = "openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -subj /CN=localhost"
    names = ["-addext", "subjectAltName=DNS:localhost", "-days", str(days)]
    subprocess.run([*command.split(), *names], cwd=folder, check=True, capture_output=True, timeout=60)
    return folder / "cert.pem", folder / "key.pem"


@contextmanager
def https_server(certificate, key):
    """Shows the certificate on a port of this machine."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    class Handshake(BaseRequestHandler):
        def handle(self):
            try:
                context.wrap_socket(self.request, server_side=True).close()
            except OSError:
                pass

    with ThreadingTCPServer(("127.0.0.1", 0), Handshake) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def days_left(site, port, trust=None):
    site.set_conf("host_name", f"https://localhost:{port}")
    measure = partial(measure_certificate, trust=trust)
    source = Source("certificate", {"certificate.days_left": "days"}, measure)
    return collect(site, sources=[source]).get("certificate.days_left")


def test_it_asks_nobody_where_the_site_is_not_https(site, measured):
    metric = measured(site, "safety.certificate").get("certificate.days_left")
    assert metric.reason == "the site's address is not https"


@needs_openssl
def test_it_measures_how_long_the_certificate_is_valid(site, clock, tmp_path):
    certificate, key = make_certificate(tmp_path, days=30)
    with https_server(certificate, key) as port:
        metric = days_left(site, port, ssl.create_default_context(cafile=certificate))
    until = datetime.fromisoformat(str(metric.evidence[0]["valid until"]))
    assert abs(metric.value - (until - site.now()) / timedelta(days=1)) < 0.1


@needs_openssl
def test_it_reads_a_certificate_that_has_ended(site, clock, tmp_path):
    certificate, key = make_certificate(tmp_path, days=1)
    clock.moment = datetime.now(clock.moment.tzinfo) + timedelta(days=11)
    with https_server(certificate, key) as port:
        metric = days_left(site, port, ssl.create_default_context(cafile=certificate))
    assert metric.value == pytest.approx(-10, abs=0.1)


@needs_openssl
def test_it_says_that_a_certificate_is_not_trusted(site, tmp_path):
    certificate, key = make_certificate(tmp_path, days=30)
    with https_server(certificate, key) as port:
        metric = days_left(site, port)
    assert "is not trusted" in metric.reason


def test_it_says_that_nobody_answers(site):
    assert "does not answer on port 1" in days_left(site, 1).reason
