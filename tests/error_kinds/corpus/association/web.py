"""Conversations with others."""

from __future__ import annotations

import http.server
import smtplib
import socket
import threading
import urllib.request
from contextlib import contextmanager


class Refusing(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(int(self.path.split("/")[1]))
        self.end_headers()
        self.wfile.write(b"<html>no</html>")

    def log_message(self, *_):
        pass


@contextmanager
def bank():
    server = http.server.HTTPServer(("127.0.0.1", 0), Refusing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def unused_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def ask(url):
    import requests

    answer = requests.get(url, timeout=3)
    answer.raise_for_status()
    return answer.json()


def ask_plainly(url):
    return urllib.request.urlopen(url, timeout=3).read()


def wait_for_answer(url):
    import requests

    return requests.get(url, timeout=0.05)


def send(port):
    smtplib.SMTP("127.0.0.1", port, timeout=1)


def recipients_refused(addresses):
    raise smtplib.SMTPRecipientsRefused({address: (550, b"no such user") for address in addresses})


def mail_refused(sender):
    raise smtplib.SMTPSenderRefused(552, b"message too large", sender)


def build(endpoint, values):
    from werkzeug.routing import Map, Rule

    routes = Map([Rule("/member/<name>", endpoint="member")]).bind("association.example")
    return routes.build(endpoint, values)


def form_value(data, field):
    from werkzeug.datastructures import MultiDict

    return MultiDict(data)[field]


def not_found(path):
    from werkzeug.routing import Map, Rule

    return Map([Rule("/member", endpoint="member")]).bind("association.example").match(path)


def too_large():
    from werkzeug.exceptions import RequestEntityTooLarge

    raise RequestEntityTooLarge
