"""One line of the request log that a stranger wrote stops nothing."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from vuurtoren.signals.requests.request_log import read_tail

LINE = (
    '{"site": "a", "timestamp": "2026-11-04 09:00:00+00:00", "duration": 1000, '
    '"transaction_type": "request", "uuid": "u", "request": {"path": "/x", "status_code": 200}}'
)
SINCE = datetime(2026, 11, 4, 8)


@pytest.mark.parametrize(
    "strange",
    [
        "[" * 100_000 + "]" * 100_000,
        '{"timestamp": ' + "[" * 100_000,
        '{"a": ' * 5_000 + "1" + "}" * 5_000,
        "7",
        "null",
        '{"timestamp": 7, "duration": 1}',
        '{"timestamp": "0001-01-01T00:00:00+14:00", "duration": -1}',
        '{"timestamp": "9999-12-31T23:59:59-14:00", "duration": 1}',
        '{"timestamp": "2026-11-04T09:00:00", "duration": NaN}',
        LINE.replace("200", '"' + "9" * 5000 + '"'),
        LINE.replace("200", "Infinity"),
        LINE.replace("1000", "[]"),
    ],
    ids=lambda text: text[:30],
)
def test_it_is_passed_over(tmp_path: Path, strange: str) -> None:
    log = tmp_path / "monitor.json.log"
    log.write_text(f"{strange}\n{LINE}\n{strange}\n")
    assert [request.route for request in read_tail(log, ["a"], SINCE).requests] == ["/x"]
