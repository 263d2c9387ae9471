"""How values and errors are put into words, and made safe for terminals."""

from __future__ import annotations

from contextlib import suppress

from lightsnap.errors import LightsnapError, Violation


def printable(text: str) -> str:
    """Escape what a terminal would obey, such as control characters and U+202E.

    The service may have sent it, or whoever tagged.
    """
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode()
        for each in text
    )


def wrong_type(name: str, value: object, expected: str) -> str:
    """Return the message for an argument of the wrong type."""
    return type_violation(name, value, expected).message


def type_violation(path: str, value: object, expected: str) -> Violation:
    """Name the type that was given, never the value: that may be a secret."""
    problem = f"is of type {type(value).__name__}"
    return Violation(path, "type", problem, f"give {expected}")


def add_note(error: BaseException, note: str) -> None:
    """Add a note to an exception, unless it is one that cannot be changed."""
    with suppress(Exception):
        error.add_note(note)


def add_detail(error: Exception, more: str) -> None:
    """Let an error of ours say more; add a note to any other."""
    if isinstance(error, LightsnapError):
        error.args = (f"{error}; {more}",)
    else:
        add_note(error, more)


def describe(error: BaseException) -> str:
    """What an error says, with its type where that is not ours."""
    if isinstance(error, LightsnapError):
        return str(error)
    return f"{type(error).__name__}: {error}".removesuffix(": ")
