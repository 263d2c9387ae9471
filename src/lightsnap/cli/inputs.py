"""What the options of a create mean: names, tags, whole requests, files of them."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias, cast

from lightsnap._model import shorthand
from lightsnap._request.documents import parse_json, parse_yaml
from lightsnap._request.request import CreateInstanceSnapshotRequest
from lightsnap.errors import ConstraintError, Violation

_Members: TypeAlias = Mapping[str, object]

_OPTION_OF = {
    "instanceSnapshotName": "--instance-snapshot-name",
    "instanceName": "--instance-name",
    "tags": "--tags",
}


def members_of(options: Namespace) -> dict[str, Any]:
    """Put the members of a request together, as they are given.

    Raises:
        ConstraintError: A value cannot be parsed, or a file not be read.
        ConfigurationError: There is YAML, and ruamel.yaml is not installed.
    """
    members = _whole_request(options)
    for member, value in (
        ("instanceSnapshotName", options.instance_snapshot_name),
        ("instanceName", options.instance_name),
    ):
        if value is not None:
            members[member] = from_file_or_as_it_is(value, path=_OPTION_OF[member])
    if options.tags is not None:
        members["tags"] = _tags(options.tags)
    return members


def request_of(members: Mapping[str, Any]) -> CreateInstanceSnapshotRequest:
    """Make a request; what is wrong with its names and tags is left to its ``check``.

    Raises:
        ConstraintError: It has other members, or one that is null, which the library
            takes for one that is not given, and the AWS CLI refuses.
    """
    if nulls := list(_nulls(members)):
        raise ConstraintError(
            Violation(null, "type", "is null", "leave it out, or give a value")
            for null in nulls
        )
    return CreateInstanceSnapshotRequest.from_dict(members)


def _nulls(members: Mapping[str, Any]) -> Iterable[str]:
    """The members of a request and of its tags that are null."""
    for name, value in members.items():
        if value is None:
            yield _OPTION_OF.get(name, name)
    tags: object = members.get("tags")
    if isinstance(tags, list):
        for index, tag in enumerate(cast("list[object]", tags)):
            if isinstance(tag, Mapping) and None in cast("_Members", tag).values():
                yield f"--tags[{index}]"


def from_file_or_as_it_is(value: str, *, path: str) -> Any:
    """What stands in the file that a value names, or else the value.

    ``file://`` is followed by a path to text, ``fileb://`` by one to bytes, which no
    name takes; ``~`` and ``$VARIABLE`` in it are expanded. The text is in UTF-8, or as
    AWS_CLI_FILE_ENCODING says.

    Raises:
        ConstraintError: The file cannot be read.
    """
    for prefix in ("file://", "fileb://"):
        if value.startswith(prefix):
            name = os.path.expandvars(value.removeprefix(prefix))
            return _read(name, is_text=prefix == "file://", path=path)
    return value


def _read(name: str, *, is_text: bool, path: str) -> str | bytes:
    from pathlib import Path

    encoding = os.environ.get("AWS_CLI_FILE_ENCODING", "UTF-8")
    try:
        file = Path(name).expanduser()
        return file.read_text(encoding) if is_text else file.read_bytes()
    except UnicodeDecodeError:
        trouble = f"is no text in {encoding}"
    # No home, a null character, no such encoding.
    except (OSError, RuntimeError, ValueError, LookupError) as error:
        trouble = f"cannot be read: {getattr(error, 'strerror', None) or error}"
    problem = f"names the file {name!r:.200}, which {trouble}"
    raise ConstraintError([Violation(path, "syntax", problem)])


def _whole_request(options: Namespace) -> dict[str, Any]:
    json, yaml = options.cli_input_json, options.cli_input_yaml
    if json is not None and yaml is not None:
        problem = "and --cli-input-json exclude each other"
        raise ConstraintError(
            [Violation("--cli-input-yaml", "duplicate", problem, "give one")]
        )
    if json is not None:
        path, parse, value = "--cli-input-json", parse_json, json
    elif yaml is not None:
        path, parse, value = "--cli-input-yaml", parse_yaml, yaml
    else:
        return {}
    members = parse(from_file_or_as_it_is(value, path=path), path=path)
    if not isinstance(members, Mapping):
        problem = "holds no object with the members of a request"
        raise ConstraintError([Violation(path, "type", problem)])
    return dict(cast("Mapping[str, Any]", members))


def _tags(words: list[str]) -> object:
    """Read tags: in shorthand or as JSON, a word each; or a list of JSON in one."""
    first = words[0].strip() if words else ""
    if len(words) == 1:
        text = from_file_or_as_it_is(words[0], path="--tags")
        if text != words[0] or first.startswith("["):
            return parse_json(text, path="--tags")
    if first.startswith(("[", "{")):
        return [parse_json(word, path="--tags") for word in words]
    return [
        shorthand.parse(word, path="--tags", read_file=_read_for_tag) for word in words
    ]


def _read_for_tag(value: str) -> object:
    return from_file_or_as_it_is(value, path="--tags")
