"""The service's constraints on names and tags, checked before anything is sent.

Only input that the service is known to refuse is rejected. Where AWS's own sources
disagree, it passes and the service decides. The sources:

* names: the service's own message ("Resource names must be at least 2 characters long
  and contain only alphanumerics, -, _, and .") and the user guide (2 to 255 characters,
  neither ``.`` nor ``-`` at an end);
* tags: "Tags in Amazon Lightsail" in the user guide. Its "letters, numbers, spaces" are
  the Unicode categories L, N and Z, as in the tag patterns of other AWS services. A
  character that this Python does not know may be a letter to the service, which may
  have a newer version of Unicode, so it passes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias, cast

from lightsnap._model.resources import Tag
from lightsnap.errors import ConstraintError, Violation, type_violation

Tags: TypeAlias = Iterable[Tag] | Mapping[str, str | None]
"""Tags, or a mapping from key to value, where None is a key-only tag."""

MAX_NAME_LENGTH = 255
_NAME_LENGTH = range(2, MAX_NAME_LENGTH + 1)
_KEY_LENGTH = range(1, 129)
_VALUE_LENGTH = range(257)
_MAX_TAGS = 50
_TAGS_EXAMPLE = '[Tag("env", "prod")] or {"env": "prod"}'
_RESERVED_PREFIX = "aws:"

_INVALID_IN_NAME = re.compile(r"[^A-Za-z0-9._-]")
_VALID_IN_NAME = "ASCII letters, digits and . _ -"
# In Python's re, \w is the categories L and N and the underscore. There is no short
# form for category Z, so it is spelled out. A test checks every character of Unicode.
_NOT_KNOWN_AS_VALID_IN_TAG = re.compile(
    r"[^\w+\-=.:/@ \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
)
_VALID_IN_TAG = "letters, numbers, spaces and + - = . _ : / @"


def check_tags(tags: Tags) -> tuple[Violation, ...]:
    """Return all violations of the constraints on tags.

    Args:
        tags: Tags, or a mapping of key to value (None for a key-only tag). An iterator
            is consumed.

    >>> for violation in check_tags({"team": "web", "cost,centre": None}):
    ...     print(violation.message)
    tags[1].key may not contain ',': use letters, numbers, spaces and + - = . _ : / @
    """
    return tuple(tags_violations(as_tuple(tags)))


def as_tuple(tags: Any) -> Any:
    """Convert tags to a tuple. Anything else is returned as is, for the check."""
    if isinstance(tags, Mapping):
        pairs = cast("Mapping[str, str | None]", tags)
        return tuple(Tag(key, value) for key, value in pairs.items())
    if isinstance(tags, Iterable) and not isinstance(tags, (str, bytes, bytearray)):
        return tuple(cast("Iterable[Tag]", tags))
    return tags


def name_violations(path: str, name: object) -> Iterator[Violation]:
    """Find the violations in the name of a resource."""
    if name is None:
        yield Violation(path, "required", "is missing", "give a name")
        return
    if not isinstance(name, str):
        yield type_violation(path, name, "text")
        return
    yield from _length_violations(path, name, _NAME_LENGTH)
    invalid = _INVALID_IN_NAME.findall(name)
    yield from _character_violations(path, invalid, _VALID_IN_NAME)
    if name[:1] in (".", "-") or name[-1:] in (".", "-"):
        problem = f"may not begin or end with . or -: {name!r:.80}"
        yield Violation(path, "characters", problem)


def strip_invalid_characters(name: str) -> str:
    """Remove the characters of a name that the service is known to refuse."""
    return _INVALID_IN_NAME.sub("", name).strip(".-")


def id_violations(
    path: str, operation_id: object, expected: str
) -> Iterator[Violation]:
    """Find the violations in the id of an operation."""
    if not isinstance(operation_id, str):
        yield type_violation(path, operation_id, expected)
    elif not operation_id.strip():
        yield Violation(path, "length", "is blank", "give the id of an operation")


def tags_violations(tags: object) -> Iterator[Violation]:
    """Find the violations in tags, as ``as_tuple`` returned them."""
    if not isinstance(tags, tuple):
        yield type_violation("tags", tags, _TAGS_EXAMPLE)
        return
    given = cast("tuple[object, ...]", tags)
    if len(given) > _MAX_TAGS:
        advice = f"a resource can have {_MAX_TAGS} at most"
        yield Violation("tags", "count", f"has {len(given)} tags", advice)
    first_index: dict[str, int] = {}
    for index, tag in enumerate(given):
        if not isinstance(tag, Tag):
            yield type_violation(f"tags[{index}]", tag, _TAGS_EXAMPLE)
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
    yield from _character_violations(path, _invalid_in_tag(text), _VALID_IN_TAG)
    if text[: len(_RESERVED_PREFIX)].lower() == _RESERVED_PREFIX:
        problem = f"may not begin with {_RESERVED_PREFIX!r}, which AWS reserves"
        yield Violation(path, "reserved-prefix", problem)


def _length_violations(path: str, text: str, lengths: range) -> Iterator[Violation]:
    if len(text) not in lengths:
        advice = f"use {lengths.start} to {lengths.stop - 1}"
        yield Violation(path, "length", f"has {len(text)} characters", advice)


def _invalid_in_tag(text: str) -> list[str]:
    """Return the characters of a tag's key or value that the service refuses."""
    found = _NOT_KNOWN_AS_VALID_IN_TAG.findall(text)
    return [each for each in found if not _may_be_assigned(each)]


def _may_be_assigned(character: str) -> bool:
    """Whether only a version of Unicode newer than Python's may know a character.

    No version will know the noncharacters, which Unicode reserves for good.
    """
    from unicodedata import category

    point = ord(character)
    is_noncharacter = 0xFDD0 <= point <= 0xFDEF or point & 0xFFFE == 0xFFFE  # noqa: PLR2004
    return category(character) == "Cn" and not is_noncharacter


def _character_violations(
    path: str, invalid: list[str], valid: str
) -> Iterator[Violation]:
    if found := dict.fromkeys(invalid):
        listed = ", ".join(map(repr, list(found)[:5]))
        more = ", ..." if len(found) > 5 else ""  # noqa: PLR2004
        problem = f"may not contain {listed}{more}"
        yield Violation(path, "characters", problem, f"use {valid}")


def raise_violations(violations: Iterable[Violation], *, check: bool) -> None:
    """Raise violations. Without ``check``, raise only those that prevent sending.

    A missing value or one of the wrong type cannot be sent at all.

    Raises:
        ConstraintError: There are such violations.
    """
    raised = [each for each in violations if check or each.rule in ("required", "type")]
    if raised:
        raise ConstraintError(raised)
