"""Plain mistakes of a program."""

from __future__ import annotations

import datetime
import decimal
import json
import os
import struct
from collections import namedtuple
from email.headerregistry import Address

Member = namedtuple("Member", "name iban")


class Mandate:
    status = "Active"

    def __getattr__(self, name):
        raise AttributeError(f"'Mandate' object has no attribute '{name}'")


def literal_iban(row):
    return row["iban"]


def field_of(row, field):
    return row[field]


def fee_of(fees, member):
    return fees[member]


def from_environment(name):
    return os.environ[name]


def setting():
    return os.environ["BANK_ENDPOINT"]


def nobody():
    member = None
    return member.iban


def attribute(thing, name):
    return getattr(thing, name)


def of_a_module():
    return json.lodas("{}")


def undefined_name():
    return amount_du  # noqa: F821


def other_undefined_name():
    return mandat  # noqa: F821


def unbound(paid):
    if paid:
        total = 1
    return total


def collect(member, amount, *, on):
    return member, amount, on


def too_few():
    return collect("M1", on=None)


def no_keyword():
    return collect("M1", 2)


def unexpected(keyword):
    return collect("M1", 2, on=None, **{keyword: 1})


def add(one, other):
    return one + other


def compare(one, other):
    return one < other


def as_json(thing):
    return json.dumps({"member": thing})


def from_json(text):
    return json.loads(text)


def as_number(text):
    return int(text)


def as_amount(text):
    return decimal.Decimal(text)


def as_date(text):
    return datetime.datetime.strptime(text, "%Y-%m-%d")


def as_iso_date(text):
    return datetime.date.fromisoformat(text)


def as_text(raw):
    return raw.decode("utf-8")


def as_bytes(text):
    return text.encode("ascii")


def as_address(text):
    return Address(addr_spec=text)


def share(total, members):
    return total / members


def line(lines, number):
    return lines[number]


def read_statement(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def unpack(raw):
    return struct.unpack("<IH", raw)


def pair(values):
    one, other = values
    return one, other


def remove(values, value):
    values.remove(value)


def certain(value):
    assert value > 0, f"fee of {value} is not positive"


def deep(number):
    return deeper(number) if number else 0


def deeper(number):
    return deep(str_of(number) and number + 1)


def str_of(number):
    return str([number])


def deep_until(depth, left):
    if not left:
        raise ValueError(f"depth {depth} is the end")
    return deep_until(depth, left - 1)


def convert(rows):
    return [as_number(row) for row in rows]


def convert_in_loop(rows):
    return {row: (lambda text: as_number(text))(row) for row in rows}


def invoice_amount():
    return as_number("twelve")


def invoice_date():
    return as_number("today")
