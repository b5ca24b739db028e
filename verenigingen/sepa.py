"""Direct debit from Python and over HTTP: may this batch be sent, and what came back.

No `from __future__ import annotations`: Frappe reads the annotations of whitelisted functions.
"""

from pathlib import Path
from typing import Any

from vuurtoren.compliance.bank_files import check, intake
from vuurtoren.compliance.errors import NotPossible
from vuurtoren.composition import current_site
from vuurtoren.endpoints.permission import acting_site
from vuurtoren.endpoints.whitelist import refuse, whitelist


@whitelist(methods=["POST"])
def check_batch(batch: str) -> dict[str, Any]:
    """Say whether a batch may be sent, with its reasons; the trail is told, so a GET is no way to ask."""
    site = acting_site()
    try:
        return check.as_dict(site, check.check_batch(site, str(batch)))
    except NotPossible as reason:
        refuse(str(reason))


def check_file(path: str) -> dict[str, Any]:
    """The same for a file on this machine, from a console."""
    site = current_site()
    return check.as_dict(site, check.check_file(site, Path(path)))


def read_returns(path: str) -> dict[str, Any]:
    """Keep what came back by a pain.002, camt.053 or camt.054 on this machine, from a console; commits."""
    site = current_site()
    taken = intake.take_in(site, Path(path))
    return {
        "file_sha256": taken.reading.sha256,
        "readable": taken.reading.readable,
        "returns": len(taken.reading.returns),
        "new": taken.new,
        "not_placed": taken.unplaced,
        "seen_before": taken.seen_before,
        "text": intake.told(site, taken),
    }
