"""What was just written is judged soon, by one process at a time."""

from __future__ import annotations

from typing import Any

from tests.compliance.test_findings import dormant, findings
from tests.compliance.test_findings import office as office
from vuurtoren.compliance import scanning
from vuurtoren.composition import use_site
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.rounds import judging


def test_what_was_written_is_judged_after_the_commit(office: SQLiteSite, clock: Any) -> None:
    scanning.scan(office)
    clock.move(minutes=30)
    dormant(office)
    use_site(office)
    judging.judge_soon()
    use_site(None)
    assert [row["rule"] for row in findings(office)] == ["M04"]


def test_while_another_process_judges_nothing_is_done_twice(office: SQLiteSite, clock: Any) -> None:
    scanning.scan(office)
    clock.move(minutes=30)
    dormant(office)
    with office.lock("compliance changes"):
        judging.judge_changes(office)
    assert findings(office) == []


def test_the_job_that_a_commit_asks_for_is_there() -> None:
    module, _, name = judging.JUDGE_SOON.rpartition(".")
    assert module == judging.__name__
    assert callable(getattr(judging, name))
