"""The days of a report: a whole number from 1 to 365, and anything else is the fault of the caller."""

from __future__ import annotations

from typing import Any

import pytest

from vuurtoren.analytics.period import period
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.site.errors import InvalidValue


@pytest.mark.parametrize("days", [-1, 0, 366, "nan", "9" * 5000, None, [], True])
def test_days_that_are_none_are_refused_with_a_status_of_the_caller(site: SQLiteSite, days: Any) -> None:
    with pytest.raises(InvalidValue) as refused:
        period(site, days)
    assert refused.value.http_status_code == 417
