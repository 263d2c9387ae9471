"""The service's rules for names, tags, times and page tokens."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import TypeVar
from unicodedata import category

from .exceptions import (
    InvalidInputException,
    InvalidNameException,
    InvalidPageTokenException,
    InvalidTagException,
)

MOST_TAGS = 50
LONGEST_KEY = 128
LONGEST_VALUE = 256

Tag = dict[str, str]
Item = TypeVar("Item")


def check_names(names: Sequence[str]) -> None:
    """Refuse invalid names.

    AWS's sources disagree on where a name may have an underscore or a period. A name
    is valid here if it is valid by any of them.
    """
    if not names:
        raise InvalidInputException("Specify at least one name.")
    for name in names:
        if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,253}[A-Za-z0-9_]", name):
            raise InvalidNameException(name)


def check_choice(member: str, value: str, choices: Iterable[str]) -> None:
    """Refuse a value that is not in the enum."""
    if value not in choices:
        raise InvalidInputException(
            f"{member} must be one of {', '.join(choices)}: {value}"
        )


def check_time_of_day(member: str, value: str) -> None:
    """Refuse a time that is not on the hour, between 00:00 and 23:00."""
    if not re.fullmatch(r"([01][0-9]|2[0-3]):00", value):
        raise InvalidInputException(
            f"{member} must be a time in the format HH:00, from 00:00 to 23:00: {value}"
        )


def check_date(member: str, value: str) -> None:
    """Refuse a date that does not exist, or is in another format."""
    try:
        is_valid = date.fromisoformat(value).isoformat() == value
    except ValueError:
        is_valid = False
    if not is_valid:
        raise InvalidInputException(
            f"{member} must be a date in the format YYYY-MM-DD: {value}"
        )


def check_tags(tags: list[Tag]) -> None:
    """Refuse invalid tags."""
    check_count(tags)
    keys: set[str] = set()
    for tag in tags:
        key = tag.get("key", "")
        _check_text("key", key, shortest=1, longest=LONGEST_KEY)
        _check_text("value", tag.get("value", ""), shortest=0, longest=LONGEST_VALUE)
        if key in keys:
            raise InvalidTagException(f"Tag keys must be unique: {key}")
        keys.add(key)


def check_count(tags: list[Tag]) -> None:
    """Refuse more tags than a resource can have."""
    if len(tags) > MOST_TAGS:
        raise InvalidTagException(
            f"A resource can have at most {MOST_TAGS} tags, not {len(tags)}."
        )


def _check_text(what: str, text: str, *, shortest: int, longest: int) -> None:
    if not shortest <= len(text) <= longest:
        raise InvalidTagException(
            f"A tag {what} must have {shortest} to {longest} characters: {text}"
        )
    if text.lower().startswith("aws:"):
        raise InvalidTagException(
            f"The prefix aws: is reserved in a tag {what}: {text}"
        )
    if not all(map(_is_valid_in_tag, text)):
        raise InvalidTagException(
            f"A tag {what} can contain letters, numbers, spaces and + - = . _ : / @ "
            f"only: {text}"
        )


def _is_valid_in_tag(char: str) -> bool:
    # The tag patterns of other services define a space as any separator, \p{Z}.
    if category(char)[0] in "LNZ" or char in "+-=._:/@":
        return True
    # What this Python does not know may be a letter of a newer version of Unicode, but
    # no version assigns a noncharacter.
    is_last_of_plane = ord(char) & 0xFFFE == 0xFFFE  # noqa: PLR2004
    is_noncharacter = is_last_of_plane or "\ufdd0" <= char <= "\ufdef"
    return category(char) == "Cn" and not is_noncharacter


def page(
    listing: str,
    items: Sequence[Item],
    token: str | None,
    size: int,
    *,
    serial_of: Callable[[Item], int],
) -> tuple[list[Item], str | None]:
    """Return a page of the items, and the token of the next page, if there is one.

    The items are in the order of their serial numbers. A token holds the listing and
    the number of the page's last item, so that no item is skipped or repeated when
    others are created or deleted between pages.
    """
    start = 0
    if token is not None:
        start = bisect_right(items, _serial_from(listing, token), key=serial_of)
    shown = list(items[start : start + size])
    more = len(items) > start + size
    return shown, _token_from(listing, serial_of(shown[-1])) if more else None


def _token_from(listing: str, serial: int) -> str:
    return urlsafe_b64encode(f"{listing}:{serial}".encode()).decode()


def _serial_from(listing: str, token: str) -> int:
    try:
        of, _, serial = urlsafe_b64decode(token.encode()).decode().rpartition(":")
        if _token_from(listing, int(serial)) == token and of == listing:
            return int(serial)
    except ValueError:
        pass
    raise InvalidPageTokenException
