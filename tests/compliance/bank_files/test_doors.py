"""The ways to ask: command line, API, Python; and the published schema where somebody has put it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
import sepaxml
from click.testing import CliRunner

import verenigingen.sepa
from tests.compliance.bank_files.bank_answers import statement
from tests.compliance.bank_files.book import WRITERS, case
from tests.compliance.bank_files.site_book import lay
from vuurtoren.audit.seals import append_only_guard
from vuurtoren.commands.sepa import sepa_group
from vuurtoren.compliance.bank_files import check, schema
from vuurtoren.composition import use_site
from vuurtoren.embedded.cli import main
from vuurtoren.embedded.server.methods import MODULES_WITH_ENDPOINTS
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.endpoints.whitelist import ENDPOINTS, Forbidden, Refused
from vuurtoren.site.protocol import Site

CASE = case(7, lines=3)
NAME = CASE.batch.name


@pytest.fixture
def site(association: SQLiteSite, clock: Any) -> Iterator[SQLiteSite]:
    clock.moment = datetime(2026, 11, 26, 9, 0, tzinfo=timezone.utc)
    append_only_guard.install(association)
    use_site(association)
    yield association
    use_site(None)


def run(site: Site, *arguments: str) -> tuple[int, str]:
    def answer(work: Any) -> None:
        raise SystemExit(work(site))

    result = CliRunner().invoke(sepa_group(answer), arguments)
    return result.exit_code, result.output


def test_the_command_says_whether_and_why_and_exits_with_it(site: SQLiteSite, tmp_path: Path) -> None:
    path = lay(site, CASE)
    code, output = run(site, "check", NAME)
    assert (code, output.splitlines()[0]) == (0, f"{NAME} may be sent.")
    assert output.splitlines()[-2].endswith("; the structure was checked by our own reading.")
    path.write_bytes(CASE.file.replace(b"EUR", b"CHF"))
    code, output = run(site, "check", NAME)
    assert (code, output.splitlines()[0]) == (1, f"{NAME} must not be sent, because:")
    code, output = run(site, "check", str(path))
    assert code == 1
    code, output = run(site, "check", "NOT-THERE")
    assert (code, output) == (2, "There is no batch NOT-THERE.\n")


def test_the_command_reads_what_came_back(site: SQLiteSite, tmp_path: Path) -> None:
    known, broken = tmp_path / "a.xml", tmp_path / "b.xml"
    known.write_bytes(statement("camt.053.001.08"))
    broken.write_bytes(b"")
    assert run(site, "returns", str(known))[0] == 1
    lay(site, CASE)
    assert run(site, "returns", str(known))[0] == 0
    code, output = run(site, "returns", str(known), str(broken))
    assert (code, output.splitlines()[-1]) == (2, "b.xml was not taken in: the file is empty")


def test_the_embedded_command_line_has_it() -> None:
    assert {"check", "returns"} <= set(main.commands["sepa"].commands)  # type: ignore[attr-defined]


def test_the_method_answers_with_the_verdict(site: SQLiteSite) -> None:
    lay(site, CASE)
    said = verenigingen.sepa.check_batch(NAME)
    assert (said["answer"], said["batch"], said["collections"], said["reasons"]) == (
        "may be sent",
        NAME,
        3,
        [],
    )
    assert said["total"] == f"{(CASE.batch.total_cents or 0) / 100:.2f}"
    assert site.count("SEPA Audit Log", {"action": "batch_may_be_sent"}) == 1


def test_the_method_is_for_who_may_see_the_monitoring_and_by_post_alone(
    site: SQLiteSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ENDPOINTS["verenigingen.sepa.check_batch"].methods == ("POST",)
    assert not ENDPOINTS["verenigingen.sepa.check_batch"].allow_guest
    assert "sepa" in MODULES_WITH_ENDPOINTS
    monkeypatch.setattr(type(site), "has_role", lambda _site, *_roles: False)
    with pytest.raises(Forbidden):
        verenigingen.sepa.check_batch(NAME)


def test_the_method_refuses_what_is_not_there_in_words(site: SQLiteSite) -> None:
    with pytest.raises(Refused, match="There is no batch NOT-THERE"):
        verenigingen.sepa.check_batch("NOT-THERE")


def test_from_python_files_are_checked_and_read(site: SQLiteSite, tmp_path: Path) -> None:
    path = lay(site, CASE)
    assert verenigingen.sepa.check_file(str(path))["answer"] == "may be sent"
    answer = tmp_path / "a.xml"
    answer.write_bytes(statement("camt.053.001.08"))
    assert verenigingen.sepa.read_returns(str(answer))["new"] == 2


@pytest.fixture
def schemas(site: SQLiteSite, tmp_path: Path) -> Path:
    """A folder with the schemas, as somebody would put them there."""
    folder = tmp_path / "xsd"
    shutil.copytree(Path(sepaxml.__file__).parent / "schemas", folder)
    site.set_conf("sepa_xsd_folder", str(folder))
    return folder


@pytest.mark.parametrize("validator", schema.VALIDATORS)
def test_the_published_schema_agrees_and_says_so(
    site: SQLiteSite, schemas: Path, validator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip(validator)
    monkeypatch.setattr(schema, "VALIDATORS", {validator: schema.VALIDATORS[validator]})
    path = lay(site, CASE)
    checked = check.check_batch(site, NAME)
    assert checked.said.answer == "may be sent", check.as_text(site, checked)
    assert f"{validator} checked it with {CASE.version}.xsd" in check.as_text(site, checked)
    path.write_bytes(CASE.file.replace(b"<PmtMtd>DD<", b"<PmtMtd>XX<"))
    kinds = {problem.kind for problem in check.check_batch(site, NAME).said.reasons}
    assert {"schema", "method"} <= kinds


@pytest.mark.parametrize("writer", WRITERS)
def test_what_we_let_pass_the_published_schema_lets_pass_too(
    site: SQLiteSite, schemas: Path, tmp_path: Path, writer: tuple[str, str]
) -> None:
    pytest.importorskip("xmlschema")
    made = [each for each in (case(seed) for seed in range(40)) if (each.library, each.version) == writer]
    for each in made[:5]:
        path = tmp_path / "file.xml"
        path.write_bytes(each.file)
        assert schema.check(site, path, each.version).problems == ()


def test_a_schema_that_is_not_there_or_is_none_is_said(site: SQLiteSite, schemas: Path) -> None:
    lay(site, CASE)
    (schemas / f"{CASE.version}.xsd").write_text("<not-a-schema/>", "utf-8")
    assert f"as {CASE.version}.xsd could not be used" in check.as_text(site, check.check_batch(site, NAME))
    (schemas / f"{CASE.version}.xsd").unlink()
    checked = check.check_batch(site, NAME)
    assert f"as sepa_xsd_folder holds no schema {CASE.version}.xsd" in check.as_text(site, checked)
    assert checked.said.answer == "may be sent"
