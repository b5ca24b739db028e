"""Telegram, Teams, Matrix, ntfy, Signal and others, through the library Apprise in a process of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from vuurtoren.notifications.channels import apprise_process
from vuurtoren.notifications.channels.channel import Notice, Receipt, SendRefused, unproven
from vuurtoren.privacy.text import shorten
from vuurtoren.settings.settings import DOCTYPE, Settings
from vuurtoren.site.protocol import Site
from vuurtoren.site.quantities import duration
from vuurtoren.site.strangers import NotReadable, json_value
from vuurtoren.site.values import Proof

FIELD = "apprise_addresses"
TIME_LIMIT_SECONDS = 20
LONGEST_TEXT = 3000
MOST_ADDRESSES = 20
SCHEMA = re.compile(r"[a-z][a-z0-9+.-]{0,29}(?=://)", re.IGNORECASE)

Answers = list[dict[str, Any]]
Run = Callable[[Mapping[str, Any]], Answers]
"""What each address answered, in their order: `taken`, and `inside` where it led into the network."""


class NoAnswer(Exception):
    """The process did not answer in time, or not in its own words."""


def run(asked: Mapping[str, Any]) -> Answers:
    """Have the message sent by a process without our environment, which is killed when its time is over."""
    root = str(Path(__file__).resolve().parents[3])
    with TemporaryDirectory() as home:
        process = subprocess.Popen(
            [sys.executable, "-m", apprise_process.__name__],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=home,
            env={"PATH": os.defpath, "HOME": home, "PYTHONPATH": root}, start_new_session=True,
        )  # fmt: skip
        try:
            answered, _ = process.communicate(json.dumps(asked).encode(), TIME_LIMIT_SECONDS)
            found = json_value(answered)
        except (subprocess.TimeoutExpired, NotReadable) as problem:
            raise NoAnswer from problem
        finally:
            _end(process)
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise NoAnswer
    return found


def _end(process: subprocess.Popen[bytes]) -> None:
    """With all that it has started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        process.kill()
    process.wait(TIME_LIMIT_SECONDS)


@dataclass(frozen=True)
class AppriseChannel:
    """One message to each address of Monitoring Settings; that a service took it is the proof.

    An address is a secret: what is said of it is its first word, such as “tgram”. One that leads into the
    network is not called, unless the settings allow it.
    """

    name: str = "apprise"
    run: Run = run

    def hindrance(self, site: Site, settings: Settings) -> str:
        if not _addresses(site):
            return site.translate("no address of a service is set in Monitoring Settings")
        if self.run is run and find_spec("apprise") is None:
            return site.translate("the library apprise is not installed in this Python environment")
        return ""

    def audience(self, site: Site, settings: Settings) -> str:
        return ", ".join(dict.fromkeys(map(_kind, _addresses(site))))

    def send(self, site: Site, settings: Settings, notice: Notice) -> Receipt:
        """Taken where at least one service took it; who did not is said."""
        addresses = _addresses(site)
        asked = {
            "addresses": addresses,
            "allow_private": settings.channels.apprise_allow_private,
            "title": notice.subject,
            "body": f"{shorten(notice.text, LONGEST_TEXT)}\n{notice.url}",
            "kind": "success" if notice.event == "resolved" else _kind_of(notice.severity),
        }
        try:
            answers = self.run(asked)
        except (NoAnswer, OSError):
            text = site.translate("no service answered within {0}")
            raise SendRefused(text.format(duration(TIME_LIMIT_SECONDS, site.translate))) from None
        kinds = [_kind(address) for address in addresses]
        taken = [kind for kind, answer in zip(kinds, answers, strict=False) if answer.get("taken")]
        refused = [
            _refusal(site, kind, answer)
            for kind, answer in zip(kinds, answers, strict=False)
            if not answer.get("taken")
        ]
        if not taken:
            raise SendRefused("; ".join(refused) or site.translate("no service took it"))
        proof = site.translate("taken by {0}").format(", ".join(taken))
        return Receipt(notice.delivery, "; ".join([proof, *refused]))

    def prove(self, site: Site, reference: str) -> Proof:
        return unproven(site)


def _addresses(site: Site) -> list[str]:
    if not site.has_field(DOCTYPE, FIELD):
        return []
    return [part for part in re.split(r"[\s,]+(?=[a-zA-Z])", site.password(DOCTYPE, FIELD).strip()) if part][
        :MOST_ADDRESSES
    ]


def _kind(address: str) -> str:
    """The first word of an address, which is no secret."""
    found = SCHEMA.match(address)
    return found.group().lower() if found else "?"


def _kind_of(severity: str) -> str:
    return {"CRITICAL": "failure", "HIGH": "failure", "MEDIUM": "warning"}.get(severity, "info")


def _refusal(site: Site, kind: str, answer: Mapping[str, Any]) -> str:
    if answer.get("inside"):
        text = site.translate("{0}: its address lies inside the network, which is not allowed")
    elif answer.get("known") is False:
        text = site.translate("{0}: this is no address that the library apprise knows")
    else:
        text = site.translate("{0}: not taken")
    return text.format(kind)
