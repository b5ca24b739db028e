"""What redaction costs, and whether it takes identifiers for account numbers."""

from __future__ import annotations

import json
import random
import statistics
from collections.abc import Iterator

from benchmarks.audit.adversarial_texts import adversarial_texts
from benchmarks.audit.identifiers import identifiers
from benchmarks.measuring import Row, timed
from benchmarks.traceback_text import error_text
from tests.privacy import written_ibans
from tests.privacy.made_up_ibans import made_up_iban
from vuurtoren.privacy.redaction import redact_text

KILOBYTE = 1000
TIMES = 15
ADVERSARIAL_LENGTH = 1_000 * KILOBYTE
ADVERSARIAL_GOAL_SECONDS = 0.3
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


def redaction_rows(count: int) -> Iterator[Row]:
    for what, texts in TEXTS.items():
        kilobytes = sum(len(text.encode()) for text in texts) / KILOBYTE
        timing = timed(lambda texts=texts: [redact_text(text) for text in texts], TIMES)  # type: ignore[misc]
        lowest, median = (
            cpu_ms * KILOBYTE / kilobytes for cpu_ms in (min(timing.cpu_ms), timing.median_cpu_ms)
        )
        goal = "≤ 80 µs per kB" if what in ("tracebacks", "details of events", "prose") else ""
        shown = f"CPU {median:.0f} µs per kB"
        yield Row(
            f"redaction, {what}", f"{kilobytes:.0f} kB", shown, goal=goal, compared=f"least {lowest:.0f} µs"
        )
    changed = sum(redact_text(text) != text for text in identifiers(count))
    yield Row(
        "redaction, false positives", f"{count:,} UUIDs, hashes, ISBNs, times, …", str(changed), goal="0"
    )
    yield _written_forms_row()
    yield _adversarial_row()


def _written_forms_row() -> Row:
    chance = random.Random(7)
    forms = [
        (iban, text)
        for iban in (made_up_iban(country, chance) for country in written_ibans.COUNTRIES)
        for _name, text in written_ibans.written(iban)
    ]
    leaks = sum(written_ibans.is_readable(iban, redact_text(text)) for iban, text in forms)
    return Row("redaction, IBANs left readable", f"{len(forms):,} written forms", str(leaks), goal="0")


def _adversarial_row() -> Row:
    times = [
        (min(timed(lambda text=text: redact_text(text), 3, warm_up=0).cpu_ms) / 1000, name)  # type: ignore[misc]
        for name, text in adversarial_texts(ADVERSARIAL_LENGTH)
    ]
    slowest, name = max(times)
    return Row(
        "redaction, the slowest made-up text",
        f"{len(times)} texts of {ADVERSARIAL_LENGTH // KILOBYTE:,} kB",
        f"CPU {slowest:.2f} s, least of three ({name})",
        goal=f"≤ {ADVERSARIAL_GOAL_SECONDS} s",
        compared=f"median {statistics.median(seconds for seconds, _name in times):.2f} s",
    )
