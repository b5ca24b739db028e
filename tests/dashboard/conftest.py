"""What the tests of the page share: loud boundaries, and a reader of the HTML that is sent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from verenigingen.alerts import own_errors


@pytest.fixture(autouse=True)
def loud(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A section that fails fails the test, unless the test asks for `quiet`."""
    monkeypatch.setattr(own_errors, "LOUD", True)
    yield


@pytest.fixture
def quiet(loud: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Boundaries go on, as in production."""
    monkeypatch.setattr(own_errors, "LOUD", False)
