"""What this app writes to log files carries no IBAN, address or secret, not even in a traceback."""

from __future__ import annotations

import logging
import traceback

from vuurtoren.privacy.redaction import redact_both_ends

NOT_REDACTED = "[left out: it could not be redacted]"


class Redaction(logging.Filter):
    """Makes each record final text and redacts it, with its traceback; lets every record through."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            record.msg = redact_both_ends(record.getMessage())
            if record.exc_info and record.exc_info[0]:
                record.exc_text = "".join(traceback.format_exception(*record.exc_info)).rstrip("\n")
            record.exc_text = redact_both_ends(record.exc_text) if record.exc_text else None
            record.stack_info = redact_both_ends(record.stack_info) if record.stack_info else None
        except Exception:  # a line of a log is never worth an error, nor somebody's data
            record.msg, record.exc_text, record.stack_info = NOT_REDACTED, None, None
        record.args, record.exc_info = None, None
        return True


_redaction = Redaction()


def redacting(logger: logging.Logger) -> logging.Logger:
    """The logger itself, redacting from now on; asking twice changes nothing."""
    logger.addFilter(_redaction)
    return logger
