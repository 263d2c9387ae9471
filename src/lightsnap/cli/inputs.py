"""Build requests from the options of a create, and from the files they name."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias, cast

from lightsnap._model import shorthand
from lightsnap._request.documents import parse_json, parse_yaml
from lightsnap._request.request import CreateInstanceSnapshotRequest
from lightsnap.errors import ConstraintError, LightsnapError, Violation

_Members: TypeAlias = Mapping[str, object]

_OPTIONS = {
    "instanceSnapshotName": "--instance-snapshot-name",
    "instanceName": "--instance-name",
    "tags": "--tags",
}


def read_members(options: Namespace) -> dict[str, Any]:
    """Collect the members of a request from the options, without checking them.

    Raises:
        ConstraintError: A value cannot be parsed, or a file cannot be read.
        ConfigurationError: YAML was given, and ruamel.yaml is not installed.
    """
    members = _whole_request(options)
    for member, value in (
        ("instanceSnapshotName", options.instance_snapshot_name),
        ("instanceName", options.instance_name),
    ):
        if value is not None:
            members[member] = read_value(value, path=_OPTIONS[member])
    if options.tags is not None:
        members["tags"] = read_tags(options.tags, path="--tags")
    return members


def build_request(members: Mapping[str, Any]) -> CreateInstanceSnapshotRequest:
    """Build a request from its members; its ``check`` validates names and tags.

    Raises:
        ConstraintError: A member is unknown, or null. The library would treat a null
            as not given, but the AWS CLI rejects it.
    """
    if nulls := list(_null_paths(members)):
        raise ConstraintError(
            Violation(path, "type", "is null", "leave it out, or give a value")
            for path in nulls
        )
    return CreateInstanceSnapshotRequest.from_dict(members)


def _null_paths(members: Mapping[str, Any]) -> Iterable[str]:
    """Yield the paths of the members that are null, in a request and its tags."""
    for name, value in members.items():
        if value is None:
            yield _OPTIONS.get(name, name)
    tags: object = members.get("tags")
    if isinstance(tags, list):
        for index, tag in enumerate(cast("list[object]", tags)):
            if isinstance(tag, Mapping) and None in cast("_Members", tag).values():
                yield f"--tags[{index}]"


def read_value(value: str, *, path: str) -> Any:
    """Return a value, or the contents of the file that it names.

    ``file://`` names a file of text, ``fileb://`` one of bytes, which are valid only as
    JSON or YAML. ``~`` and ``$VARIABLE`` in the name are expanded. The encoding of text
    is AWS_CLI_FILE_ENCODING, by default UTF-8.

    Raises:
        ConstraintError: The file cannot be read.
        LightsnapError: The encoding is unknown, or similar.
    """
    for prefix in ("file://", "fileb://"):
        if value.startswith(prefix):
            name = value.removeprefix(prefix)
            name = os.path.expandvars(os.path.expanduser(name))  # noqa: PTH111 (as AWS)
            return _read(name, is_text=prefix == "file://", path=path)
    return value


def _read(name: str, *, is_text: bool, path: str) -> str | bytes:
    from pathlib import Path

    encoding = os.environ.get("AWS_CLI_FILE_ENCODING", "UTF-8")
    try:
        file = Path(name)
        return file.read_text(encoding) if is_text else file.read_bytes()
    except UnicodeDecodeError:
        problem = f"cannot decode file {name!r:.200} as {encoding}"
    except OSError as error:
        problem = f"cannot read file {name!r:.200}: {error.strerror}"
    except (LookupError, ValueError) as error:  # an unknown encoding, a null character
        message = f"{path} cannot read file {name!r:.200}: {error}"
        raise LightsnapError(message) from error
    raise ConstraintError([Violation(path, "syntax", problem)])


def _whole_request(options: Namespace) -> dict[str, Any]:
    json, yaml = options.cli_input_json, options.cli_input_yaml
    if json is not None and yaml is not None:
        problem = "cannot be combined with --cli-input-json"
        raise ConstraintError(
            [Violation("--cli-input-yaml", "duplicate", problem, "use one")]
        )
    if json is not None:
        path, parse, value = "--cli-input-json", parse_json, json
    elif yaml is not None:
        path, parse, value = "--cli-input-yaml", parse_yaml, yaml
    else:
        return {}
    members = parse(read_value(value, path=path), path=path)
    if not isinstance(members, Mapping):
        problem = "is not an object with the members of a request"
        raise ConstraintError([Violation(path, "type", problem)])
    return dict(cast("Mapping[str, Any]", members))


def read_tags(words: list[str], *, path: str) -> object:
    """Parse tags: shorthand or JSON, one per word; or one word with a JSON list.

    Raises:
        ConstraintError: A tag cannot be parsed, or a file cannot be read.
        LightsnapError: A file that a tag names cannot be read.
    """
    first = words[0].strip() if words else ""
    if len(words) == 1:
        text = read_value(words[0], path=path)
        if text != words[0] or first.startswith("["):
            return parse_json(text, path=path)
    if first.startswith(("[", "{")):
        return [parse_json(word, path=path) for word in words]

    def read_tag_file(value: str) -> object:
        try:
            return read_value(value, path=path)
        except ConstraintError as error:
            # The AWS CLI exits with 255, not 252, if it cannot read such a file.
            raise LightsnapError(f"{error}") from error

    return [shorthand.parse(word, path=path, read_file=read_tag_file) for word in words]
