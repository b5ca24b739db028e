from __future__ import annotations

from pathlib import Path

import pytest

from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.notifications.recipients import Recipients, recipients
from vuurtoren.settings import settings

JAN, PIET = "jan@vereniging.example", "piet@vereniging.example"


@pytest.fixture
def bare(tmp_path: Path) -> SQLiteSite:
    """A site on which nobody configured anything."""
    return SQLiteSite(tmp_path / "bare")


def of(site: SQLiteSite) -> Recipients:
    return recipients(site, settings.read(site))


def add_manager(site: SQLiteSite, email: str, enabled: int = 1) -> None:
    site.insert("User", {"name": email, "email": email, "enabled": enabled})
    site.insert("Has Role", {"parent": email, "parenttype": "User", "role": "System Manager"})


def test_the_settings_come_first(site: SQLiteSite) -> None:
    site.set_single("Monitoring Settings", {"recipients": f"{JAN}\n{PIET}"})
    assert of(site).addresses == (JAN, PIET)


@pytest.mark.parametrize(
    "configured",
    [
        [JAN, PIET],
        f'["{JAN}", "{PIET}"]',
        f"{JAN}, {PIET}",
        f"{JAN};{PIET}",
        f"Jan <{JAN}>\n{PIET}",
        f'"Jansen, Jan" <{JAN}>, "Pietersen; P." <{PIET}>',
        [f'"Jansen, Jan" <{JAN}>', f"Pietersen <{PIET}>"],
        f'"Jan \\"de baas\\" Jansen" <{JAN}>,{PIET}',
    ],
)
def test_then_the_site_config_in_any_of_its_forms(bare: SQLiteSite, configured: object) -> None:
    bare.set_conf("alert_recipients", configured)
    assert of(bare).addresses == (JAN, PIET)


def test_then_the_system_managers(bare: SQLiteSite) -> None:
    add_manager(bare, JAN)
    add_manager(bare, PIET, enabled=0)
    found = of(bare)
    assert (found.addresses, found.origin) == ((JAN,), "the System Managers")


def test_nobody_is_built_in_and_an_empty_list_is_said(bare: SQLiteSite) -> None:
    found = of(bare)
    assert found.addresses == ()
    assert "Nobody is told" in found.problem


def test_what_is_no_address_is_dropped_and_named(bare: SQLiteSite) -> None:
    bare.set_conf("alert_recipients", [JAN, "nobody", "a@b", "x@y.example\nBcc: z@evil.example", None, ""])
    found = of(bare)
    assert found.addresses == (JAN,)
    assert found.dropped[:2] == ("nobody", "a@b") and len(found.dropped) == 3
    assert "nobody" in found.problem


def test_a_place_with_only_bad_addresses_falls_through_to_the_next(site: SQLiteSite) -> None:
    site.set_single("Monitoring Settings", {"recipients": "nobody"})
    found = of(site)
    assert found.addresses == ("beheer@vereniging.example",)
    assert found.dropped == ("nobody",)


def test_an_address_given_twice_is_told_once(bare: SQLiteSite) -> None:
    bare.set_conf("alert_recipients", [JAN, JAN.upper()])
    assert of(bare).addresses == (JAN,)


def test_an_unreadable_site_config_is_named(bare: SQLiteSite) -> None:
    add_manager(bare, JAN)
    (bare.folder / "site_config.json").write_text("[")
    found = of(bare)
    assert found.addresses == (JAN,)
    assert "cannot be read" in found.problem


@pytest.mark.parametrize("configured", [7, {"a": 1}, True, "[broken", [[JAN]]])
def test_nonsense_is_refused_not_raised(bare: SQLiteSite, configured: object) -> None:
    bare.set_conf("alert_recipients", configured)
    assert of(bare).addresses == ()


def test_a_list_nested_without_end_is_no_address_and_stops_nothing(bare: SQLiteSite) -> None:
    bare.set_conf("alert_recipients", "[" * 100_000)
    bare.set_conf("alert_thresholds", "[" * 100_000)
    found = of(bare)
    assert found.addresses == () and found.dropped
    assert "is text that is no JSON" in " ".join(settings.read(bare).problems)


def test_a_domain_in_other_letters_is_written_as_mail_servers_take_it(bare: SQLiteSite) -> None:
    bare.set_conf("alert_recipients", "beheer@café-vereniging.example")
    assert of(bare).addresses == ("beheer@xn--caf-vereniging-dkb.example",)


@pytest.mark.parametrize("local", ["root@localhost", "root", "<root@localhost>", "a@b, c@d", '"x" <a@b'])
def test_an_address_without_a_full_host_is_none_wherever_it_is_given(bare: SQLiteSite, local: str) -> None:
    bare.set_conf("alert_recipients", local)
    assert of(bare).addresses == ()
    with pytest.raises(settings.BadSettings):
        settings.check({"recipients": local})


@pytest.mark.parametrize("written", [PIET, PIET.upper(), f"Piet <{PIET}>"])
def test_a_disabled_user_gets_no_mail_and_is_named(site: SQLiteSite, written: str) -> None:
    add_manager(site, PIET, enabled=0)
    site.set_single("Monitoring Settings", {"recipients": f"{JAN}\n{written}"})
    found = of(site)
    assert found.addresses == (JAN,)
    assert "The user is disabled, so left out: " in found.problem and "piet@" in found.problem.lower()


def test_where_only_disabled_users_are_named_the_next_place_holds(site: SQLiteSite) -> None:
    add_manager(site, PIET, enabled=0)
    add_manager(site, JAN)
    site._config.pop("alert_recipients")
    site.set_single("Monitoring Settings", {"recipients": PIET})
    assert of(site).addresses == (JAN,)
