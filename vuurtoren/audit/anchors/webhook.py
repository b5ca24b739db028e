"""A signed checkpoint to an https address, where it is taken by a machine of somebody else."""

from __future__ import annotations

import calendar
import hashlib
import hmac
import json
from dataclasses import dataclass, field

from vuurtoren.audit.seals.checkpoint import SignedCheckpoint
from vuurtoren.outward.https_client import HttpsClient, NotAnswered
from vuurtoren.site.protocol import Site
from vuurtoren.site.words.words import Words

SHORTEST_SECRET = 16


@dataclass(frozen=True)
class Webhook:
    """Posts JSON, signed like every webhook of this app: the HMAC-SHA256 of timestamp, full stop and body.

    Addresses inside the network are refused, redirects are not followed, and there is a time limit.
    """

    url: str
    secret: str
    client: HttpsClient = field(default_factory=HttpsClient)

    def send(self, site: Site, signed: SignedCheckpoint) -> str:
        """What was answered; raises NotAnswered."""
        if len(self.secret) < SHORTEST_SECRET:
            raise NotAnswered(
                Words("the secret of the webhook needs at least {0} characters", SHORTEST_SECRET)
            )
        timestamp = str(calendar.timegm(site.now_utc().timetuple()))
        body = json.dumps(_content(site, signed), ensure_ascii=False).encode("utf-8")
        proof = hmac.new(self.secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "X-Verenigingen-Timestamp": timestamp,
            "X-Verenigingen-Signature": f"v1={proof.hexdigest()}",
        }
        return f"answered {self.client.post(self.url, body, headers)}"


def _content(site: Site, signed: SignedCheckpoint) -> dict[str, object]:
    checkpoint = signed.checkpoint
    return {
        "version": 1,
        "event": "audit checkpoint",
        "site": site.name,
        "tree_size": checkpoint.tree_size,
        "root": checkpoint.root.hex(),
        "short": checkpoint.short,
        "note": signed.note.text,
    }
