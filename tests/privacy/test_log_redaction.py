"""Our own log lines carry nobody's data."""

from __future__ import annotations

import io
import logging

import pytest

from vuurtoren.privacy.log_redaction import NOT_REDACTED, redacting

IBAN = "NL91ABNA0417164300"


@pytest.fixture
def written() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def logger(written: io.StringIO) -> logging.Logger:
    made = redacting(redacting(logging.Logger("verenigingen.test")))
    made.addHandler(logging.StreamHandler(written))
    return made


def test_message_and_arguments_are_redacted(logger: logging.Logger, written: io.StringIO) -> None:
    logger.error("bad %s of %s", IBAN, "jan@example.nl")
    assert written.getvalue() == "bad NL91****4300 of j***@example.nl\n"


def test_a_traceback_is_redacted(logger: logging.Logger, written: io.StringIO) -> None:
    try:
        raise ValueError(f"bad {IBAN}")
    except ValueError:
        logger.exception("no")
    assert "ValueError: bad NL91****4300" in written.getvalue()
    assert "ABNA" not in written.getvalue()


def test_a_line_that_cannot_be_made_is_left_out(logger: logging.Logger, written: io.StringIO) -> None:
    logger.error("%d", IBAN)
    assert written.getvalue() == NOT_REDACTED + "\n"


def test_plain_lines_stay_as_they_are(logger: logging.Logger, written: io.StringIO) -> None:
    logger.warning("3 of %s", 4)
    assert written.getvalue() == "3 of 4\n"
