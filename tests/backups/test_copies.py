"""Is a copy elsewhere: as a folder on another disk, a bucket, or whoever copies says."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import pytest

from tests.conftest import MovableClock
from verenigingen.tests.support.wire import Wire
from vuurtoren.backups import bucket, copies
from vuurtoren.backups.bucket import Account, listed, signed
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.outward.https_client import NotAnswered
from vuurtoren.site.errors import Unavailable

ENDPOINT = {
    "endpoint": "https://s3.example.org",
    "region": "eu-west-1",
    "access_key": "AK",
    "secret_key": "SK",
}
OBJECT = "<Contents><Key>{}</Key><LastModified>{}.000Z</LastModified></Contents>"


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is on another disk."""
    folder = tmp_path / "elsewhere"
    (folder / "2026").mkdir(parents=True)
    monkeypatch.setattr(copies, "_device", lambda path: int(folder in (path, *path.parents)))
    return folder


def write(path: Path, clock: MovableClock, age_hours: float) -> None:
    path.write_bytes(b"x")
    moment = clock.moment.astimezone(timezone.utc).timestamp() - 3600 * age_hours
    os.utime(path, (moment, moment))


def test_the_newest_copy_in_a_folder_and_the_folders_in_it(
    site: SQLiteSite, elsewhere: Path, clock: MovableClock, measured: Callable[..., object]
) -> None:
    site.set_conf("backup_copies", [str(elsewhere)])
    write(elsewhere / "1-site-database.sql.gz", clock, 49)
    write(elsewhere / "2026" / "2-site-database.sql.gz", clock, 25)
    write(elsewhere / "a-letter.txt", clock, 1)
    found = measured(site, "safety.copies").get("backup.copy_age_hours")  # type: ignore[attr-defined]
    assert found.value == 25
    assert found.evidence[0]["file"] == "2-site-database.sql.gz"


def test_a_folder_on_the_disk_of_the_backups_is_no_copy_elsewhere(site: SQLiteSite, tmp_path: Path) -> None:
    site.set_conf("backup_copies", [str(tmp_path)])
    with pytest.raises(Unavailable, match="on the disk of the backups themselves"):
        copies.newest(site)


@pytest.mark.parametrize(
    ("places", "because"),
    [([], "nobody said where"), (["/nowhere/at/all"], "cannot be read"), (["told"], "nobody has said yet")],
)
def test_what_is_not_known_says_why(site: SQLiteSite, places: list[str], because: str) -> None:
    site.set_conf("backup_copies", places)
    with pytest.raises(Unavailable, match=because):
        copies.newest(site)


def test_whoever_copies_says_so(site: SQLiteSite, clock: MovableClock) -> None:
    site.set_conf("backup_copies", ["told", "/nowhere/at/all"])
    assert copies.told(site)
    said_at = site.now_utc()
    clock.move(hours=5)
    assert copies.newest(site).written_at_utc == said_at


def test_a_request_is_signed_as_the_protocol_shows() -> None:
    """Amazon S3 API Reference, "Authenticating Requests: Using the Authorization Header", GET Bucket."""
    owner = Account(
        "https://examplebucket.s3.amazonaws.com",
        "us-east-1",
        "AKIAIOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    )
    at = datetime(2013, 5, 24)
    headers = signed(owner, "examplebucket.s3.amazonaws.com", "/", "max-keys=2&prefix=J", at)
    assert headers["Authorization"].endswith(
        "Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
    )


def test_a_bucket_is_listed_and_its_newest_dump_found(
    site: SQLiteSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.set_conf("backup_copies_s3", ENDPOINT)
    site.set_conf("backup_copies", ["s3://backups/site"])
    page = OBJECT.format("site/1-database.sql.gz", "2026-11-02T03:00:00")
    page += OBJECT.format("site/2-database.sql.gz", "2026-11-03T03:00:00")
    page += OBJECT.format("site/3-files.tar", "2026-11-04T03:00:00")
    wire = answering(f"HTTP/1.1 200 OK\r\nContent-Length: {len(page)}\r\n\r\n{page}")
    monkeypatch.setattr(bucket, "HttpsClient", wire.client)
    found = copies.newest(site)
    assert (found.name, found.written_at_utc) == ("site/2-database.sql.gz", datetime(2026, 11, 3, 3))
    assert wire.sent.startswith(b"GET /backups?list-type=2&prefix=site HTTP/1.1\r\nHost: s3.example.org\r\n")
    assert b"SK" not in wire.sent


def answering(answer: str) -> Wire:
    return Wire(answer=answer.encode())


@pytest.mark.parametrize(
    ("answer", "because"),
    [
        ("HTTP/1.1 403 Forbidden\r\n\r\n", "answered 403"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n<x>", "broke off"),
        ("SSH-2.0\r\n", "was not reached"),
    ],
)
def test_a_bucket_that_does_not_answer_well_is_unknown(site: SQLiteSite, answer: str, because: str) -> None:
    site.set_conf("backup_copies_s3", ENDPOINT)
    with pytest.raises(Unavailable, match=because):
        listed(site, "s3://backups", answering(answer).client())


def test_a_bucket_needs_its_account(site: SQLiteSite) -> None:
    with pytest.raises(Unavailable, match="needs endpoint"):
        listed(site, "s3://backups")


def test_a_bucket_inside_the_network_is_asked_only_where_that_is_allowed(site: SQLiteSite) -> None:
    wire = answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    wire.addresses = ["10.0.0.7"]
    site.set_conf("backup_copies_s3", ENDPOINT)
    with pytest.raises(Unavailable, match="was not reached"):
        listed(site, "s3://backups", wire.client())
    site.set_conf("backup_copies_s3", ENDPOINT | {"allow_private": True})
    assert listed(site, "s3://backups", wire.client()) == []


def test_an_answer_without_an_end_is_not_read(site: SQLiteSite) -> None:
    wire = answering("HTTP/1.1 200 OK\r\n\r\n" + "x" * 4000)
    with pytest.raises(NotAnswered, match="more than 1,000 bytes"):
        wire.client().read("https://s3.example.org/", {}, 1000)
