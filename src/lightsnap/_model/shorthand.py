r"""The shorthand syntax of the AWS CLI: a structure on a command line, without JSON.

::

    key=env,value=prod        two members; whitespace around names, = and , is no matter
    value='a, b'              in quotes, single or double, everything is text
    value=a\, b              a comma after a backslash is text, too
    value=a,b                 a list; so is [a,b], which also takes lists and maps
    value={name=text}         a map
    value@=file://path        what stands in the file; other text is what it is

It is that of version 2 to the letter, oddities included, so that a command line means
here what it means there; a comment marks each oddity. No member has to be known here.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from typing import NoReturn

from lightsnap.errors import ConstraintError, Violation

# Only ASCII counts as a letter or digit of a name, and a name may be empty.
_NAME = re.compile(r"[A-Za-z0-9._:/#-]*")

# What may not stand in text without quotes: control characters, quotes, a comma other
# than after a backslash, and all beyond U+FFFF. Whitespace at its end is dropped.
_NEVER = "\\x00-\\x08\\x0e-\\x1b\"',\U00010000-\U0010ffff"
_START = rf"(?:\\,|[^{_NEVER}\t-\r\x1c-\x20=\[{{])"
# The first text after = may hold that character itself, but no bracket that closes; the
# further ones of a list without brackets may hold brackets, but no =, which tells that
# the next member has begun.
_FIRST = re.compile(rf"{_START}(?:\\,|[^{_NEVER}\]}}])*")
_FURTHER = re.compile(rf"{_START}(?:\\,|[^{_NEVER}=])*")

_UNESCAPED = {quote: re.compile(rf"(?<!\\){quote}") for quote in "'\""}

_FORM = "write key=env,value=prod"
_ONE_EACH = "separate tags with a space, not a comma"
_IN_QUOTES = "put the value in quotes, as in key=env,value='prod'"


def parse(
    text: str, *, path: str = "tag", read_file: Callable[[str], object] | None = None
) -> dict[str, object]:
    """Read a structure in shorthand syntax.

    Args:
        text: Like ``key=env,value=prod``.
        path: What a violation calls it.
        read_file: Is given the text after ``@=`` that begins with ``file://`` or
            ``fileb://``, and returns what stands in its place; what it raises passes
            through. It may be called for text that turns out to be none of a list. By
            default such text is refused.

    Returns:
        Each member's name and value, which is text, a list, a dict, or what
        ``read_file`` returned.

    Raises:
        ConstraintError: The syntax is wrong, a member is repeated, or a file is named
            and nothing reads it.

    >>> parse("key=env,value='a, b'")
    {'key': 'env', 'value': 'a, b'}
    """
    reader = _Reader(text, path, read_file)
    try:
        return reader.structure()
    except RecursionError:
        problem = f"nests brackets too deep in {text!r:.80}"
        raise ConstraintError([Violation(path, "syntax", problem, _FORM)]) from None


class _Reader:
    """Goes through a text from left to right; ``_at`` is the index of what is next."""

    def __init__(
        self, text: str, path: str, read_file: Callable[[str], object] | None
    ) -> None:
        self._text = text
        self._path = path
        self._read_file = read_file
        self._at = 0
        # Whether the last name was followed by @=. In brackets too it is the last one,
        # wherever that stands: in a@=[{b=c},file://d] no file is read.
        self._file_may_follow = False

    def structure(self) -> dict[str, object]:
        members: dict[str, object] = {}
        while True:
            start = self._at
            name = self._name()
            if name in members:
                self._refuse(f"repeats {name!r:.80}", start, _ONE_EACH)
            members[name] = self._value()
            if self._at == len(self._text):
                return members
            self._separator()

    def _name(self) -> str:
        """Pass a name and the ``=`` or ``@=`` after it."""
        name = self._pass(_NAME)
        self._pass_space()
        self._file_may_follow = self._sees("@")
        if self._file_may_follow:
            self._at += 1
            self._pass_space()
        self._need("=")
        self._pass_space()
        return name

    def _value(self, *, in_brackets: bool = False) -> object:
        if self._sees("["):
            return self._list()
        if self._sees("{"):
            return self._map()
        return self._one(_FIRST) if in_brackets else self._one_or_more()

    def _one_or_more(self) -> object:
        """Pass text, or a list without brackets, up to the end or the next member."""
        values = [self._one(_FIRST)]
        self._pass_space()
        while self._sees(","):
            self._at += 1
            self._pass_space()
            start = self._at
            value = self._one(_FURTHER)
            is_value = self._at > start
            self._pass_space()
            if is_value and (self._sees(",") or self._at == len(self._text)):
                values.append(value)
            elif self._at == len(self._text):
                self._refuse("needs a value", start)
            else:
                # What came last is the name of the next member. That begins after the
                # last comma, even one that a quote or a backslash made part of text.
                self._at = self._text.rindex(",", 0, self._at + 1)
                break
        return values if len(values) > 1 else values[0]

    def _list(self) -> list[object]:
        values: list[object] = []
        self._at += 1
        self._pass_space()
        while not self._sees("]"):
            values.append(self._value(in_brackets=True))
            self._separator("]")
        self._at += 1
        return values

    def _map(self) -> dict[str, object]:
        members: dict[str, object] = {}
        self._at += 1
        self._pass_space()
        while not self._sees("}"):
            name = self._name()  # here one may come again, and the last counts
            members[name] = self._value(in_brackets=True)
            self._separator("}")
        self._at += 1
        return members

    def _separator(self, closing: str = "") -> None:
        """Pass a comma and the whitespace around it, or stop before the bracket."""
        self._pass_space()
        if closing and self._sees(closing):
            return
        self._need(",", closing)
        self._pass_space()

    def _one(self, pattern: re.Pattern[str]) -> object:
        """Pass text, in quotes or without, or nothing; return what it stands for."""
        start = self._at
        if self._sees("'") or self._sees('"'):
            text = self._quoted(self._text[start])
        else:
            text = self._pass(pattern).replace("\\,", ",").rstrip()
        if not self._file_may_follow or not text.startswith(("file://", "fileb://")):
            return text
        if self._read_file is None:
            self._refuse(
                "reads no files but names one after @=",
                start,
                "write the value itself",
            )
        return self._read_file(text)

    def _quoted(self, quote: str) -> str:
        start = self._at + 1
        if closing := _UNESCAPED[quote].search(self._text, start):
            end = closing.start()
        else:  # then the last one closes, even after a backslash
            end = self._text.rfind(quote, start)
        if end < 0:
            self._refuse(f"has a {quote} that nothing closes", self._at)
        self._at = end + 1
        # The order matters: \\' is a backslash and a quote, and closes nothing.
        text = self._text[start:end].replace(f"\\{quote}", quote)
        return text.replace("\\\\", "\\")

    def _pass(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        if found is None:
            return ""
        self._at = found.end()
        return found[0]

    def _pass_space(self) -> None:
        end = len(self._text)
        while self._at < end and self._text[self._at] in string.whitespace:
            self._at += 1

    def _sees(self, character: str) -> bool:
        return self._text.startswith(character, self._at)

    def _need(self, character: str, alternative: str = "") -> None:
        if self._sees(character):
            self._at += 1
            return
        wanted = f"needs {character}" + (f" or {alternative}" if alternative else "")
        if self._at == len(self._text):
            self._refuse(wanted, self._at)
        self._refuse(
            f"{wanted} instead of {self._text[self._at]!r}",
            self._at,
            _IN_QUOTES if character == "," else _FORM,
        )

    def _refuse(self, trouble: str, index: int, advice: str = _FORM) -> NoReturn:
        where = (
            f"at character {index + 1} of"
            if index < len(self._text)
            else "at the end of"
        )
        problem = f"{trouble} {where} {self._text!r:.80}"
        raise ConstraintError([Violation(self._path, "syntax", problem, advice)])
