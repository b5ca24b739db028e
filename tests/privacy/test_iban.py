"""IBANs are found however they are written, and masked in one way."""

from __future__ import annotations

import base64
import hashlib
import random
import re
import string
import uuid

import pytest
import schwifty
import stdnum.iban
from hypothesis import given
from hypothesis import strategies as st
from schwifty.registry import get_iban_spec
from stdnum import numdb

from tests.privacy import written_ibans
from tests.privacy.made_up_ibans import (
    dutch_forms,
    grouped,
    made_up_iban,
    one_iban_per_country,
    written_forms,
)
from vuurtoren.privacy.iban import (
    IBAN_STRUCTURES,
    SEPA_COUNTRIES,
    SEPA_STRUCTURES,
    find,
    has_valid_checksum,
    iban_length,
    mask_iban,
    mask_ibans,
)

EXAMPLE = "NL91ABNA0417164300"


# ---- masking
@pytest.mark.parametrize(
    "written",
    [
        EXAMPLE,
        "NL91 ABNA 0417 1643 00",
        "nl91abna0417164300",
        " nl91-abna.0417\u00a01643\u202f00\n",
        "NL91****4300",
    ],
)
def test_it_masks_every_way_of_writing_alike(written):
    assert mask_iban(written) == "NL91****4300"


@pytest.mark.parametrize("nothing", [None, "", "****", "NL91", "NL91ABNA", "-- --", "é"])
def test_it_shows_nothing_of_what_is_too_short(nothing):
    assert mask_iban(nothing) == "****"


def test_it_masks_an_iban_that_has_stars_behind_it():
    assert mask_iban(f"{EXAMPLE}****") == "NL91****4300"


@given(st.text(max_size=60))
def test_masking_twice_changes_nothing(text):
    assert mask_iban(mask_iban(text)) == mask_iban(text)


@given(st.text(max_size=60))
def test_a_mask_never_shows_more_than_eight_characters(text):
    assert re.fullmatch(r"[A-Z0-9]{4}\*{4}[A-Z0-9]{4}|\*{4}(?:[A-Z0-9]{2})?", mask_iban(text))


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("417164300", "****00"),
        ("0417.16.43.00", "****00"),
        ("12345678901234", "****34"),
        ("NL91ABNA0417", "****17"),
        ("XX91ABNA0417164300", "****00"),
    ],
)
def test_of_what_is_no_iban_it_shows_two_characters(number, shown):
    assert mask_iban(number) == shown


@pytest.mark.parametrize(
    "written", ["NL91%20ABNA%200417%201643%2000", "NL91&nbsp;ABNA0417164300", "ＮＬ91ABNA0417164300"]
)
def test_an_encoded_iban_has_the_mask_of_the_plain_one(written):
    assert mask_iban(written) == "NL91****4300"


# ---- the table of countries, against two independent registries
@pytest.mark.parametrize("country", IBAN_STRUCTURES)
def test_length_and_structure_agree_with_python_stdnum(country):
    expected = numdb.get("iban").info(country)[0][1]["bban"]
    assert _expanded(IBAN_STRUCTURES[country]) == _expanded(expected.replace("!", ""))


def test_it_knows_every_country_that_python_stdnum_knows():
    letters = string.ascii_uppercase
    countries = {first + second for first in letters for second in letters}
    assert set(IBAN_STRUCTURES) == {each for each in countries if numdb.get("iban").info(each)[0][1]}


def test_it_keeps_sepa_apart_from_the_rest():
    assert set(SEPA_STRUCTURES) == SEPA_COUNTRIES
    assert len(SEPA_COUNTRIES) == 42
    assert not SEPA_COUNTRIES & {"FO", "GL", "TR", "UA", "XK", "BA", "GE"}


@pytest.mark.parametrize("country", sorted(set(IBAN_STRUCTURES) & set(schwifty.registry.get_countries())))
def test_length_and_structure_agree_with_schwifty(country):
    specification = get_iban_spec(country)
    assert iban_length(country) == specification.iban_length
    assert _expanded(IBAN_STRUCTURES[country]) == _expanded(specification.bban_spec.replace("!", ""))


def test_every_country_that_schwifty_calls_sepa_is_in_the_table():
    sepa = {country for country in schwifty.registry.get_countries() if get_iban_spec(country).in_sepa_zone}
    # these use the IBANs of France, the United Kingdom and Finland
    assert sepa - set(SEPA_STRUCTURES) <= {
        "GF",
        "GP",
        "MQ",
        "RE",
        "PF",
        "TF",
        "YT",
        "NC",
        "BL",
        "MF",
        "PM",
        "WF",
        "AX",
    }


@pytest.mark.parametrize("iban", one_iban_per_country(seed=1))
def test_the_checksum_agrees_with_python_stdnum_for_right_and_wrong_digits(iban):
    for digits in range(2, 99):
        tried = f"{iban[:2]}{digits:02d}{iban[4:]}"
        assert has_valid_checksum(tried) == stdnum.iban.is_valid(tried, check_country=False)


def _expanded(structure: str) -> str:
    return "".join(kind * int(count) for count, kind in re.findall(r"(\d+)([nac])", structure))


# ---- finding
@pytest.mark.parametrize("iban", one_iban_per_country(seed=2))
def test_it_finds_every_written_form_of_every_country(iban):
    for form in written_forms(iban):
        assert _is_hidden(iban, mask_ibans(f"Incasso van {form}, 25.00 euro")), form


@pytest.mark.parametrize("iban", [EXAMPLE, "NL91ABNA0417164301", "NL00XXXX9999999999"])
def test_it_finds_dutch_ones_without_boundary_and_without_checksum(iban):
    for form in dutch_forms(iban):
        assert _is_hidden(iban, mask_ibans(f"zie {form} aub")), form


def test_it_finds_every_other_country_with_a_wrong_checksum_near_a_bank_word():
    for iban in one_iban_per_country(seed=3):
        mistyped = iban[:2] + f"{(int(iban[2:4]) + 1) % 100:02d}" + iban[4:]
        for form in (mistyped, grouped(mistyped, " ")):
            assert _is_hidden(mistyped, mask_ibans(f"Rekening {form} bestaat niet")), form


@pytest.mark.parametrize(
    "iban", [EXAMPLE, "DE89370400440532013000", "BE68539007547034", "FR1420041010050500013M02606"]
)
def test_it_hides_an_iban_with_a_character_too_many_too_few_or_wrong(iban):
    for wrong in (iban[:-1], iban[:-2], iban + "7", iban[:10] + "O" + iban[11:]):
        assert _is_hidden(wrong, mask_ibans(f"Invalid IBAN length for {wrong}!")), wrong


def test_it_finds_several_and_keeps_the_text_between():
    text = f"van {EXAMPLE} naar be68 5390 0754 7034, bedrag 10"
    assert mask_ibans(text) == "van NL91****4300 naar BE68****7034, bedrag 10"


def test_it_finds_one_that_begins_inside_a_false_start():
    assert mask_ibans("MD12 DE89 3704 0044 0532 0130 00") == "MD12 DE89****3000"


def test_it_says_where_it_found_one():
    (found,) = find(f"op {EXAMPLE}.")
    assert (found.start, found.end, found.compact) == (3, 21, EXAMPLE)


def test_it_leaves_text_that_is_already_masked_alone():
    assert mask_ibans("van NL91****4300 naar BE68****7034") == "van NL91****4300 naar BE68****7034"


@given(
    st.lists(
        st.one_of(st.text(max_size=20), st.sampled_from(["DE89 ", "NL91", "MD12 ", "iban ", "%20", "é"])),
        max_size=6,
    ),
    st.integers(0, 10_000),
    st.data(),
)
def test_it_never_leaves_an_iban_readable_whatever_stands_around_it(around, seed, data):
    iban = made_up_iban("NL", random.Random(seed))
    form = data.draw(st.sampled_from(dutch_forms(iban)))
    place = data.draw(st.integers(0, len(around)))
    masked = mask_ibans("".join([*around[:place], form, *around[place:]]))
    assert iban not in re.sub(r"[^A-Z0-9]", "", masked.upper())


@given(st.text())
def test_masking_a_text_twice_changes_nothing(text):
    once = mask_ibans(text)
    assert mask_ibans(once) == once


@pytest.mark.parametrize("country", written_ibans.COUNTRIES)
def test_it_leaves_no_written_form_readable(country):
    iban = made_up_iban(country, random.Random(country))
    forms = list(written_ibans.written(iban))
    assert len(forms) >= 3 * 129
    assert [name for name, text in forms if written_ibans.is_readable(iban, mask_ibans(text))] == []


@pytest.mark.parametrize("country", written_ibans.COUNTRIES)
def test_the_search_for_readable_ones_would_find_them(country):
    iban = made_up_iban(country, random.Random(country))
    assert all(written_ibans.is_readable(iban, text) for _name, text in written_ibans.written(iban))


# ---- leaving alone
@pytest.mark.parametrize(
    "text",
    [
        "nl01 disk 2026-11-23 10:15:02 full",
        "NL 10 days 23-11-2026 10:30",
        "In MD 20 members were found and 12 of them were paid",
        "IBAN should be checked for 12 members of SE 2026",
        "mandate MANDAAT-2026-00012345, BATCH-26-11-0001, Assoc-Member-2026-11-0001",
        "be123456-1234-1234-7034-123456789012",
        "SINV-26-00123 SI 2026 00123 ES2026",
        "0c33fd3f-ad02-4774-9642-68c395bff502",  # Andorran, and the checksum holds
    ],
)
def test_it_leaves_ordinary_text_alone(text):
    assert mask_ibans(text) == text


def test_it_finds_nothing_in_random_identifiers():
    chance = random.Random(26)
    tokens = [
        *(str(uuid.UUID(int=chance.getrandbits(128))) for _ in range(50_000)),
        *(hashlib.sha256(str(number).encode()).hexdigest() for number in range(20_000)),
        *(base64.b64encode(chance.randbytes(18)).decode() for _ in range(50_000)),
        *(base64.b64encode(chance.randbytes(16)).decode() for _ in range(50_000)),
        *("".join(chance.choices(string.ascii_uppercase + string.digits, k=18)) for _ in range(50_000)),
        *("".join(chance.choices(string.ascii_lowercase + string.digits, k=10)) for _ in range(50_000)),
        *(_forced(chance) for _ in range(20_000)),
    ]
    assert [found.compact for found in find(" \n ".join(tokens))] == []


def _forced(chance: random.Random) -> str:
    start = chance.choice(["NL", "BE", "DE"]) + f"{chance.randrange(100):02d}"
    return start + "".join(chance.choices(string.ascii_uppercase + string.digits, k=14))


def _is_hidden(iban: str, masked: str) -> bool:
    plain = re.sub(r"%[0-9A-F]{2}|&nbsp;|&#160;|\\u00a0", "", masked, flags=re.IGNORECASE)
    plain = re.sub(r"[^A-Z0-9*]", "", plain.upper())
    return iban not in plain and iban[5:-4] not in plain and "****" in plain


def test_a_mistyped_one_does_not_swallow_the_beginning_of_the_next():
    assert "4876" not in mask_ibans("IBANDE00000000000000NL82 MYNB 4876 4759 38")
