"""Describe errors in text, and add text to them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from lightsnap._escape import printable
from lightsnap.errors import LightsnapError

_SHOWN = 3


def add_note(error: BaseException, note: str) -> None:
    """Add a note to an exception, unless the exception cannot be changed."""
    with suppress(Exception):
        error.add_note(printable(note))


def add_detail(error: Exception, detail: str) -> None:
    """Extend the message of a lightsnap error; add a note to any other."""
    if isinstance(error, LightsnapError):
        error.args = (f"{error}; {detail}",)
    else:
        add_note(error, detail)


def first_of(texts: Sequence[str], separator: str = ", ") -> str:
    """Join the first few texts, and count the others."""
    shown = separator.join(texts[:_SHOWN])
    more = len(texts) - _SHOWN
    return f"{shown}{separator}and {more} more" if more > 0 else shown


def describe(error: BaseException) -> str:
    """Return an error's message, with its type unless it is one of lightsnap's."""
    if isinstance(error, LightsnapError):
        return str(error)
    return printable(f"{type(error).__name__}: {error}".removesuffix(": "))
