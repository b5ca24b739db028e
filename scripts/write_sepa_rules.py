"""Writes docs/monitoring/SEPA_RULES.md, and its translations, from the tables of rules and facts: they are
never out of date."""

from __future__ import annotations

import textwrap
from pathlib import Path

from vuurtoren.compliance.facts import FACTS, PAIN_008_VERSIONS, RATE_LIMITS
from vuurtoren.compliance.reading.world import CONFIG_KEY
from vuurtoren.compliance.records import Agreements
from vuurtoren.compliance.return_codes import RETURN_CODES
from vuurtoren.compliance.rule import AREAS, SepaRule
from vuurtoren.compliance.rules.catalogue import RULES
from vuurtoren.site.quantities import calendar_day, number
from vuurtoren.site.words.translations import Translations
from vuurtoren.site.words.words import Translate

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "monitoring"
DOCUMENTS = {"en": FOLDER / "SEPA_RULES.md", "nl": FOLDER / "nl" / "SEPA_RULES.md"}
"""The document by its language."""
WIDTH = 110
TITLES = {
    "mandates": "Rules about mandates",
    "collections": "Rules about collections",
    "returns": "Rules about returns",
    "trail": "Rules about the trail",
}
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
WHOSE = {"debtor": "the debtor's", "ours": "ours", "outcome": "nobody's"}
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
INTRODUCTION = (
    "Every rule, limit and reason code, with its source. Written from the code by `make reference`; a test "
    "fails when it is out of date. This is no legal advice: what was agreed with your bank and your members "
    "goes before.",
    "A rule says of each record that it *held*, that it is *broken*, that it is *pending* (and what is "
    "missing), or that it does *not apply* (and why). What is missing is never counted as held. A rule that "
    "was not in force on the day of a record does not judge it.",
)
OF_THE_CODES = (
    "Source: EPC173-14 and the external code sets of ISO 20022. Every `FF` code is about the format."
)
OF_THE_SHARES = (
    "Of the collections of 30 days by due date. Of fewer than 50 the lower bound of Wilson's interval "
    "counts, so that one of twenty is no evidence. Due dates of the last 56 days are provisional."
)
OF_THE_AGREEMENTS = (
    "The key {0} of the site configuration is a mapping of these names, such as {1}. What is no number is "
    "ignored."
)


def document(language: str = "en") -> str:
    """The whole document in a language."""
    known = Translations()
    return said(lambda text: known.translate(text, language))


def texts() -> list[str]:
    """Every sentence of the document that has a translation."""
    found: list[str] = []

    def heard(text: str) -> str:
        found.append(text)
        return text

    said(heard)
    return found


def said(_: Translate) -> str:
    """The whole document in the words that are given."""
    introduction = [f"# {_('The rules of SEPA direct debit that are checked')}", ""]
    for paragraph in INTRODUCTION:
        introduction += [_filled(_(paragraph)), ""]
    parts = (_rules, _facts, _codes, _rates, _versions, _agreements)
    return "\n".join([*introduction, *(part(_) for part in parts)])


def _rules(_: Translate) -> str:
    head = ("Rule", "What must hold", "Severity", "In force from", "Source", "Needs", "What to do")
    of_each = {area: [_rule(_, rule) for rule in RULES if rule.area == area] for area in AREAS}
    return "\n".join(_table(_, TITLES[area], head, rows) for area, rows in of_each.items())


def _rule(_: Translate, rule: SepaRule) -> tuple[str, ...]:
    later = f" {_('Once it was due:')} {_(rule.action_once_due)}" if rule.action_once_due else ""
    return (
        f"**{rule.id}**",
        _(rule.title),
        f"{rule.severity}: {_(SEVERITIES[rule.severity])}",
        calendar_day(rule.effective_from, _),
        _(rule.source),
        ", ".join(f"`{needed}`" for needed in rule.needs),
        _(rule.action) + later,
    )


def _facts(_: Translate) -> str:
    rows = [
        (
            _(fact.title),
            f"{number(fact.value, _)} {_(fact.unit)}",
            calendar_day(fact.effective_from, _),
            _(fact.source),
            _(KNOWN[fact.known]),
        )
        for facts in FACTS.values()
        for fact in facts
    ]
    return _table(_, "Limits", ("Limit", "Value", "In force from", "Source", "Where we read it"), rows)


def _codes(_: Translate) -> str:
    rows = [
        (
            f"`{code.code}`",
            _(code.meaning),
            _(WHOSE[code.fault]),
            _("yes" if code.hard else "no"),
            str(code.retries),
            _(code.action),
        )
        for code in RETURN_CODES.values()
    ]
    head = ("Code", "Meaning", "Whose matter", "Nothing may follow", "May be tried again", "What to do")
    return _table(_, "Reason codes", head, rows, _(OF_THE_CODES))


def _rates(_: Translate) -> str:
    rows = [
        (
            _(limit.title),
            _("more than {0} %").format(number(limit.per_mille / 10, _))
            if limit.per_mille
            else _("{0} or more").format(limit.number),
            limit.level,
            _(limit.source),
        )
        for limits in RATE_LIMITS.values()
        for limit in limits
    ]
    head = ("What", "Limit", "Severity", "Source")
    return _table(_, "Shares that come back", head, rows, _(OF_THE_SHARES))


def _versions(_: Translate) -> str:
    rows = [(f"`{version}`", calendar_day(since, _)) for version, since in PAIN_008_VERSIONS.items()]
    return _table(_, "Versions of the file", ("Version", "Since"), rows)


def _agreements(_: Translate) -> str:
    defaults = Agreements()
    assert set(AGREED) == set(Agreements.__dataclass_fields__), "every agreement has its meaning"
    values = {name: getattr(defaults, name) for name in AGREED}
    rows = [
        (f"`{name}`", _("none") if values[name] is None else str(values[name]), _(meaning))
        for name, meaning in AGREED.items()
    ]
    example = '`{"pre_notification_days": 5, "item_limit_cents": 25000}`'
    note = _(OF_THE_AGREEMENTS).format(f"`{CONFIG_KEY}`", example)
    return _table(_, "What was agreed with bank and members", ("Name", "Default", "Meaning"), rows, note)


def _table(
    _: Translate, title: str, head: tuple[str, ...], rows: list[tuple[str, ...]], note: str = ""
) -> str:
    lines = [f"## {_(title)}", "", f"| {' | '.join(map(_, head))} |", f"|{' --- |' * len(head)}"]
    after = ["", _filled(note)] if note else []
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows), *after, ""])


def _filled(paragraph: str) -> str:
    return textwrap.fill(paragraph, WIDTH, break_long_words=False, break_on_hyphens=False)


if __name__ == "__main__":
    for language, path in DOCUMENTS.items():
        path.write_text(document(language), "utf-8")
