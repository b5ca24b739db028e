"""Rules about mandates: M01 to M07."""

from __future__ import annotations

from datetime import date, timedelta

from vuurtoren.compliance.facts import RULEBOOK, at
from vuurtoren.compliance.identifiers import compact, creditor_id_problem, iban_problem, reference_problem
from vuurtoren.compliance.periods import add_months, dormant_from, latest
from vuurtoren.compliance.records import Circumstances, Collection, Creditor, Mandate, Usage
from vuurtoren.compliance.rule import HELD, SepaRule, Verdict, broken, not_applicable, pending
from vuurtoren.site.quantities import Day
from vuurtoren.site.words.plurals import plural
from vuurtoren.site.words.words import Words, listed

MANDATE = "SEPA Mandate"
DRAFT, ACTIVE = "Draft", "Active"
ENDED = ("Cancelled", "Expired")
STATUSES = (DRAFT, ACTIVE, "Suspended", *ENDED)
TYPES = ("CORE", "B2B", "FRST", "RCUR", "FNAL", "OOFF")
NOT_PRESENTED = ("Pending", "Cancelled")

FROM_THE_CONTRACT = "Correct it in the settings: the contract with the bank names it."


def reference_is_unique(mandate: Mandate, _c: Circumstances) -> Verdict:
    if mandate.status == DRAFT and not mandate.mandate_id:
        return not_applicable("a draft without a reference")
    problem = reference_problem(mandate.mandate_id, at("mandate_id_characters", _c.today))
    if problem:
        return broken("The mandate reference of {0} is not one that banks take: {1}", mandate.called, problem)
    if mandate.same_id is None:
        return pending("whether another mandate bears this reference")
    if mandate.same_id > 1:
        return broken("The reference of {0} is borne by {1} mandates", mandate.called, mandate.same_id)
    return HELD


def data_are_complete(mandate: Mandate, c: Circumstances) -> Verdict:
    if mandate.status == DRAFT:
        return not_applicable("a draft")
    if mandate.status in ENDED:
        return not_applicable("the mandate has ended")
    missing = [
        title
        for field, title, value in (
            ("account_holder_name", Words("the account holder"), mandate.account_holder),
            ("iban", Words("the IBAN"), mandate.iban),
            ("sign_date", Words("the date of the signature"), mandate.signed_on),
            ("mandate_type", Words("once or recurring"), mandate.mandate_type),
        )
        if not value and f"{MANDATE}.{field}" not in c.absent
    ]
    if missing:
        return broken("{0} lacks {1}", mandate.called, listed(missing))
    if "*" in mandate.iban:
        return pending("the account of the mandate, which is masked on this site")
    if mandate.iban and (problem := iban_problem(mandate.iban)):
        return broken("The IBAN of {0} is wrong: {1}", mandate.called, problem)
    if mandate.signed_on and mandate.signed_on > c.today:
        return broken("{0} is signed on {1}, which is to come", mandate.called, Day(mandate.signed_on))
    if mandate.mandate_type and mandate.mandate_type not in TYPES:
        return broken("The type of {0} is none of the scheme", mandate.called)
    if not (mandate.account_holder and mandate.iban and mandate.signed_on and mandate.mandate_type):
        return pending("fields of the mandate that this site does not have")
    return HELD


def creditor_id_is_valid(creditor: Creditor, _c: Circumstances) -> Verdict:
    if creditor.creditor_id is None:
        return pending("the creditor id of the association")
    if not creditor.creditor_id:
        return broken("The association has no creditor id in its settings", action=FROM_THE_CONTRACT)
    problem = creditor_id_problem(creditor.creditor_id)
    if problem:
        text = "The creditor id in the settings is wrong: {0}"
        return broken(text, problem, action=FROM_THE_CONTRACT)
    return HELD


def signature_is_kept(mandate: Mandate, _c: Circumstances) -> Verdict:
    if mandate.status == DRAFT:
        return not_applicable("a draft")
    if mandate.evidence is None:
        return pending("whether a signature is kept")
    if mandate.evidence:
        return HELD
    return broken("No evidence of the signature on {0} is kept", mandate.called)


def is_not_dormant(mandate: Mandate, c: Circumstances) -> Verdict:
    """Near the end it is named in the weekly digest; after it the mandate has to be cancelled."""
    if mandate.status in (DRAFT, *ENDED):
        return not_applicable("the mandate is {0}", mandate.status)
    last, certain = last_presented(mandate, mandate.usages)
    if last is None:
        return pending("when it was last collected on, or signed")
    ends = dormant_from(last, c.today, used=bool(mandate.usages))
    warned = add_months(last, at("dormant_warning_months", c.today))
    if c.today < warned:
        return HELD
    if not certain:
        return pending("its collections, of which not all are known")
    if c.today > ends:
        return broken(
            "{0} was last collected on {1}, more than 36 months ago", mandate.called, Day(last),
            severity="M", action="Cancel the mandate; a new one must be signed before anything is collected.",
        )  # fmt: skip
    return broken(
        "{0} ends on {1} unless something is collected on it", mandate.called, Day(ends),
        severity="M", deadline=ends,
    )  # fmt: skip


def is_not_collected_dormant(collection: Collection, c: Circumstances) -> Verdict:
    mandate, due = collection.mandate, collection.due_on
    if mandate is None:
        return not_applicable("there is no mandate; C01 says so")
    if due is None:
        return pending("the due date")
    last, certain = last_presented(mandate, _before(collection, mandate.usages, due))
    if last is None:
        return pending("when it was last collected on, or signed")
    if due <= dormant_from(last, due, used=bool(mandate.usages)):
        return HELD
    if not certain:
        return pending("earlier collections on the mandate, of which not all are known")
    return broken(
        "{0} collects on {1}, on which nothing was presented since {2}",
        collection.batch, mandate.called, Day(last), deadline=due, cents=collection.cents,
        severity="C" if due >= c.today else "M",
        action="Take the line out of the batch, cancel the mandate and have a new one signed."
        if due >= c.today else "Cancel the mandate, and have a new one signed before anything is collected.",
    )  # fmt: skip


def _before(collection: Collection, usages: tuple[Usage, ...] | None, due: date) -> tuple[Usage, ...] | None:
    """The usages that came before a collection, which may be among them itself."""
    if usages is None:
        return None
    others = (use for use in usages if use.batch != collection.batch)
    return tuple(use for use in others if use.used_on is None or use.used_on < due)


def last_presented(mandate: Mandate, usages: tuple[Usage, ...] | None) -> tuple[date | None, bool]:
    """When it was last presented or, if never, signed; and whether nothing later may be unknown.

    What was rejected, returned or refunded counts as presented.
    """
    if usages is None:
        return latest([mandate.signed_on, mandate.first_collected_on]), False
    if not usages:
        return mandate.signed_on, True
    known = latest(use.used_on for use in usages)
    return (known or mandate.signed_on), all(use.used_on for use in usages)


def status_is_sound(mandate: Mandate, _c: Circumstances) -> Verdict:
    name, status = mandate.called, mandate.status
    if not status:
        return pending("the status of the mandate")
    if status not in STATUSES:
        return broken("{0} has a status that a mandate cannot have", name)
    if mandate.is_active is not None and mandate.is_active != (status == ACTIVE):
        said = Words("active") if mandate.is_active else Words("not active")
        return broken("{0} is {1}, and marked as {2}", name, status, said)
    if status == "Cancelled" and not mandate.cancelled_on and f"{MANDATE}.cancelled_date" not in _c.absent:
        return broken("{0} was cancelled, and nobody wrote when", name)
    if mandate.reactivated or (status == ACTIVE and mandate.cancelled_on):
        return broken("{0} had ended and is in use again", name)
    if mandate.is_active is None or mandate.reactivated is None:
        return pending("what became of the mandate before")
    return HELD


def account_is_the_members(mandate: Mandate, _c: Circumstances) -> Verdict:
    if mandate.status != ACTIVE:
        return not_applicable("the mandate is not active")
    if mandate.member_iban is None or not mandate.iban:
        return pending("the account of the member, or of the mandate")
    if mandate.member_iban and compact(mandate.member_iban) != compact(mandate.iban):
        return broken("{0} is on another account than that of {1}", mandate.called, mandate.member)
    if mandate.iban_changed_on is None or mandate.amended:
        return HELD
    if mandate.amended is None:
        return pending("whether the bank was told of the other account")
    changed = Day(mandate.iban_changed_on)
    return broken("The account of {0} changed on {1} without an amendment", mandate.called, changed)


def account_is_not_shared(mandate: Mandate, c: Circumstances) -> Verdict:
    if mandate.status != ACTIVE:
        return not_applicable("the mandate is not active")
    agreed = c.agreements
    if (mandate.members_on_iban or 0) > agreed.members_on_one_iban:
        text = plural(
            str,
            mandate.members_on_iban or 0,
            "The account of {0} pays for one member",
            "The account of {0} pays for {1} members",
        )
        return broken(text, mandate.called, mandate.members_on_iban)
    if (mandate.iban_changes_in_a_day or 0) > agreed.iban_changes_in_a_day:
        changes = mandate.iban_changes_in_a_day or 0
        text = plural(
            str,
            changes,
            "The account of {0} was changed",
            "The account of {0} was changed {1} times within a day",
        )
        return broken(text, mandate.member, changes)
    if mandate.members_on_iban is None or mandate.iban_changes_in_a_day is None:
        return pending("who else pays from this account, or how often it was changed")
    return HELD


def creditor_account_is_known(creditor: Creditor, c: Circumstances) -> Verdict:
    if creditor.iban is None:
        return pending("the account of the association")
    changed = creditor.iban_changed_on
    if changed and c.today <= changed + timedelta(days=c.agreements.new_iban_watched_days):
        return broken("The association's own account was changed on {0}", Day(changed))
    return HELD


RULES = (
    SepaRule(
        "M01", "Each mandate has a reference of its own, as banks take it", "H", "mandates",
        f"{RULEBOOK}, AT-01; EPC217-08", {Mandate: reference_is_unique},
        "Give the mandate a reference of 1 to 35 characters that no other mandate ever had.",
        needs=(MANDATE, f"{MANDATE}.mandate_id"),
    ),
    SepaRule(
        "M02", "What a mandate must say is there and right", "H", "mandates",
        f"{RULEBOOK}, DS-01; EPC262-08", {Mandate: data_are_complete, Creditor: creditor_id_is_valid},
        "Complete it from the signed mandate; where that is wrong too, have a new one signed.",
        needs=(MANDATE,),
    ),
    SepaRule(
        "M03", "The signature on each mandate is kept", "H", "mandates",
        f"{RULEBOOK}, 4.1: the creditor keeps the mandate", {Mandate: signature_is_kept},
        "Attach the signed mandate, or how it was signed online; a tick in a box is no signature.",
        needs=(MANDATE,),
    ),
    SepaRule(
        "M04", "A mandate ends 36 months after the last collection presented on it", "C", "mandates",
        f"{RULEBOOK}, 4.1", {Mandate: is_not_dormant, Collection: is_not_collected_dormant},
        "Collect on it before that day, or cancel it.",
        needs=(MANDATE,),
    ),
    SepaRule(
        "M05", "A mandate that has ended stays ended, and its record says so", "H", "mandates",
        f"{RULEBOOK}, 4.1", {Mandate: status_is_sound},
        "Set status, mark and date right; to collect again, have a new mandate signed.",
        needs=(MANDATE, f"{MANDATE}.status"),
    ),
    SepaRule(
        "M06", "A mandate is on the account of its member, and the bank knows of changes", "M", "mandates",
        f"{RULEBOOK}, 4.1, amendment of the mandate", {Mandate: account_is_the_members},
        "Have a new mandate signed, or send the amendment with the next collection.",
        needs=(MANDATE, "Member", "Member.iban"),
    ),
    SepaRule(
        "M07", "Accounts are those of people, and change rarely", "H", "mandates",
        "our default against fraud", {Mandate: account_is_not_shared, Creditor: creditor_account_is_known},
        "Ask, by a way that you knew before, whether the change was meant.",
        needs=(MANDATE, f"{MANDATE}.iban"),
    ),
)  # fmt: skip
