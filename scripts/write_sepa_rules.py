"""Writes docs/monitoring/SEPA_RULES.md from the tables of rules and facts: it is never out of date."""

from __future__ import annotations

from pathlib import Path

from vuurtoren.compliance.facts import FACTS, PAIN_008_VERSIONS, RATE_LIMITS
from vuurtoren.compliance.reading.world import CONFIG_KEY
from vuurtoren.compliance.records import Agreements
from vuurtoren.compliance.return_codes import RETURN_CODES
from vuurtoren.compliance.rule import AREAS
from vuurtoren.compliance.rules.catalogue import RULES

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "monitoring" / "SEPA_RULES.md"
SEVERITIES = {
    "C": "stop, told at once",
    "H": "the same day",
    "M": "the weekly digest",
    "I": "for information",
}
KNOWN = {
    "quoted": "public sources that quote it",
    "unconfirmed": "known to us; **no public source confirmed it**",
    "proposed": "our own default",
}
AGREED = {
    "pre_notification_days": "calendar days between the announcement and the due date",
    "bank_cut_off_target_days": "TARGET days by which the bank wants the file earlier than the scheme",
    "item_limit_cents": "the most that the bank takes for one collection",
    "month_limit_cents": "the most that the bank takes in a calendar month",
    "debtor_month_limit_cents": "the most that the bank takes from one debtor in a calendar month",
    "four_eyes": "whether who makes the file may not hand it to the bank alone",
    "members_on_one_iban": "so many members may pay from one account",
    "iban_changes_in_a_day": "so often the account of a member may change within a day",
    "former_members_years": "so many years after their leaving the data of members are kept",
    "new_iban_watched_days": "so long a change of the association's own account is looked at",
}
INTRODUCTION = """# The rules of SEPA direct debit that are checked

Every rule, limit and reason code, with its source. Written from the code by `make reference`; a test fails
when it is out of date. This is no legal advice: what was agreed with your bank and your members goes before.

A rule says of each record that it *held*, that it is *broken*, that it is *pending* (and what is missing), or
that it does *not apply* (and why). What is missing is never counted as held. A rule that was not in force on
the day of a record does not judge it.
"""


def document() -> str:
    """The whole document."""
    return "\n".join([INTRODUCTION, _rules(), _facts(), _codes(), _rates(), _versions(), _agreements()])


def _rules() -> str:
    parts = []
    for area in AREAS:
        rows = [
            (
                f"**{rule.id}**",
                rule.title,
                f"{rule.severity}: {SEVERITIES[rule.severity]}",
                rule.effective_from.isoformat(),
                rule.source,
                ", ".join(f"`{needed}`" for needed in rule.needs),
                rule.action + (f" Once it was due: {rule.action_once_due}" if rule.action_once_due else ""),
            )
            for rule in RULES
            if rule.area == area
        ]
        head = ("Rule", "What must hold", "Severity", "In force from", "Source", "Needs", "What to do")
        parts.append(
            _table(f"Rules about {area}" if area != "trail" else "Rules about the trail", head, rows)
        )
    return "\n".join(parts)


def _facts() -> str:
    rows = [
        (
            fact.title,
            f"{fact.value:,} {fact.unit}",
            fact.effective_from.isoformat(),
            fact.source,
            KNOWN[fact.known],
        )
        for facts in FACTS.values()
        for fact in facts
    ]
    return _table("Limits", ("Limit", "Value", "In force from", "Source", "Where we read it"), rows)


def _codes() -> str:
    whose = {"debtor": "the debtor's", "ours": "ours", "outcome": "nobody's"}
    rows = [
        (
            f"`{code.code}`",
            code.meaning,
            whose[code.fault],
            "yes" if code.hard else "no",
            str(code.retries),
            code.action,
        )
        for code in RETURN_CODES.values()
    ]
    head = ("Code", "Meaning", "Whose matter", "Nothing may follow", "May be tried again", "What to do")
    note = "Source: EPC173-14 and the external code sets of ISO 20022. Every `FF` code is about the format.\n"
    return _table("Reason codes", head, rows) + "\n" + note


def _rates() -> str:
    rows = [
        (
            limit.title,
            f"more than {limit.per_mille / 10:g} %" if limit.per_mille else f"{limit.number} or more",
            limit.level,
            limit.source,
        )
        for limits in RATE_LIMITS.values()
        for limit in limits
    ]
    note = (
        "Of the collections of 30 days by due date. Of fewer than 50 the lower bound of Wilson's interval\n"
        "counts, so that one of twenty is no evidence. Due dates of the last 56 days are provisional.\n"
    )
    return _table("Shares that come back", ("What", "Limit", "Severity", "Source"), rows) + "\n" + note


def _versions() -> str:
    rows = [(f"`{version}`", since.isoformat()) for version, since in PAIN_008_VERSIONS.items()]
    return _table("Versions of the file", ("Version", "Since"), rows)


def _agreements() -> str:
    defaults = Agreements()
    assert set(AGREED) == set(Agreements.__dataclass_fields__), "every agreement has its meaning"
    rows = [
        (f"`{name}`", "none" if (value := getattr(defaults, name)) is None else str(value), meaning)
        for name, meaning in AGREED.items()
    ]
    note = (
        f"The key `{CONFIG_KEY}` of the site configuration is a mapping of these names, such as\n"
        f'`{{"pre_notification_days": 5, "item_limit_cents": 25000}}`. What is no number is ignored.\n'
    )
    return _table("What was agreed with bank and members", ("Name", "Default", "Meaning"), rows) + "\n" + note


def _table(title: str, head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [f"## {title}", "", f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows), ""])


if __name__ == "__main__":
    DOCUMENT.write_text(document(), "utf-8")
