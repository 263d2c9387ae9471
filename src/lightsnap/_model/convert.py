"""Convert between attrs classes, boto3's dicts and JSON.

A field of a model is all that describes it: its name is AWS's in snake_case
(``resource_name``: ``resourceName``), its type says how to parse it, and its default
whether it may be absent. Other members that the service sends are ignored.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from types import NoneType
from typing import (
    Any,
    NamedTuple,
    Self,
    TypeVar,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

import attrs

from lightsnap._model.enums import OpenStrEnum
from lightsnap.errors import MalformedResponseError


class WireModel:
    """The base class of models."""

    __slots__ = ("__weakref__",)

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> Self:
        """Parse a dict as boto3 returns it, with AWS's field names.

        Timestamps may be aware datetimes, epoch seconds or ISO 8601 text with an
        offset; they become aware UTC datetimes. Unknown members are ignored, unknown
        enum values are kept.

        Raises:
            MalformedResponseError: A required member is missing, or a member has the
                wrong type; ``payload`` is the dict.
        """
        try:
            return _read_model(cls, data)
        except _UnreadableError as error:
            message = f"{cls.__name__}{error.path} {error.problem}"
            raise MalformedResponseError(message, payload=data) from None

    def to_dict(self) -> dict[str, object]:
        """Return the dict that boto3 would return, with AWS's field names.

        Fields that are None are left out, and enum values become plain text. As in
        boto3's dicts, timestamps are datetimes, which ``json.dumps`` does not take; use
        ``to_json`` for JSON.
        """
        return {
            member.wire_name: _plain(value)
            for member in _members(type(self))
            if (value := getattr(self, member.name)) is not None
        }

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Parse what ``to_json`` returned, or JSON in the form of AWS's responses.

        Raises:
            MalformedResponseError: The text is not JSON, a required member is missing,
                or a member has the wrong type.
        """
        try:
            data = json.loads(text)
        except (RecursionError, TypeError, ValueError) as error:
            message = f"{cls.__name__} is not valid JSON: {error}"
            raise MalformedResponseError(message, payload=text) from error
        return cls.from_dict(data)

    def to_json(self) -> str:
        """Return the value as a line of JSON, with AWS's field names.

        Timestamps are in ISO 8601. The line is ASCII, without control characters.
        """
        return write_json(self.to_dict())


def write_json(data: Mapping[str, object], *, indent: int | None = None) -> str:
    """Return JSON in ASCII, without control characters, and with ISO 8601 times."""
    text = json.dumps(data, default=datetime.isoformat, indent=indent)
    return text.replace("\x7f", "\\u007f")  # json escapes the other control characters


_Model = TypeVar("_Model", bound=WireModel)


class _UnreadableError(Exception):
    """A payload cannot be parsed: the problem, and its path."""

    def __init__(self, problem: str, path: str = "") -> None:
        super().__init__(problem, path)
        self.problem = problem
        self.path = path


class _Member(NamedTuple):
    """A field of a model, and how it is converted."""

    name: str
    wire_name: str
    hint: Any
    read: Callable[[object], object]
    required: bool


_MEMBERS: dict[type[WireModel], tuple[_Member, ...]] = {}


def _members(model: type[WireModel]) -> tuple[_Member, ...]:
    """Return the fields of a model, cached, since evaluating type hints is slow."""
    if model not in _MEMBERS:
        hints = get_type_hints(model)
        _MEMBERS[model] = tuple(
            _Member(
                name=attribute.name,
                wire_name=_camel_case(attribute.name),
                hint=(hint := _without_none(hints[attribute.name])),
                read=(
                    _reader(hint)
                    if attribute.metadata.get("may_be_blank", True)
                    else _read_text_not_blank
                ),
                required=attribute.default is attrs.NOTHING,
            )
            for attribute in _attributes(model)
        )
    return _MEMBERS[model]


def _attributes(model: type[WireModel]) -> tuple[Any, ...]:
    attributes: tuple[Any, ...] = attrs.fields(cast("Any", model))
    return attributes


def _camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _without_none(hint: Any) -> Any:
    arguments = set(get_args(hint))
    if NoneType in arguments:
        (hint,) = arguments - {NoneType}
    return hint


def _reader(hint: Any) -> Callable[[object], object]:
    """Return the function that parses a member of this type."""
    if get_origin(hint) is tuple:
        return partial(_read_list, _reader(get_args(hint)[0]))
    if hint is datetime:
        return _read_timestamp
    if issubclass(hint, WireModel):
        return partial(_read_model, hint)
    if issubclass(hint, OpenStrEnum):
        return lambda value: hint(_read_plain(str, value))
    return partial(_read_plain, hint)


def _read_model(model: type[_Model], value: object) -> _Model:
    if not isinstance(value, Mapping):
        raise _wrong_type(value, "an object")
    data = cast("Mapping[object, object]", value)
    read: dict[str, Any] = {}
    for member in _members(model):
        item = data.get(member.wire_name)
        if item is not None:
            try:
                read[member.name] = member.read(item)
            except _UnreadableError as error:
                path = f".{member.wire_name}{error.path}"
                raise _UnreadableError(error.problem, path) from None
        elif member.required:
            raise _UnreadableError("is missing", f".{member.wire_name}")
    return model(**read)


def _read_list(read_item: Callable[[object], object], value: object) -> object:
    if not isinstance(value, Sequence) or isinstance(value, (str, bytes)):
        raise _wrong_type(value, "a list")
    items: list[object] = []
    for index, item in enumerate(cast("Sequence[object]", value)):
        try:
            items.append(read_item(item))
        except _UnreadableError as error:
            raise _UnreadableError(error.problem, f"[{index}]{error.path}") from None
    return tuple(items)


_KINDS = {str: "text", int: "a number", float: "a number", bool: "a flag"}


def _read_plain(kind: type, value: object) -> object:
    # In Python a bool is an int; for AWS it is not.
    kinds = (int, float) if kind is float else kind
    if not isinstance(value, kinds) or isinstance(value, bool) is not (kind is bool):
        raise _wrong_type(value, _KINDS[kind])
    return value


def _read_text_not_blank(value: object) -> object:
    text = _read_plain(str, value)
    if not str(text).strip():
        raise _UnreadableError("is blank")
    return text


def _read_timestamp(value: object) -> datetime:
    try:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
        time = datetime.fromisoformat(value) if isinstance(value, str) else value
        if isinstance(time, datetime) and time.tzinfo is not None:
            return time.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        pass  # not a time, or beyond the years 1 to 9999
    raise _wrong_type(value, "a timestamp with its offset")


def _wrong_type(value: object, expected: str) -> _UnreadableError:
    return _UnreadableError(f"is {value!r:.80}, not {expected}")


def _plain(value: object) -> object:
    if isinstance(value, WireModel):
        return value.to_dict()
    if isinstance(value, tuple):
        return [_plain(item) for item in cast("tuple[object, ...]", value)]
    if isinstance(value, OpenStrEnum):
        return value.value
    return value
