from __future__ import annotations

from vuurtoren.health.runs import DOCTYPE
from vuurtoren.health.titles import TITLES
from vuurtoren.rounds import checks


def test_every_run_of_every_job_has_a_name_that_people_can_read(site):
    for job in ("tick", "hourly", "daily"):
        checks.run_job(site, job)
    runs = {row["job"] for row in site.get_all(DOCTYPE, ["job"], {"status": ("is", "set")})}
    assert {"tick", "audit verification"} <= runs
    assert runs <= set(TITLES)
