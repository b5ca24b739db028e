"""Errors that the program words itself: what is said about whom."""

from __future__ import annotations


class MandateMissing(Exception):
    pass


def no_mandate(member):
    raise MandateMissing(f"Member {member} has no mandate")


def no_address(member):
    raise MandateMissing(f"Member {member} has no address")


def quoted(member):
    raise MandateMissing(f"'{member}' is no member")


def formatted(member, invoice):
    raise ValueError("Invoice {} of {} is paid twice".format(invoice, member))  # noqa: UP032


def percent(member, number):
    raise ValueError("Row %s: %s is unknown" % (number, member))  # noqa: UP031


def translated(_, name):
    raise ValueError(_("Document {0} is locked").format(name))


def bounced(message_id):
    raise RuntimeError(f"message {message_id} bounced")


def payment_refused(reference):
    raise RuntimeError("payment refused by the bank: " + reference)


def fetched(url):
    raise RuntimeError(f"GET {url} answered 500")


def handed_on(message):
    """Says what somebody else worded: the line shows nothing of it."""
    raise RuntimeError(message)


def field_missing(field):
    raise KeyError(f"Field '{field}' is missing in the statement")


def only_a_value(value):
    raise ValueError(value)


def empty():
    raise ValueError


def with_note(notes, member):
    error = MandateMissing(f"Member {member} may not be collected")
    for note in notes:
        error.add_note(note)
    raise error


def many_lines(member):
    raise ValueError(f"The bank refused the batch:\n- {member}\n- others")


def in_account(iban):
    raise ValueError(f"account {iban} is closed since 3 May 2026")


def in_file(path):
    raise ValueError(f"cannot read {path}")
