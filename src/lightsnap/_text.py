"""Describe errors in text, and add text to them."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress

from lightsnap._escape import printable
from lightsnap.errors import ConfigurationError, LightsnapError

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


@contextmanager
def requiring(what: str, package: str, extra: str = "cli") -> Generator[None]:
    """Say which extra is missing if an import in the block fails.

    Raises:
        ConfigurationError: The package is not installed.
    """
    try:
        yield
    except ImportError as error:
        message = f"{what} needs {package}: pip install 'lightsnap[{extra}]'"
        raise ConfigurationError(message) from error


def describe(error: BaseException) -> str:
    """Return an error's message, with its type unless it is one of lightsnap's."""
    if isinstance(error, LightsnapError):
        return str(error)
    return printable(f"{type(error).__name__}: {error}".removesuffix(": "))
