"""Describe errors in text, and make text safe for terminals."""

from __future__ import annotations

from contextlib import suppress

from lightsnap.errors import LightsnapError


def printable(text: str) -> str:
    """Escape characters that a terminal would act on, such as ESC and U+202E.

    They may come from the service, or from whoever wrote a name or a tag.
    """
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode()
        for each in text
    )


def add_note(error: BaseException, note: str) -> None:
    """Add a note to an exception, unless the exception cannot be changed."""
    with suppress(Exception):
        error.add_note(note)


def add_detail(error: Exception, detail: str) -> None:
    """Extend the message of a lightsnap error; add a note to any other."""
    if isinstance(error, LightsnapError):
        error.args = (f"{error}; {detail}",)
    else:
        add_note(error, detail)


def describe(error: BaseException) -> str:
    """Return an error's message, with its type unless it is one of lightsnap's."""
    if isinstance(error, LightsnapError):
        return str(error)
    return f"{type(error).__name__}: {error}".removesuffix(": ")
