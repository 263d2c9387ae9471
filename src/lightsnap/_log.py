"""The logger ``lightsnap``: quiet unless the application sets logging up."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logging import Logger


@cache
def logger() -> Logger:
    """Return the logger. The module logging is loaded when the first wait needs it."""
    import logging  # noqa: PLC0415

    logger = logging.getLogger("lightsnap")
    logger.addHandler(logging.NullHandler())
    return logger
