"""What redaction costs, and whether it takes identifiers for account numbers."""

from __future__ import annotations

import hashlib
import json
import random
import uuid
from collections.abc import Iterator

from benchmarks.measuring import Row, timed
from benchmarks.traceback_text import error_text
from verenigingen.audit.redaction import redact_text

KILOBYTE = 1000
TIMES = 15
PROSE = "De penningmeester heeft de incasso van de contributie klaargezet, en de bank heeft alles verwerkt. "
PERSONAL = "Mandaat NL91 ABNA 0417 1643 00 van jan.jansen@example.nl, tel 06-12345678, is afgewezen. "
TEXTS = {
    "tracebacks": [error_text(kind) for kind in range(60)],
    "details of events": [
        json.dumps({"amount": f"{number}.00", "invoice": f"ACC-SINV-2026-{number:07d}", "note": PROSE * 5})
        for number in range(120)
    ],
    "prose": [PROSE * 10] * 60,
    "nothing but personal data": [PERSONAL * 10] * 20,
}


def redaction_rows(identifiers: int) -> Iterator[Row]:
    for what, texts in TEXTS.items():
        kilobytes = sum(len(text.encode()) for text in texts) / KILOBYTE
        timing = timed(lambda texts=texts: [redact_text(text) for text in texts], TIMES)  # type: ignore[misc]
        lowest, median = (
            cpu_ms * KILOBYTE / kilobytes for cpu_ms in (min(timing.cpu_ms), timing.median_cpu_ms)
        )
        goal = "≤ 100 µs per kB" if what in ("tracebacks", "details of events", "prose") else ""
        shown = f"CPU {median:.0f} µs per kB"
        yield Row(
            f"redaction, {what}", f"{kilobytes:.0f} kB", shown, goal=goal, compared=f"least {lowest:.0f} µs"
        )
    changed = sum(redact_text(text) != text for text in _identifiers(identifiers))
    yield Row("redaction, false positives", f"{identifiers:,} UUIDs and hashes", str(changed), goal="0")


def _identifiers(count: int) -> Iterator[str]:
    chance = random.Random(5)
    for number in range(count // 2):
        yield str(uuid.UUID(int=chance.getrandbits(128), version=4))
        yield hashlib.sha256(str(number).encode()).hexdigest()
