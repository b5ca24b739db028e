"""Error boundaries raise what they catch, so that no test passes because a section failed."""

from __future__ import annotations

import pytest

from verenigingen.alerts import own_errors


@pytest.fixture(autouse=True)
def loud_boundaries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_errors, "LOUD", True)
