"""Secrets are found by the name before them, by their form, and by the address they are part of."""

from __future__ import annotations

import json

import pytest

from vuurtoren.privacy.redaction import redact, redact_text
from vuurtoren.privacy.secret_words import SECRET_NAMES, STEMS, names_a_secret

SECRET = "Zomer7-vlieger"
UUID = "0b6f1f0e-5f6e-4a52-9d3c-061234567890"

NAMES = """
    password passwd pwd wachtwoord passphrase secret token key api_key apiKey X-API-Key x-auth-token
    db_pass MAIL_PASSWORD aws_secret_access_key SECRET_KEY stripe_key client_secret refreshToken new-password
    csrf_token auth_code encryption_key access_token_2 session_id PHPSESSID user.password otp jwt
""".split()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "written",
    [
        "{name}={secret}",
        "{name} = {secret}",
        "{name}: {secret}",
        "{name}='{secret}'",
        '{name} = "{secret}"',
        "{name} := '{secret}'",
        "'{name}' => '{secret}',",
        '{{"{name}": "{secret}", "size": 3}}',
        "{{'{name}': b'{secret}'}}",
        r"{{\"{name}\": \"{secret}\"}}",
        r"{{\\\"{name}\\\": \\\"{secret}\\\"}}",
        "config['{name}'] = '{secret}'",
        "('{name}', '{secret}')",
        '["{name}", "{secret}"]',
        "--{name} {secret}",
        "--{name}='{secret}'",
        "<{name}>{secret}</{name}>",
        "GET /?{name}={secret}&page=2",
        "{name}%3D{secret}%26page%3D2",
        "{{&quot;{name}&quot;: &quot;{secret}&quot;}}",
        '{name}: str = "{secret}"',
        "{name}='{secret} without an end",
        "{name}={secret},with;more)of&it",
    ],
)
def test_a_named_secret_is_hidden_in_any_quoting(name, written):
    shown = redact_text(written.format(name=name, secret=SECRET))
    assert "omer" not in shown and "vlieger" not in shown
    assert "[secret]" in shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("password = x", "password = [secret]"),
        ("wachtwoord: x", "wachtwoord: [secret]"),
        ("X-API-Key: abc", "X-API-Key: [secret]"),
        ("Set-Cookie: sid=abc; Path=/; HttpOnly\nHost: x", "Set-Cookie: [secret]\nHost: x"),
        (r"'Cookie: a=b; c=d\r\nHost: x'", r"'Cookie: [secret]\r\nHost: x'"),
        ("mysql -u root -pgeheim db", "mysql -u root -p[secret] db"),
        ("['mysqldump', '-pgeheim', 'db']", "['mysqldump', '-p[secret]', 'db']"),
        ("curl -u jan:geheim https://x", "curl -u [secret] https://x"),
        ("new-site x --admin-password geheim", "new-site x --admin-password [secret]"),
        ("post(url, auth=('u','p'), timeout=3)", "post(url, auth=([secret]), timeout=3)"),
        ("auth=HTTPBasicAuth('u', 'p')", "auth=HTTPBasicAuth([secret])"),
        ('[("Authorization", "Bearer abc")]', '[("Authorization", "Bearer [secret]")]'),
        (
            'Authorization: Digest username="jan", response="abc"',
            "Authorization: Digest [secret]",
        ),
        (r"password='it\'s', x=1", "password='[secret]', x=1"),
        ("password=a%26b&x=1", "password=[secret]&x=1"),
        ("{'credentials': {'user': 'u', 'word': 'p'}}", "{'credentials': {[secret]}}"),
        ("pass=geheim sid=abc", "pass=[secret] sid=[secret]"),
        ("Login with password 'geheim' failed", "Login with password '[secret]' failed"),
        ("het wachtwoord is geheim123", "het wachtwoord is [secret]"),
        ("IDENTIFIED BY 'geheim'", "IDENTIFIED BY '[secret]'"),
        ("GET /back?code=abc&state=xyz HTTP", "GET /back?code=[secret]&state=[secret] HTTP"),
        ("https://hooks.slack.com/services/T0/B0/xyz", "https://hooks.slack.com/services/[secret]"),
        (f"https://hc-ping.com/{UUID}/fail", "https://hc-ping.com/[secret]"),
        (f"https://status.example/ping/{UUID}", "https://status.example/ping/[secret]"),
        ("https://discord.com/api/webhooks/123/abc", "https://discord.com/api/webhooks/[secret]"),
        ("https://api.telegram.org/bot123:abc/send", "https://api.telegram.org/bot[secret]"),
        ("redis://default:p@geheim@127.0.0.1:13000", "redis://default:[secret]@127.0.0.1:13000"),
        ("mysql://a:x@h1/d,mysql://b:y@h2/d", "mysql://a:[secret]@h1/d,mysql://b:[secret]@h2/d"),
        ("https://x.blob.example/b?sv=1&sig=abcdefgh12345678", "https://x.blob.example/b?sv=1&sig=[secret]"),
        ("SELECT PASSWORD('geheim')", "SELECT PASSWORD('[secret]')"),
        ("bench --site x set-admin-password geheim", "bench --site x set-admin-password [secret]"),
        ("['bench', 'set-admin-password', 'geheim']", "['bench', 'set-admin-password', '[secret]']"),
        ("bench set-password jan geheim", "bench set-password jan [secret]"),
        ("send: 'AUTH PLAIN AGphbgBnZWhlaW0x'", "send: 'AUTH PLAIN [secret]'"),
        ("AUTH LOGIN Z2VoZWltMQ==\n", "AUTH LOGIN [secret]\n"),
        ("password[]=geheim&page=2", "password[]=[secret]&page=2"),
        ("pass_phrase=geheim", "pass_phrase=[secret]"),
        ("The encryption key is abcdefgh12345=", "The encryption key is [secret]"),
        ('<input name="pwd" class="x" value="geheim">', '<input name="pwd" class="x" value="[secret]">'),
        ("fieldname=new_password&value=geheim&x=1", "fieldname=new_password&value=[secret]&x=1"),
        (
            '{"fieldname": "api_secret", "value": "geheim"}',
            '{"fieldname": "api_secret", "value": "[secret]"}',
        ),
        (r"{\"name\": \"sid\", \"value\": \"geheim\"}", r"{\"name\": \"sid\", \"value\": \"[secret]\"}"),
        ("<add key='password' value='geheim' />", "<add key='[secret]' value='[secret]' />"),
        ('form-data; name="pwd"\r\n\r\ngeheim\r\n--b', 'form-data; name="pwd"\r\n\r\n[secret]\r\n--b'),
    ],
)
def test_the_rest_of_the_text_stays(text, expected):
    assert redact_text(text) == expected


@pytest.mark.parametrize(
    "form",
    [
        "sk_" + "live_4eC39HqLyjWDarjtT1zdp7dc",
        "rk_" + "test_4eC39HqLyjWDarjtT1zdp7dc",
        "whsec_" + "abcdefgh12345678",
        "ghp_" + "abcdefghijklmnopqrstuvwxyz0123456789",
        "github_pat_" + "11ABCDEFG0abcdefghijk_lmnop",
        "glpat-" + "abcdefghij0123456789",
        "xoxb-" + "1234567890-abcdef",
        "AKIA" + "IOSFODNN7EXAMPLE",
        "AIza" + "SyA1234567890abcdefghijklmnopqrstuv",
        "SG." + "abcdefghijklmnopqrst.abcdefghijklmnopqrst",
        "hvs." + "CAESIJabcdefghijklmnop0123456789",
        "dop_v1_" + "0123456789abcdef" * 4,
        "xkeysib-" + "0123456789abcdef" * 4 + "-XyZ1aBcDeFgHiJkL",
        "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0.." + "Zq7Xw2Lp9Rt4aaaa.bbbbbbbbbbbb.cccccccccc",
        "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxIn0.SflKxwRJSMeKKF2QT4fwpM",
    ],
)
@pytest.mark.parametrize("around", ["{}", "refused {}, try again", '{{"x": "{}"}}', "https://x.nl/?a={}&b=1"])
def test_a_secret_is_known_by_its_form(form, around):
    assert form not in redact_text(around.format(form))
    assert redact_text(around.format(form)) == around.format("[secret]")


@pytest.mark.parametrize(
    "kind", ["PRIVATE KEY", "RSA PRIVATE KEY", "OPENSSH PRIVATE KEY", "PGP PRIVATE KEY BLOCK"]
)
@pytest.mark.parametrize("line", ["\n", "\\n", "\r\n"])
def test_a_private_key_is_hidden_whole(kind, line):
    text = line.join([f"-----BEGIN {kind}-----", "MIIEabcd", "efgh==", f"-----END {kind}-----", "after"])
    shown = redact_text(text)
    assert "MIIE" not in shown and "efgh" not in shown
    assert "after" in shown


@pytest.mark.parametrize(
    "text",
    [
        "token_count: 5, max_tokens=3, password_policy=strict",
        "KeyError: 'member'",
        "key error",
        "(1062, \"Duplicate entry 'X' for key 'PRIMARY'\")",
        "PRIMARY KEY (name), primary_key = 'name', cache_key: members, foreign_key='member'",
        "Unknown key: 'member'",
        "Unexpected token: '}' in line 3",
        "for key, value in rows.items():",
        "rows.sort(key=lambda row: row.name)",
        "sorted(names, key=len)",
        "def find(key: str, token: str = None) -> str:",
        "self.password = self.get_password()",
        "token = frappe.generate_hash(length=10)",
        "password=None, token=null",
        "Refused password: enter it again, the password is wrong",
        "Access denied for user 'x' (using password: YES)",
        "status_code: 200, country_code=NL",
        "monkey=5 turkey: 3 compass=north bypass: no author=jan",
        "https://docs.example/hooks/introduction",
        "commit 1234567 of a@b",
        "fieldname=status&value=Open, name='members', value=3, field: 'count', value: 12",
        "{'fieldname': 'password', 'value': None}, {'fieldname': 'password', 'reqd': 1}",
        "auth login required, auth plain mechanisms",
        "the primary key is MEMBER-00012-x",
        "see https://docs.example:8000/page",
    ],
)
def test_what_only_mentions_a_secret_stays(text):
    assert redact_text(text.replace("a@b", "nobody")) == text.replace("a@b", "nobody")


@pytest.mark.parametrize("name", [*NAMES, "Mollie_API_Key", "accessToken", "new-password", "sid"])
def test_the_same_names_hide_what_is_under_a_key(name):
    assert redact({name: SECRET}) == {name: "[redacted]"}


@pytest.mark.parametrize(
    "name", ["token_count", "primary_key", "session_count", "key_count", "has_password_policy", "passed"]
)
def test_the_same_names_stay_readable_as_keys(name):
    assert redact({name: 5}) == {name: 5}
    assert redact_text(json.dumps({name: 5})) == json.dumps({name: 5})


@pytest.mark.parametrize("name", ["password", "passwd", "secret", "token", "key", "pwd"])
def test_what_frappe_hides_by_name_is_hidden(name):
    assert names_a_secret(name)
    assert SECRET not in redact_text(f"{name} = {SECRET!r}")


@pytest.mark.parametrize("name", sorted(SECRET_NAMES))
def test_every_secret_name_is_looked_for_in_text(name):
    assert any(stem in name for stem in STEMS)


@pytest.mark.parametrize("what", ["all", "first", "second", "tests"])
def test_a_pass_that_is_counted_is_no_password_and_a_secret_that_is_counted_is_one(what: str) -> None:
    assert not names_a_secret(f"{what}_pass")
    assert all(names_a_secret(f"{what}_{secret}") for secret in ("password", "secret", "token"))
