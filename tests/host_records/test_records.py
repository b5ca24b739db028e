"""The records of another app are asked for under our names, and answer under them."""

from __future__ import annotations

from datetime import date

import pytest

from vuurtoren.host_records import records
from vuurtoren.host_records.names import (
    BATCH,
    BATCH_LINE,
    DUES_SCHEDULE,
    MANDATE,
    MEMBER,
    RECORDS,
    VOLUNTEER,
)
from vuurtoren.site.errors import Unavailable, UnknownField

JOINED = date(2020, 5, 1)


@pytest.fixture
def host(elsewhere):
    for state in ("Aktiv", "Ehrenmitglied", "Ausgetreten", "Ruhend"):
        elsewhere.insert("Club Member", {"name": state, "state": state, "joined_on": JOINED})
    for number, outcome in enumerate((0, 1, 2, 3)):
        elsewhere.insert(
            "Collection", {"name": f"C-{number}", "outcome": outcome, "amount": 10, "run": "R-1"}
        )
    return records.of(elsewhere)


def test_it_counts_in_the_words_of_the_site(host):
    assert host.count(MEMBER) == 4
    assert host.count(MEMBER, {"status": "Active"}) == 2
    assert host.count(MEMBER, {"status": ("in", ("Active", "Terminated"))}) == 3
    assert host.count(MEMBER, {"status": ("!=", "Active")}) == 2
    assert host.count(BATCH_LINE, {"status": "Failed", "parent": "R-1"}) == 2


def test_a_word_that_is_not_mapped_is_the_sites_own(host):
    assert host.count(MEMBER, {"status": "Ruhend"}) == 1
    assert host.tally(MEMBER, "status") == {"Active": 2, "Terminated": 1, "Ruhend": 1}


def test_what_the_site_calls_as_we_call_something_else_is_not_counted_as_ours(elsewhere, host):
    elsewhere.insert("Club Member", {"name": "odd", "state": "Active"})
    assert host.count(MEMBER, {"status": "Active"}) == 2
    assert host.tally(MEMBER, "status")["Active (not mapped)"] == 1


def test_a_word_that_the_site_has_no_number_for_stands_for_no_row(host):
    assert host.count(BATCH_LINE, {"status": "Processed"}) == 0
    assert host.count(BATCH_LINE, {"status": ("!=", "Processed")}) == 4


def test_values_that_are_one_to_us_are_counted_as_one_before_a_limit(host):
    assert host.tally(BATCH_LINE, "status", limit=1) == {"Failed": 2}
    assert host.tally(BATCH_LINE, ("parent", "status"))[("R-1", "Failed")] == 2


def test_rows_come_back_under_our_names(host):
    rows = host.get_all(
        MEMBER, ["name", "status", "member_since"], {"status": "Active"}, order_by="name desc"
    )
    assert rows == [
        {"name": "Ehrenmitglied", "status": "Active", "member_since": JOINED},
        {"name": "Aktiv", "status": "Active", "member_since": JOINED},
    ]
    assert host.scan(BATCH_LINE, ["status"], {"name": "C-3"}) == [{"status": "Failed"}]
    assert host.total(BATCH_LINE, "amount", {"status": "Failed"}) == 20


def test_one_row_comes_back_under_our_names(host):
    row = host.get(MEMBER, "Aktiv")
    assert (row["name"], row["status"], row["member_since"]) == ("Aktiv", "Active", JOINED)
    assert "state" not in row
    assert host.get(MEMBER, "Nobody") is None


def test_rows_of_another_kind_in_the_same_doctype_are_no_records(elsewhere):
    elsewhere.set_conf("host_records", {MEMBER: {"doctype": "Club Member", "only": {"debtor": "Members"}}})
    elsewhere.insert("Club Member", {"name": "one", "debtor": "Members"})
    elsewhere.insert("Club Member", {"name": "two", "debtor": "Suppliers"})
    host = records.of(elsewhere)
    assert host.count(MEMBER) == 1
    assert [row["name"] for row in host.get_all(MEMBER, ["name"])] == ["one"]
    assert host.get(MEMBER, "two") is None


def test_what_is_not_kept_is_unknown_and_never_nothing(host):
    with pytest.raises(Unavailable, match="Volunteer is not kept on this site"):
        host.count(VOLUNTEER)
    with pytest.raises(Unavailable, match="Member has no field application_status on this site, as"):
        host.count(MEMBER, {"application_status": "Pending"})
    with pytest.raises(Unavailable, match="Club Member has no field birth_date on this site"):
        host.get_all(MEMBER, ["birth_date"])
    with pytest.raises(Unavailable, match="SEPA Return File Log is not installed on this site"):
        host.tally("SEPA Return File Log", "status")
    assert not host.has_doctype(VOLUNTEER)
    assert not host.has_field(MEMBER, "birth_date")
    assert host.has_field(MEMBER, "member_since")


def test_a_field_that_nobody_could_have_mapped_is_our_mistake(host):
    with pytest.raises(UnknownField):
        host.count(MEMBER, {"shoe_size": 43})


def test_it_says_which_records_a_doctype_stands_for(elsewhere, host):
    assert host.stands_for("Debit Permission") == [MANDATE]
    assert host.stands_for("SEPA Mandate") == []
    assert host.stands_for("Error Log") == []
    elsewhere.set_conf("host_records", {MEMBER: "Customer", MANDATE: "Customer"})
    assert records.of(elsewhere).stands_for("Customer") == [MEMBER, MANDATE]


def test_a_document_is_read_under_our_names_and_keeps_its_own_identity(host):
    document = {"doctype": "Collection Run", "name": "R-1", "phase": "Abgelehnt", "amount": 12}
    batch = host.document(BATCH, document)
    assert [batch.get(name) for name in ("doctype", "name", "status", "total_amount", "currency")] == [
        "Collection Run",
        "R-1",
        "Failed",
        12,
        None,
    ]
    assert host.document(BATCH, batch) is batch
    assert host.document(BATCH, "R-1") == "R-1"


def test_other_doctypes_are_asked_for_as_they_are(host):
    assert host.count("Error Log") == 0
    assert host.doctype("Error Log") == "Error Log"


def test_without_a_mapping_the_names_of_the_host_app_hold(association):
    association.insert(MEMBER, {"name": "M-1", "status": "Active"})
    host = records.of(association)
    assert host.tally(MEMBER, "status") == {"Active": 1}
    assert host.doctype(DUES_SCHEDULE) == DUES_SCHEDULE


def test_every_record_of_the_demo_has_the_fields_that_are_asked_for(association):
    """The list of fields is the host app's own, where the demo knows the DocType."""
    optional = {("Direct Debit Batch Invoice", "sequence_type"), ("SEPA Mandate Usage", "reference_name")}
    for record, known in RECORDS.items():
        if association.has_doctype(record):
            lacking = {name for name in known.fields if not association.has_field(record, name)}
            assert {(record, name) for name in lacking} <= optional
