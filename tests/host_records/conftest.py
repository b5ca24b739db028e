from __future__ import annotations

import pytest

from tests.host_records.other_host import other_host
from vuurtoren.audit.seals import append_only_guard
from vuurtoren.composition import use_site


@pytest.fixture
def elsewhere(tmp_path, clock):
    """A connected site of another association's app."""
    site = other_host(
        tmp_path / "elsewhere", clock=clock, name="verein.example", config={"time_zone": "Europe/Amsterdam"}
    )
    append_only_guard.install(site)
    use_site(site)
    yield site
    use_site(None)
    site.store.close()
