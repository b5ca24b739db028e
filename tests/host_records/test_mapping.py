"""What may stand in `host_records` of the site configuration, and what is named and ignored."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vuurtoren.host_records.mapping import CONFIG_KEY, Kept, problems, read
from vuurtoren.host_records.names import MANDATE, MEMBER, RECORDS
from vuurtoren.settings import settings

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=12,
)


def test_what_is_not_mapped_is_kept_under_our_names():
    assert read(None).kept == {}
    assert read({}).problems == ()


def test_a_text_is_the_doctype_and_an_empty_one_says_that_there_is_none():
    kept = read({MEMBER: "Club Member", MANDATE: "", "Volunteer": None}).kept
    assert (kept[MEMBER].doctype, kept[MANDATE].doctype, kept["Volunteer"].doctype) == ("Club Member", "", "")


def test_a_mapping_names_doctype_fields_words_and_which_rows():
    told = {
        "doctype": "Customer",
        "fields": {"status": "disabled", "review_date": None},
        "values": {"status": {"Active": 0, "Terminated": [1]}},
        "only": {"customer_group": "Members"},
    }
    found = read({MEMBER: told})
    assert found.problems == ()
    assert found.kept[MEMBER] == Kept(
        "Customer",
        {"status": "disabled", "review_date": ""},
        {"status": {"Active": (0,), "Terminated": (1,)}},
        {"customer_group": "Members"},
    )


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (["Member"], "is no mapping"),
        ({"Memberz": "Club Member"}, "Memberz is no record that the monitor reads"),
        ({MEMBER: 3}, "Member is neither a DocType nor a mapping"),
        ({MEMBER: "`tabUser`; --"}, "Member, doctype is no name of a DocType"),
        ({MEMBER: {"tables": {}}}, "Member, tables is none of doctype, fields, values, only"),
        ({MEMBER: {"fields": ["status"]}}, "Member, fields is no mapping"),
        (
            {MEMBER: {"fields": {"shoe_size": "shoes"}}},
            "Member, shoe_size is no field that the monitor reads",
        ),
        ({MEMBER: {"fields": {"name": "number"}}}, "Member, name is no field that the monitor reads"),
        ({MEMBER: {"fields": {"status": "1 = 1"}}}, "Member, status does not name a field"),
        ({MEMBER: {"values": {"status": {"Active": [1.5]}}}}, "neither a text nor a whole number"),
        ({MEMBER: {"values": {"status": {"Active": "A", "Pending": "A"}}}}, "has one value for two words"),
        ({MEMBER: {"only": {"a b": 1}}}, "is no field with a text or a whole number"),
    ],
)
def test_what_cannot_be_used_is_named_and_ignored(told, said):
    found = read(told)
    assert any(said in sentence for sentence in found.problems)
    assert all(sentence.startswith(CONFIG_KEY) for sentence in found.problems)
    assert found.kept.get(MEMBER, Kept(MEMBER)) == Kept(MEMBER)


def test_one_bad_part_leaves_the_others_in_force():
    found = read({MEMBER: {"doctype": "Club Member", "fields": {"shoe_size": "shoes", "status": "state"}}})
    assert found.kept[MEMBER] == Kept("Club Member", {"status": "state"})
    assert len(found.problems) == 1


def test_the_settings_name_what_is_ignored(site):
    site.set_conf(CONFIG_KEY, {"Memberz": "Club Member"})
    assert any("Memberz" in sentence for sentence in settings.read(site).problems)
    assert len(problems(site)) == 1


@given(ANYTHING | st.dictionaries(st.sampled_from(sorted(RECORDS)), ANYTHING, max_size=3))
def test_any_configuration_can_be_read(told):
    found = read(told)
    assert all(len(sentence) < 300 and "\n" not in sentence for sentence in found.problems)
    assert all(kept.doctype == "" or kept.doctype.strip() for kept in found.kept.values())
