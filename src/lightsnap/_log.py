"""The logger ``lightsnap``, silent unless the application configures logging."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logging import Logger


@cache
def logger() -> Logger:
    """Return the logger. ``logging`` is imported on the first call."""
    import logging  # noqa: PLC0415

    logger = logging.getLogger("lightsnap")
    logger.addHandler(logging.NullHandler())
    return logger
