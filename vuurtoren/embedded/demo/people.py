"""The people of a fictional association: members, volunteers, users. Nobody here exists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from vuurtoren.embedded.demo.dues.accounts import shown_iban
from vuurtoren.embedded.demo.happening import Happening, StoryMoment, appears

FIRST_NAMES = (
    "Aafke Bram Cato Daan Eline Fedde Geertje Hidde Ilse Jelle Katja Lars Maaike Niels Olga Pieter "
    "Quirine Ruben Sanne Teun Ute Victor Wies Xander Yara Zeger Anouk Bas Chaïma Dirk Esmée Floris "
    "Gül Huub Imane Jorrit "
).split()
LAST_NAMES = (
    "Appelboom Baken Cramwinckel Duinker Eb Fokkesteen Golfslag Havenaar IJsbrand Jutter Kustlijn "
    "Lichtstraal Meeuwsen Noorderwind Oeverloos Pierhoofd Quay Reddingius Strandvonder Torenwacht "
    "Uitkijk Vuurboet Waterlander Zeebries Zandbank Brandaris Schelpman Stormvogel Duinroos "
    "Krabbendam "
).split()
STATUSES = (
    ("Active", 375),
    ("Pending", 9),
    ("Suspended", 4),
    ("Expired", 8),
    ("Terminated", 10),
    ("Deceased", 3),
    ("Rejected", 3),
)
WITHOUT_CUSTOMER = 4
LEAVE_TODAY = 9
STALLED_APPLICATIONS = 3
VOLUNTEERS = (("Active", 31), ("New", 4), ("Onboarding", 3), ("Inactive", 9))
USERS = (
    ("beheer@vuurtorenwacht.example", "Beheer", ("System Manager", "Verenigingen Administrator")),
    (
        "penningmeester@vuurtorenwacht.example",
        "Penningmeester",
        ("Verenigingen Administrator", "Accounts Manager"),
    ),
    ("secretaris@vuurtorenwacht.example", "Secretaris", ("Membership Manager",)),
    ("ledenadministratie@vuurtorenwacht.example", "Ledenadministratie", ("Membership Manager",)),
)


@dataclass(frozen=True)
class Person:
    """A member as the rest of the story needs one."""

    number: int
    name: str
    full_name: str
    status: str
    since: date
    customer: str
    leaves: bool = False

    @property
    def pays(self) -> bool:
        return self.status == "Active" and bool(self.customer)


def members(told: StoryMoment) -> list[Person]:
    """Everybody who is on the books when the week begins, oldest first."""
    statuses = [status for status, count in STATUSES for _ in range(count)]
    told.dice.shuffle(statuses)
    years = sorted(told.dice.uniform(0.1, 18) for _ in statuses)[::-1]
    active = [index for index, status in enumerate(statuses) if status == "Active"]
    without_customer = set(told.dice.sample(active, WITHOUT_CUSTOMER))
    leavers = set(told.dice.sample([index for index in active if index not in without_customer], LEAVE_TODAY))
    return [
        _person(
            told,
            index,
            status,
            told.ago(days=365 * years[index]).date(),
            index not in without_customer,
            index in leavers,
        )
        for index, status in enumerate(statuses)
    ]


def _person(told: StoryMoment, index: int, status: str, since: date, customer: bool, leaves: bool) -> Person:
    full_name = f"{told.dice.choice(FIRST_NAMES)} {told.dice.choice(LAST_NAMES)}"
    billed = customer and status not in ("Pending", "Rejected")
    return Person(
        number=index + 1,
        name=f"Assoc-Member-{since:%Y-%m}-{index + 1:04d}",
        full_name=full_name,
        status=status,
        since=since,
        customer=f"CUST-{index + 1:05d}" if billed else "",
        leaves=leaves,
    )


def membership(told: StoryMoment, people: list[Person]) -> Iterator[Happening]:
    """Members and their customers, volunteers, users, and the twelve who leave this morning."""
    applicants = 0
    for person in people:
        applicants += person.status == "Pending"
        yield _member(told, person, applicants)
        if person.customer:
            yield appears(_written(told, person), "Customer", person.customer, customer_name=person.full_name)
    yield from _volunteers(told, people)
    yield from _users(told)
    yield from _farewells(told, [person for person in people if person.leaves])


def _member(told: StoryMoment, person: Person, applicants: int) -> Happening:
    applied = told.ago(days=31 - 2 * applicants if applicants <= STALLED_APPLICATIONS else 11 - applicants)
    application = (
        {"application_status": "Under Review" if applicants % 2 else "Pending", "application_date": applied}
        if person.status == "Pending"
        else {"member_since": person.since}
    )
    return appears(
        applied if person.status == "Pending" else _written(told, person),
        "Member",
        person.name,
        member_id=f"{person.number:04d}",
        status=person.status,
        customer=person.customer,
        email=f"lid{person.number:04d}@leden.example",
        iban=shown_iban(person.number),
        **application,
    )


def _written(told: StoryMoment, person: Person) -> datetime:
    return datetime.combine(person.since, told.now.time())


def _volunteers(told: StoryMoment, people: list[Person]) -> Iterator[Happening]:
    statuses = [status for status, count in VOLUNTEERS for _ in range(count)]
    willing = [person for person in people if person.status == "Active" and not person.leaves]
    for status, person in zip(statuses, told.dice.sample(willing, len(statuses)), strict=True):
        name = f"VOL-{person.name}-0001"
        began = told.ago(days=told.dice.randint(30, 1500))
        yield appears(began, "Volunteer", name, member=person.name, status=status, start_date=began.date())


def _users(told: StoryMoment) -> Iterator[Happening]:
    for number, (email, full_name, roles) in enumerate(USERS):
        began = told.ago(days=900 - 100 * number)
        seen = told.ago(minutes=7 + 95 * number)
        yield appears(
            began,
            "User",
            email,
            email=email,
            full_name=full_name,
            enabled=1,
            user_type="System User",
            last_active=seen,
        )
        for role in roles:
            parent = {"parent": email, "parenttype": "User", "parentfield": "roles"}
            yield appears(began, "Has Role", told.token(), role=role, **parent)


def _farewells(told: StoryMoment, leavers: list[Person]) -> Iterator[Happening]:
    """A stack of letters after the dues went up, worked through this morning."""
    for number, person in enumerate(leavers):
        executed = told.ago(minutes=34) + timedelta(minutes=2.5 * number)
        asked = told.ago(days=3 + number % 4)
        name = f"TERM-REQ-{asked:%y-%m}-{number + 1:04d}"
        yield appears(
            asked,
            "Membership Termination Request",
            name,
            member=person.name,
            termination_type="Voluntary",
            request_date=asked.date(),
            status="Pending",
        )
        done = {"status": "Executed", "execution_date": executed, "termination_date": executed.date()}
        yield Happening(executed, "Membership Termination Request", done, changes=name)
        yield Happening(executed, "Member", {"status": "Terminated"}, changes=person.name)
