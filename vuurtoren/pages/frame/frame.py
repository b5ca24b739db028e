"""What stands around every page: which site, its state, what is not told, the clock, and where else to go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from vuurtoren.alerts import stored_silences
from vuurtoren.alerts.silences import Silence
from vuurtoren.audit.verification.verifying import may_verify
from vuurtoren.endpoints.permission import may_act
from vuurtoren.pages.facts import Facts
from vuurtoren.pages.frame.address import Address, href
from vuurtoren.pages.parts import Glance, Overall, PageSection
from vuurtoren.pages.sections import alerts, monitor, overall, unknowns
from vuurtoren.pages.sections.boundary import section
from vuurtoren.site.quantities import moment

NOTHING = Markup()


@dataclass(frozen=True)
class Place:
    """A page in the navigation."""

    title: str
    href: str
    current: bool = False
    count: int = 0


@dataclass(frozen=True)
class Window:
    """A maintenance window that holds now: nobody is told anything."""

    name: str
    said: str


@dataclass(frozen=True)
class Frame:
    """What every page shares; every time on it is site time, in the zone that is named.

    `here` is the address of this page, to which its forms are posted. `attention` counts what is wrong and
    nobody has acknowledged, as the state says it. `above` is HTML that a refresh leaves alone.
    """

    site_name: str
    platform: str
    now: datetime
    time_zone: str
    overall: Overall
    here: str = "/monitoring_dashboard"
    places: tuple[Place, ...] = ()
    windows: tuple[Window, ...] = ()
    attention: int = 0
    searched: str = ""
    title: str = ""
    acts: bool = True
    """Whether the visitor may act; who only looks is shown no form that changes something."""
    verifies: bool = True
    """Whether the visitor may have the audit trail verified."""
    above: Markup = NOTHING
    """What the server shows above every page."""


def build(
    facts: Facts, address: Address, title: str, places: tuple[tuple[str, str], ...], under: str = ""
) -> Frame:
    """The frame as of now; what cannot be read is said in its state, and hides nothing else.

    `under` is the key of the place in the navigation where the page stands, if its address does not say it.
    """
    here = under or OWN_LIST.get(address.page, address.page)
    opened = section(facts, "alerts", facts.translate("Open alerts"), alerts.glance)
    counted = opened.content or Glance()
    return Frame(
        site_name=facts.site.name,
        platform=facts.site.platform,
        now=facts.now,
        time_zone=facts.site.time_zone(),
        overall=state(facts, opened),
        here=address.here,
        places=tuple(
            Place(
                facts.translate(name),
                href(key) if key else href(),
                current=key == here,
                count=counted.alerts_waiting if key == "alerts" else 0,
            )
            for key, name in places
        ),
        windows=tuple(_window(facts, each) for each in _windows(facts)),
        attention=counted.waiting,
        searched=address.text("q") if address.page == "search" else "",
        title=title,
        acts=may_act(facts.site),
        verifies=may_verify(facts.site),
    )


OWN_LIST = {"alert": "alerts", "incident": "alerts", "error": "errors", "metric": "metrics", "rule": "rules"}
"""Under which page of the navigation a page about one thing stands."""


def state(facts: Facts, opened: PageSection[Glance]) -> Overall:
    """The state of the whole site in one sentence, the same on every page."""
    monitored = section(facts, "monitor", facts.translate("The monitor itself"), monitor.build)
    unknown = section(facts, "unknowns", facts.translate("Unknown"), unknowns.build)
    judged = section(facts, "overall", "", lambda facts: overall.build(facts, opened, monitored, unknown))
    if judged.content:
        return judged.content
    return Overall("unknown", facts.translate("Whether all is well cannot be said"), (judged.problem,), "")


def _windows(facts: Facts) -> list[Silence]:
    found = section(facts, "windows", "", lambda facts: stored_silences.current(facts.site))
    everything = [
        each for each in found.content or () if each.planned and not (each.rule or each.fingerprint)
    ]
    return [each for each in everything if each.holds(facts.now)]


def _window(facts: Facts, each: Silence) -> Window:
    text = facts.translate(
        "Maintenance until {0}, {1}: {2}. Only CRITICAL is told."
        if each.spares_critical
        else "Maintenance until {0}, {1}: {2}. Nobody is told."
    )
    until = each.current(facts.now)[1]
    shown = f"{until:%H:%M}" if until and until.date() == facts.now.date() else moment(until, facts.translate)
    return Window(each.name, text.format(shown, each.by, each.reason))
