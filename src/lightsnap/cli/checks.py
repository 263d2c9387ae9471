"""Check a request before it is sent: by the model, and by the known rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from lightsnap._model.resources import Tag
from lightsnap._request.request import CreateInstanceSnapshotRequest
from lightsnap._request.rules import name_violations, tags_violations
from lightsnap.cli.api import ApiCommand, option_of
from lightsnap.errors import ConstraintError, Violation, type_violation

# The rule for names is known only for instances and their snapshots.
_NAMES = ("instanceName", "instanceNames", "instanceSnapshotName")

_TAG_FORM = "key=env,value=prod, or JSON"
_TYPES: Mapping[str, tuple[tuple[type, ...], str]] = {
    "structure": ((Mapping,), "an object"),
    "map": ((Mapping,), "an object"),
    "list": ((list,), "a list"),
    "string": ((str,), "text"),
    "blob": ((str, bytes), "text"),
    "boolean": ((bool,), "true or false"),
    "integer": ((int,), "a whole number"),
    "long": ((int,), "a whole number"),
    "float": ((int, float), "a number"),
    "double": ((int, float), "a number"),
    "timestamp": ((str, int, float, datetime), "a time"),
}


def check_members(members: Mapping[str, Any], command: ApiCommand) -> None:
    """Check a request against the model, and the names and tags in it.

    Raises:
        ConstraintError: A member is unknown, missing or null, or has a wrong type, or
            the service is known to refuse it.
    """
    violations = list(_violations(members, command.operation.input_shape, ""))
    if command.title == "CreateInstanceSnapshot" and not violations:
        CreateInstanceSnapshotRequest.from_dict(members).check()
    if violations := violations or list(_of_rules(members)):
        raise ConstraintError(violations)


def _violations(value: Any, shape: Any, path: str) -> Iterator[Violation]:
    """Yield what botocore would not send. No value is shown: it may be secret."""
    types, expected = _TYPES[shape.type_name]
    is_of_type = isinstance(value, types) and isinstance(value, bool) <= (bool in types)
    if value is None:
        yield Violation(path, "type", "is null", "leave it out, or give a value")
    elif not is_of_type:
        is_tag = shape.name == "Tag"
        yield type_violation(path, value, _TAG_FORM if is_tag else expected)
    elif shape.type_name == "timestamp":
        yield from _time_violations(value, path)
    else:
        yield from _size_violations(value, shape, path)
        yield from _inner_violations(value, shape, path)


def _inner_violations(value: Any, shape: Any, path: str) -> Iterator[Violation]:
    match shape.type_name:
        case "structure":
            yield from _member_violations(value, shape, path)
        case "map":
            for name, each in value.items():
                yield from _violations(each, shape.value, f"{path}.{name}")
        case "list":
            for index, each in enumerate(value):
                yield from _violations(each, shape.member, f"{path}[{index}]")
        case _:
            pass


def _member_violations(value: Any, shape: Any, path: str) -> Iterator[Violation]:
    for name in shape.required_members:
        if name not in value:
            where = _joined(path, name)
            yield Violation(where, "required", "is missing", "give a value")
    for name, each in value.items():
        where = _joined(path, name)
        if name in shape.members:
            yield from _violations(each, shape.members[name], where)
            continue
        close = [known for known in shape.members if known.lower() == name.lower()]
        advice = f"use {', '.join(close or shape.members)}"
        if shape.name == "Tag" and isinstance(each, str) and not close:
            advice = f"use key={name:.80},value={each:.80}"
        yield Violation(where, "type", "is not a known member", advice)


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else option_of(name)


def _time_violations(value: Any, path: str) -> Iterator[Violation]:
    from botocore.utils import parse_to_aware_datetime

    try:
        parse_to_aware_datetime(value)
    except (OverflowError, TypeError, ValueError):
        advice = "use ISO 8601, such as 2026-11-30T03:00:00Z, or seconds since 1970"
        yield Violation(path, "syntax", "is not a time", advice)


def _size_violations(value: Any, shape: Any, path: str) -> Iterator[Violation]:
    least = shape.metadata.get("min")
    if least is None:
        return
    size = value if isinstance(value, (int, float)) else len(value)
    if size < least:
        problem = f"is {size}" if size is value else f"has a length of {size}"
        yield Violation(path, "length", problem, f"the least is {least}")


def _of_rules(members: Mapping[str, Any]) -> Iterator[Violation]:
    for name in _NAMES:
        value: Any = members.get(name, [])
        for each in [value] if isinstance(value, str) else value:
            yield from name_violations(option_of(name), each)
    tags: Any = members.get("tags", [])
    given = (Tag(each.get("key"), each.get("value")) for each in tags)
    yield from tags_violations(tuple(given))
