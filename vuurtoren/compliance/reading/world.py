"""What is the same for all records of a scan: the day, the association, what was agreed, what is absent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from vuurtoren.compliance import memory
from vuurtoren.compliance.identifiers import compact
from vuurtoren.compliance.reading import own_account
from vuurtoren.compliance.reading.values import text
from vuurtoren.compliance.records import Agreements, Circumstances, Creditor, NextCollection
from vuurtoren.compliance.rules.catalogue import RULES
from vuurtoren.compliance.rules.trail import LOG
from vuurtoren.host_records import records
from vuurtoren.host_records.names import ASSOCIATION, BATCH, IBAN_HISTORY, MANDATE, MEMBER
from vuurtoren.host_records.records import HostRecords
from vuurtoren.site import configured
from vuurtoren.site.protocol import Site

CONFIG_KEY = "sepa_agreements"
"""Configuration key: a mapping of the names in `Agreements` to what was agreed with bank and members."""
FILE = "File"
LOOKED_BACK = timedelta(days=400)
MOST_SHARED = 5_000
"""So many references and accounts that are shared are known; the most shared ones first."""


@dataclass
class World:
    """Read once a scan, each part when it is first asked for."""

    site: Site
    host: HostRecords = field(init=False)
    coming: dict[str, NextCollection] | None = None
    """By mandate reference the next batch; filled by who reads it first."""
    collected_in: dict[date, Mapping[str, int]] = field(default_factory=dict)
    """By month and mandate what is collected; filled by who reads it first."""
    amended_on: dict[str, date] = field(default_factory=dict)
    """By mandate reference when a file last told the bank of another account; filled by reading files."""
    collected_on: dict[str, date] = field(default_factory=dict)
    """By mandate reference when a file last collected without a word of another account."""
    message_ids: dict[str, str] = field(default_factory=dict)
    """Of the files that were read, with the first batch that bears each."""
    about: tuple[str, ...] | None = None
    """The references that alone are of interest, where only a few mandates are judged."""

    def __post_init__(self) -> None:
        self.host = records.of(self.site)
        self.today = self.site.now().date()

    @cached_property
    def circumstances(self) -> Circumstances:
        return Circumstances(self.today, self.creditor, agreements(self.site), self.absent)

    @cached_property
    def creditor(self) -> Creditor:
        """The association; its fields are None where the settings of the host app are not there."""
        host = self.host
        if not host.has_doctype(ASSOCIATION):
            return Creditor()
        row = host.get_single(ASSOCIATION)
        iban = text(row["company_iban"]) if "company_iban" in row else None
        return Creditor(
            creditor_id=text(row["creditor_id"]) if "creditor_id" in row else None,
            iban=iban,
            name=text(row.get("company_name")),
            iban_changed_on=own_account.changed_on(self.site, memory.read(self.site), iban) if iban else None,
        )

    @cached_property
    def absent(self) -> frozenset[str]:
        """DocTypes and fields that some rule needs, or that a check asks for, and this site does not have."""
        needed = {name for rule in RULES for name in rule.needs} | {
            f"{MANDATE}.{name}"
            for name in ("account_holder_name", "iban", "sign_date", "mandate_type", "cancelled_date")
        }
        return frozenset(name for name in needed if not self._has(name))

    def _has(self, name: str) -> bool:
        doctype, _, fieldname = name.partition(".")
        if doctype == LOG:
            return self.site.has_doctype(LOG)
        return self.host.has_field(doctype, fieldname) if fieldname else self.host.has_doctype(doctype)

    @cached_property
    def same_ids(self) -> Mapping[str, int] | None:
        """Mandate references that several mandates bear; None where references are not kept."""
        if not self.host.has_field(MANDATE, "mandate_id"):
            return None
        which = ("in", self.about) if self.about else ("is", "set")
        counted = self.host.tally(MANDATE, "mandate_id", {"mandate_id": which}, limit=MOST_SHARED)
        return {str(key): count for key, count in counted.items() if count > 1}

    @cached_property
    def shared_ibans(self) -> Mapping[str, int] | None:
        """Accounts from which several members pay; None where members have none here."""
        if not self.host.has_field(MEMBER, "iban"):
            return None
        shared: dict[str, int] = {}
        ibans = self.host.tally(MEMBER, "iban", {"iban": ("is", "set")}, limit=MOST_SHARED)
        for iban, count in ibans.items():
            key = compact(str(iban))
            shared[key] = shared.get(key, 0) + count
        return {key: count for key, count in shared.items() if count > 1}

    @cached_property
    def iban_changes(self) -> Mapping[str, int] | None:
        """The most changes of a member's account within a day, where there was more than one."""
        if not self.host.has_field(IBAN_HISTORY, "from_date"):
            return None
        most: dict[str, int] = {}
        counted = self.host.tally(
            IBAN_HISTORY, ["parent", "from_date"], {"from_date": ("is", "set")}, limit=MOST_SHARED
        )
        for (member, _day), count in counted.items():
            if count > 1:
                most[str(member)] = max(count, most.get(str(member), 0))
        return most

    def reactivated(self, names: Sequence[str]) -> frozenset[str] | None:
        """Those of these mandates that the trail saw come back after their end; None without a trail."""
        if not self.site.has_doctype(LOG):
            return None
        came_back = {
            "reference_doctype": self.mandate_doctype,
            "reference_name": ("in", tuple(names)),
            "rule_id": "M05",
            "compliance_status": "Exception",
            "action": "mandate_status_changed",
        }
        return frozenset(str(name) for name in self.site.tally(LOG, "reference_name", came_back))

    @cached_property
    def bank_files_are_read(self) -> bool:
        """Whether the monitor itself ever read a file of the bank."""
        return self.site.has_doctype(LOG) and self.site.count(LOG, {"action": "bank_file_taken_in"}) > 0

    @cached_property
    def files_are_kept(self) -> bool:
        """Whether a signature is kept with any mandate as a file; else nobody keeps them on this site."""
        about = {"attached_to_doctype": self.mandate_doctype}
        return self.site.has_doctype(FILE) and self.site.count(FILE, about) > 0

    @cached_property
    def live_batches(self) -> Mapping[str, str]:
        """Batches of the last 13 months that are neither cancelled nor failed, with their status."""
        host = self.host
        wanted = [name for name in ("status", "batch_date") if host.has_field(BATCH, name)]
        alive: dict[str, Any] = {"docstatus": ("!=", 2)}
        if "status" in wanted:
            alive["status"] = ("!=", "Failed")
        if "batch_date" in wanted:
            alive["batch_date"] = (">=", self.today - LOOKED_BACK)
        rows = host.scan(BATCH, ["name", *wanted], alive)
        return {str(row["name"]): str(row.get("status") or "") for row in rows}

    @cached_property
    def pre_notifications_kept(self) -> bool:
        """Whether anybody ever told the trail that a collection was announced."""
        announced = {"process_type": "Pre-Notification"}
        return self.site.has_doctype(LOG) and self.site.count(LOG, announced) > 0

    @cached_property
    def mandate_doctype(self) -> str:
        return self.host.doctype(MANDATE) or MANDATE


def agreements(site: Site) -> Agreements:
    """What was agreed; each value that is not of its kind is left at its default."""
    told = site.conf(CONFIG_KEY)
    if not isinstance(told, Mapping):
        return Agreements()
    given: dict[str, int | bool] = {}
    for each in fields(Agreements):
        value = told.get(each.name)
        if each.name == "four_eyes":
            given[each.name] = configured.as_flag(value, True)
        elif (number := configured.as_number(value, -1)) >= 0:
            given[each.name] = int(number)
    return Agreements(**given)  # type: ignore[arg-type]
