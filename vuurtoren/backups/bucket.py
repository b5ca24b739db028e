"""What lies in a bucket: a listing by the protocol of S3, which most who keep backups for others speak.

Signed by version 4 of Amazon's signatures; the addresses are those with the bucket in the path.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from typing import Any
from urllib.parse import quote, urlsplit

from vuurtoren.outward.https_client import HttpsClient, NotAnswered
from vuurtoren.site.configured import as_flag, as_text
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.protocol import Site

SCHEME = "s3://"
KEY = "backup_copies_s3"
"""Of the site configuration: endpoint, region, access_key, secret_key, and allow_private for one inside."""
MOST_PAGES = 20
MOST_BYTES = 4 << 20
NOTHING = hashlib.sha256(b"").hexdigest()
_OBJECT = re.compile(r"<Contents>(.*?)</Contents>", re.DOTALL)
_NEXT = re.compile(r"<NextContinuationToken>([^<]+)</NextContinuationToken>")


@dataclass(frozen=True)
class Object:
    """One object of a bucket: its key, and when it was written (UTC)."""

    name: str
    written_at_utc: datetime


@dataclass(frozen=True)
class Account:
    """Where a bucket is, and with which key it is read."""

    endpoint: str
    region: str
    access_key: str
    secret_key: str
    allow_private: bool = False


def account(site: Site) -> Account:
    """As the configuration says; raises Unavailable where something of it is missing."""
    told = site.conf(KEY)
    given: Mapping[str, Any] = told if isinstance(told, dict) else {}
    parts = {name: as_text(given.get(name)) for name in ("endpoint", "region", "access_key", "secret_key")}
    if not all(parts.values()):
        raise Unavailable("{0} needs endpoint, region, access_key and secret_key", KEY)
    return Account(allow_private=as_flag(given.get("allow_private")), **parts)


def listed(site: Site, place: str, client: HttpsClient | None = None) -> list[Object]:
    """Every object below `s3://bucket/prefix`; raises Unavailable."""
    bucket, _, prefix = place.removeprefix(SCHEME).partition("/")
    owner, found, token = account(site), list[Object](), ""
    for _ in range(MOST_PAGES):
        query = {"list-type": "2", "prefix": prefix} | ({"continuation-token": token} if token else {})
        page = _page(site, client or HttpsClient(), owner, bucket, query)
        found += _objects(page)
        more = _NEXT.search(page)
        if more is None:
            return found
        token = unescape(more[1])
    raise Unavailable("{0} holds more than {1} files", place, f"{MOST_PAGES * 1000:,}")


def _page(site: Site, client: HttpsClient, owner: Account, bucket: str, query: Mapping[str, str]) -> str:
    base = owner.endpoint.rstrip("/")
    path = f"{urlsplit(base).path}/{quote(bucket)}"
    asked = canonical_query(query)
    headers = signed(owner, urlsplit(base).netloc, path, asked, site.now_utc())
    address = f"{base}/{quote(bucket)}?{asked}"
    try:
        answer = client.read(address, headers, MOST_BYTES, allow_private=owner.allow_private)
    except NotAnswered as refused:
        raise Unavailable("the bucket {0} cannot be listed: {1}", bucket, refused) from refused
    return answer.decode("utf-8", "replace")


def canonical_query(query: Mapping[str, str]) -> str:
    return "&".join(
        f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in sorted(query.items())
    )


def signed(owner: Account, host: str, path: str, query: str, now_utc: datetime) -> dict[str, str]:
    """The headers that sign a GET of this path and query at this moment."""
    at = f"{now_utc:%Y%m%dT%H%M%SZ}"
    headers = {"host": host, "x-amz-content-sha256": NOTHING, "x-amz-date": at}
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    request = f"GET\n{path}\n{query}\n{lines}\n{names}\n{NOTHING}"
    scope = f"{at[:8]}/{owner.region}/s3/aws4_request"
    told = f"AWS4-HMAC-SHA256\n{at}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = f"AWS4{owner.secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, told.encode(), hashlib.sha256).hexdigest()
    authorization = (
        f"AWS4-HMAC-SHA256 Credential={owner.access_key}/{scope},SignedHeaders={names},Signature={signature}"
    )
    return {"x-amz-content-sha256": NOTHING, "x-amz-date": at, "Authorization": authorization}


def _objects(page: str) -> list[Object]:
    found = []
    for told in _OBJECT.findall(page):
        key = re.search(r"<Key>([^<]*)</Key>", told)
        at = re.search(r"<LastModified>(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)", told)
        if key and at:
            found.append(Object(unescape(key[1]), datetime.fromisoformat(at[1])))
    return found
