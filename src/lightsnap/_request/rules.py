"""What the service is known to refuse, found before anything is sent.

Only that: where AWS's own sources disagree, the input passes here and the service
decides. The sources:

* names: the service's own message ("Resource names must be at least 2 characters long
  and contain only alphanumerics, -, _, and .") and the user guide (2 to 255 characters,
  neither ``.`` nor ``-`` at an end);
* tags: "Tags in Amazon Lightsail" in the user guide. Its "letters, numbers, spaces" are
  the Unicode categories L, N and Z, as in the tag patterns of other AWS services.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias, cast

from lightsnap._model.resources import Tag
from lightsnap._text import type_violation
from lightsnap.errors import ConstraintError, Violation

Tags: TypeAlias = Iterable[Tag] | Mapping[str, str | None]
"""Tags as callers give them; a mapping goes from key to value, None for no value."""

LONGEST_NAME = 255
_NAME_LENGTH = range(2, LONGEST_NAME + 1)
_KEY_LENGTH = range(1, 129)
_VALUE_LENGTH = range(257)
_MOST_TAGS = 50
HOW_TO_GIVE_TAGS = '[Tag("env", "prod")] or {"env": "prod"}'
_RESERVED_PREFIX = "aws:"

_NO_NAME_CHARACTER = re.compile(r"[^A-Za-z0-9._-]")
_NAME_CHARACTERS = "ASCII letters, digits and . _ -"
# To Python's re, \w is just the categories L and N and the underscore. Category Z has
# no short form there, so it stands here in full; a test walks through all of Unicode.
_NO_TAG_CHARACTER = re.compile(
    r"[^\w+\-=.:/@ \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
)
_TAG_CHARACTERS = "letters, numbers, spaces and + - = . _ : / @"


def check_tags(tags: Tags) -> tuple[Violation, ...]:
    """Find all that the service is known to refuse in these tags.

    Args:
        tags: Tags, or a mapping of key to value (None for a key-only tag). An iterator
            is used up.

    >>> for violation in check_tags({"team": "web", "cost,centre": None}):
    ...     print(violation.message)
    tags[1].key may not hold ',': use letters, numbers, spaces and + - = . _ : / @
    """
    return tuple(tags_violations(as_tuple(tags)))


def as_tuple(tags: Any) -> Any:
    """Bring tags into one form. A value of another type stays, to be a violation."""
    if isinstance(tags, Mapping):
        pairs = cast("Mapping[str, str | None]", tags)
        return tuple(Tag(key, value) for key, value in pairs.items())
    if isinstance(tags, Iterable) and not isinstance(tags, (str, bytes, bytearray)):
        return tuple(cast("Iterable[Tag]", tags))
    return tags


def name_violations(path: str, name: object) -> Iterator[Violation]:
    """Find what the service is known to refuse in the name of a resource."""
    if name is None:
        yield Violation(path, "required", "is missing", "give a name")
        return
    if not isinstance(name, str):
        yield type_violation(path, name, "text")
        return
    yield from _length_violations(path, name, _NAME_LENGTH)
    yield from _character_violations(path, name, _NO_NAME_CHARACTER, _NAME_CHARACTERS)
    if name[:1] in (".", "-") or name[-1:] in (".", "-"):
        problem = f"may neither begin nor end with . or -: {name!r:.80}"
        yield Violation(path, "characters", problem)


def permitted_in_name(name: str) -> str:
    """Leave out of a name what the service is known to refuse in one."""
    return _NO_NAME_CHARACTER.sub("", name).strip(".-")


def id_violations(
    path: str, operation_id: object, expected: str
) -> Iterator[Violation]:
    """Find what the service is known to refuse in the id of an operation."""
    if not isinstance(operation_id, str):
        yield type_violation(path, operation_id, expected)
    elif not operation_id.strip():
        yield Violation(path, "length", "is blank", "give the id of an operation")


def tags_violations(tags: object) -> Iterator[Violation]:
    """Find what the service is known to refuse in tags that ``as_tuple`` brought in."""
    if not isinstance(tags, tuple):
        yield type_violation("tags", tags, HOW_TO_GIVE_TAGS)
        return
    given = cast("tuple[object, ...]", tags)
    if len(given) > _MOST_TAGS:
        advice = f"a resource takes {_MOST_TAGS} at most"
        yield Violation("tags", "count", f"holds {len(given)} tags", advice)
    first_index: dict[str, int] = {}
    for index, tag in enumerate(given):
        if not isinstance(tag, Tag):
            yield type_violation(f"tags[{index}]", tag, HOW_TO_GIVE_TAGS)
            continue
        key, value = cast("tuple[object, object]", (tag.key, tag.value))
        yield from _key_violations(f"tags[{index}].key", key)
        if isinstance(key, str):
            first = first_index.setdefault(key, index)
            if first != index:
                problem = f"repeats tags[{first}].key: {key!r:.80}"
                yield Violation(f"tags[{index}].key", "duplicate", problem)
        if value is not None:
            yield from _text_violations(f"tags[{index}].value", value, _VALUE_LENGTH)


def _key_violations(path: str, key: object) -> Iterator[Violation]:
    if key is None:
        yield Violation(path, "required", "is missing", "a tag needs a key")
    else:
        yield from _text_violations(path, key, _KEY_LENGTH)


def _text_violations(path: str, text: object, lengths: range) -> Iterator[Violation]:
    if not isinstance(text, str):
        yield type_violation(path, text, "text")
        return
    yield from _length_violations(path, text, lengths)
    yield from _character_violations(path, text, _NO_TAG_CHARACTER, _TAG_CHARACTERS)
    if text[: len(_RESERVED_PREFIX)].lower() == _RESERVED_PREFIX:
        problem = f"may not begin with {_RESERVED_PREFIX!r}, which AWS reserves"
        yield Violation(path, "reserved-prefix", problem)


def _length_violations(path: str, text: str, lengths: range) -> Iterator[Violation]:
    if len(text) not in lengths:
        advice = f"it takes {lengths.start} to {lengths.stop - 1}"
        yield Violation(path, "length", f"has {len(text)} characters", advice)


def _character_violations(
    path: str, text: str, refused: re.Pattern[str], permitted: str
) -> Iterator[Violation]:
    if found := dict.fromkeys(refused.findall(text)):
        listed = ", ".join(map(repr, list(found)[:5]))
        more = ", ..." if len(found) > 5 else ""  # noqa: PLR2004
        problem = f"may not hold {listed}{more}"
        yield Violation(path, "characters", problem, f"use {permitted}")


def refuse(violations: Iterable[Violation], *, check: bool) -> None:
    """Raise what is wrong with a request, unless ``check`` leaves it to the service.

    What is missing or has a wrong type cannot be sent, whatever ``check`` says.

    Raises:
        ConstraintError: Something is wrong with it.
    """
    refused = [
        each for each in violations if check or each.rule in ("required", "type")
    ]
    if refused:
        raise ConstraintError(refused)
