"""The logger ``lightsnap``, silent unless the application configures logging."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING

from lightsnap._escape import printable

if TYPE_CHECKING:
    from logging import Logger, LogRecord


@cache
def logger() -> Logger:
    """Return the logger. ``logging`` is imported on the first call."""
    import logging  # noqa: PLC0415

    logger = logging.getLogger("lightsnap")
    logger.addHandler(logging.NullHandler())
    logger.addFilter(escape_record)
    return logger


def escape_record(record: LogRecord) -> bool:
    """Keep a record to one line: names and responses must not forge another.

    This is a filter for loggers and handlers, which lets every record pass.
    """
    # An argument without a text is reported by the handler, and does not end a wait.
    with suppress(Exception):
        message = record.getMessage()
        if not message.isprintable():
            record.msg, record.args = printable(message), None
    return True
