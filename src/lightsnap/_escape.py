"""Make text safe to print: one line, without anything that a terminal acts on."""

from __future__ import annotations


def printable(text: str) -> str:
    """Escape characters that end a line, or on which a terminal acts.

    Among them are line breaks, ESC, and U+202E, which reverses the text after it. They
    may come from the service, or from whoever wrote a name or a tag.
    """
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode()
        for each in text
    )
