"""What queued jobs, cached hooks and other apps named before the house was rearranged still answers."""

from __future__ import annotations

from importlib import import_module

import pytest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("verenigingen.alerts.rule.Rule", "vuurtoren.rules.rule.Rule"),
        ("verenigingen.alerts.sealing.seal_soon", "vuurtoren.rounds.sealing.seal_soon"),
        (
            "verenigingen.alerts.channels.channel.Channel",
            "vuurtoren.notifications.channels.channel.Channel",
        ),
        ("verenigingen.metrics.source.Source", "vuurtoren.metrics.source.Source"),
        ("verenigingen.site.current_site", "vuurtoren.composition.current_site"),
    ],
)
def test_an_old_name_is_the_new_thing(old: str, new: str) -> None:
    assert _at(old) is _at(new)


def _at(path: str) -> object:
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)
