"""Mandates with their usages, their members and the evidence of their signature, page by page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from vuurtoren.compliance.identifiers import compact
from vuurtoren.compliance.reading.values import among, day, flag, limit_cents, pages, text
from vuurtoren.compliance.reading.values import cents as as_cents
from vuurtoren.compliance.reading.world import FILE, World
from vuurtoren.compliance.records import Mandate, Usage
from vuurtoren.host_records.names import IBAN_HISTORY, MANDATE, MANDATE_USAGE, MEMBER
from vuurtoren.site.values import Row

FIELDS = (
    *("mandate_id", "member", "status", "mandate_type", "account_holder_name", "iban", "bic", "sign_date"),
    *("first_collection_date", "expiry_date", "is_active", "cancelled_date", "maximum_amount", "creation"),
)
REFERENCES_AT_ONCE = 10_000
"""No index helps to find them everywhere, so they are asked for in few questions."""
USAGE_FIELDS = ("parent", "usage_date", "sequence_type", "batch_reference", "amount", "status")


def mandates(world: World, filters: dict[str, Any] | None = None) -> Iterator[list[Mandate]]:
    """All mandates that the filters leave, in bounded pages."""
    if world.host.has_doctype(MANDATE):
        for rows in pages(world.host, MANDATE, FIELDS, filters):
            yield made(world, rows)


def by_reference(world: World, references: Sequence[str]) -> dict[str, Mandate]:
    """The mandates that bear these references, or names; of several with one reference the active one."""
    found: dict[str, Mandate] = {}
    rows = list(among(world.host, MANDATE, FIELDS, "mandate_id", references, size=REFERENCES_AT_ONCE))
    missing = sorted(set(references) - {text(row.get("mandate_id")) for row in rows})
    rows += among(world.host, MANDATE, FIELDS, "name", missing)
    for mandate in made(world, rows):
        for key in (mandate.mandate_id, mandate.name):
            if key and (key not in found or mandate.status == "Active"):
                found[key] = mandate
    return found


def made(world: World, rows: Sequence[Row]) -> list[Mandate]:
    """The records of these rows, with what belongs to them."""
    names = [str(row["name"]) for row in rows]
    members = sorted({text(row.get("member")) for row in rows} - {""})
    usages, people = _usages(world, names), _members(world, members)
    accounts, files = _newest_accounts(world, members), _with_files(world, names)
    back = world.reactivated(names)
    return [_made(world, row, usages, people, accounts, files, back) for row in rows]


def _made(
    world: World, row: Row, usages: dict[str, list[Usage]] | None, people: dict[str, Row],
    accounts: dict[str, tuple[date, str]], files: frozenset[str] | None, back: frozenset[str] | None,
) -> Mandate:  # fmt: skip
    name, member, iban = str(row["name"]), text(row.get("member")), text(row.get("iban"))
    person = people.get(member)
    reference = text(row.get("mandate_id"))
    key, signed = compact(iban), day(row.get("sign_date"))
    since, account = accounts.get(member, (None, ""))
    moved = since if since and signed and since > signed and account == key else None
    return Mandate(
        name,
        mandate_id=reference,
        member=member,
        status=text(row.get("status")),
        is_active=flag(row.get("is_active")),
        mandate_type=text(row.get("mandate_type")),
        account_holder=text(row.get("account_holder_name")),
        iban=iban,
        bic=text(row.get("bic")),
        signed_on=signed,
        first_collected_on=day(row.get("first_collection_date")),
        expires_on=day(row.get("expiry_date")),
        cancelled_on=day(row.get("cancelled_date")),
        maximum_cents=limit_cents(row.get("maximum_amount")),
        created_on=day(row.get("creation")),
        usages=None if usages is None else tuple(usages.get(name, ())),
        member_status=text(person.get("status")) if person else None,
        member_iban=text(person["iban"]) if person and "iban" in person else None,
        iban_changed_on=moved,
        amended=_amended(world, reference, moved) if moved else None,
        reactivated=None if back is None else name in back,
        evidence=None if files is None else name in files,
        same_id=None if world.same_ids is None else world.same_ids.get(reference, 1),
        members_on_iban=None if world.shared_ibans is None else world.shared_ibans.get(key, 1),
        iban_changes_in_a_day=None if world.iban_changes is None else world.iban_changes.get(member, 0),
    )


def _amended(world: World, reference: str, since: date) -> bool | None:
    """Whether a file that was made since told the bank of the other account; None where none was made."""
    if world.amended_on.get(reference, date.min) >= since:
        return True
    return False if world.collected_on.get(reference, date.min) >= since else None


def _usages(world: World, names: list[str]) -> dict[str, list[Usage]] | None:
    if not world.host.has_field(MANDATE_USAGE, "usage_date"):
        return None
    found: dict[str, list[Usage]] = {}
    alike: dict[tuple[Any, ...], Usage] = {}
    for row in among(world.host, MANDATE_USAGE, USAGE_FIELDS, "parent", names):
        told = tuple(row.get(name) for name in USAGE_FIELDS[1:])
        usage = alike.get(told)
        if usage is None:  # a run of dues is thousands of usages that say the same
            used_on, sequence_type, batch, amount, status = told
            usage = Usage(day(used_on), sequence_type or "", batch or "", as_cents(amount), status or "")
            alike[told] = usage
        found.setdefault(str(row["parent"]), []).append(usage)
    return found


def _members(world: World, names: list[str]) -> dict[str, Row]:
    return {str(row["name"]): row for row in among(world.host, MEMBER, ("status", "iban"), "name", names)}


def _newest_accounts(world: World, members: list[str]) -> dict[str, tuple[date, str]]:
    """Since when each member pays from which account, by the newest row of its history."""
    newest: dict[str, tuple[date, str]] = {}
    if not world.host.has_field(IBAN_HISTORY, "from_date"):
        return newest
    for row in among(world.host, IBAN_HISTORY, ("parent", "iban", "from_date"), "parent", members):
        since, member = day(row["from_date"]), str(row["parent"])
        if since and (member not in newest or since > newest[member][0]):
            newest[member] = (since, compact(text(row.get("iban"))))
    return newest


def _with_files(world: World, names: list[str]) -> frozenset[str] | None:
    """Mandates to which a file is attached; None where none has one, so that nobody keeps them here."""
    attached = {"attached_to_doctype": world.mandate_doctype}
    if not world.files_are_kept:
        return None
    asked = attached | {"attached_to_name": ("in", names)}
    rows = world.site.get_all(FILE, ["attached_to_name"], asked) if names else []
    return frozenset(str(row["attached_to_name"]) for row in rows)
