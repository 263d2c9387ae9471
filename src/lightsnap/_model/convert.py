"""Between attrs classes and the dicts that boto3 speaks.

A model's fields are AWS's members in snake_case, so a field tells all there is to know:
its name gives AWS's (``resource_name``: ``resourceName``), its type how it is read, and
its default whether it may be absent. What the service sends beyond that is ignored.
"""

from __future__ import annotations

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
    """The base of all models: reads and writes AWS's form of them."""

    __slots__ = ("__weakref__",)

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> Self:
        """Read a dict as boto3 returns it, under AWS's own field names.

        Timestamps may be aware datetimes, epoch seconds or ISO 8601 text with an
        offset; they become aware UTC datetimes. Unknown members are ignored, unknown
        enum values kept.

        Raises:
            MalformedResponseError: An essential member is missing, or one has the
                wrong type; ``payload`` is the dict.
        """
        try:
            return _read_model(cls, data)
        except _UnreadableError as error:
            message = f"{cls.__name__}{error.path} {error.trouble}"
            raise MalformedResponseError(message, payload=data) from None

    def to_dict(self) -> dict[str, object]:
        """Write the dict that boto3 would return, under AWS's own field names.

        Fields that are None are left out, enum values become plain text.
        """
        return {
            member.wire_name: _written(value)
            for member in _members(type(self))
            if (value := getattr(self, member.name)) is not None
        }


_Model = TypeVar("_Model", bound=WireModel)


class _UnreadableError(Exception):
    """What is wrong with a payload, and where."""

    def __init__(self, trouble: str, path: str = "") -> None:
        super().__init__(trouble, path)
        self.trouble = trouble
        self.path = path


class _Member(NamedTuple):
    """A field of a model, and how it travels."""

    name: str
    wire_name: str
    hint: Any
    read: Callable[[object], object]
    required: bool


_MEMBERS: dict[type[WireModel], tuple[_Member, ...]] = {}


def _members(model: type[WireModel]) -> tuple[_Member, ...]:
    """The fields of a model. Finding them out takes long enough to keep them."""
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
    """The function that reads a member of this type."""
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
                raise _UnreadableError(error.trouble, path) from None
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
            raise _UnreadableError(error.trouble, f"[{index}]{error.path}") from None
    return tuple(items)


_KINDS = {str: "text", int: "a number", float: "a number", bool: "a flag"}


def _read_plain(kind: type, value: object) -> object:
    # To Python a bool is an int; to AWS it is not.
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
        pass  # Text that is no time, or a time beyond the years 1 to 9999.
    raise _wrong_type(value, "a timestamp with its offset")


def _wrong_type(value: object, expected: str) -> _UnreadableError:
    return _UnreadableError(f"is {value!r:.80}, not {expected}")


def _written(value: object) -> object:
    if isinstance(value, WireModel):
        return value.to_dict()
    if isinstance(value, tuple):
        return [_written(item) for item in cast("tuple[object, ...]", value)]
    if isinstance(value, OpenStrEnum):
        return value.value
    return value
