"""Build requests from the options of a command, and from the files they name.

A value is read as the AWS CLI reads it: by the type that the model gives it, from
shorthand, JSON or a file.
"""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Mapping
from typing import Any, cast

from lightsnap._model import shorthand
from lightsnap._request.documents import parse_json, parse_yaml
from lightsnap.cli.api import ApiCommand, option_of
from lightsnap.errors import ConstraintError, LightsnapError, Violation, type_violation

_NUMBERS = {"integer": int, "long": int, "float": float, "double": float}


def read_members(options: Namespace, command: ApiCommand) -> dict[str, Any]:
    """Collect the members of a request from the options, without checking them.

    Raises:
        ConstraintError: A value cannot be parsed, or a file cannot be read.
        ConfigurationError: YAML was given, and ruamel.yaml is not installed.
    """
    members = _whole_request(options)
    for name, shape in command.members.items():
        value: Any = getattr(options, name)
        if value is not None:
            members[name] = _read(value, shape, option_of(name))
    return members


def _read(value: Any, shape: Any, path: str) -> Any:
    """Read the value of an option: a list of words, a word, or whether it is on."""
    if shape.type_name == "boolean":
        return value
    if shape.type_name == "list":
        return _read_list(value, shape.member, path)
    text = read_value(value, path=path)
    if shape.type_name not in ("structure", "map"):
        return _typed(text, shape, path)
    if isinstance(text, bytes) or text.lstrip().startswith("{"):
        return parse_json(text, path=path)
    return _typed(_read_shorthand(text, path), shape, path)


def read_tags(words: list[str], *, path: str) -> object:
    """Parse tags: shorthand or JSON, one per word; or one word with a JSON list.

    Raises:
        ConstraintError: A tag cannot be parsed, or a file cannot be read.
        LightsnapError: A file that a tag names cannot be read.
    """
    return _read_list(words, Namespace(type_name="structure", members={}), path)


def _read_list(words: list[str], member: Any, path: str) -> object:
    """Read one word with a JSON list, or a word for each item."""
    first = words[0].strip() if words else ""
    if len(words) == 1:
        text = read_value(words[0], path=path)
        if text != words[0] or first.startswith("["):
            return parse_json(text, path=path)
    if member.type_name not in ("structure", "map", "list"):
        return [_typed(word, member, path) for word in words]
    if first.startswith(("[", "{")):
        return [parse_json(word, path=path) for word in words]
    return [_typed(_read_shorthand(word, path), member, path) for word in words]


def _read_shorthand(text: str, path: str) -> object:
    def read_file(value: str) -> object:
        try:
            return read_value(value, path=path)
        except ConstraintError as error:
            # The AWS CLI exits with 255, not 252, if it cannot read such a file.
            raise LightsnapError(f"{error}") from error

    return shorthand.parse(text, path=path, read_file=read_file)


def _typed(value: Any, shape: Any, path: str) -> Any:
    """Convert texts to the types of the model, and one item to a list of one."""
    match shape.type_name:
        case "structure" if isinstance(value, dict):
            members = cast("dict[str, Any]", value)
            shapes = shape.members
            return {
                name: _typed(each, shapes[name], path) if name in shapes else each
                for name, each in members.items()
            }
        case "map" if isinstance(value, dict):
            members = cast("dict[str, Any]", value)
            return {n: _typed(each, shape.value, path) for n, each in members.items()}
        case "list":
            items = cast("Any", value if isinstance(value, list) else [value])
            return [_typed(each, shape.member, path) for each in items]
        case "boolean" if str(value).lower() in ("true", "false"):
            return str(value).lower() == "true"
        case name if name in _NUMBERS and isinstance(value, str):
            try:
                return _NUMBERS[name](value)
            except ValueError:
                violation = type_violation(path, value, "a number")
                raise ConstraintError([violation]) from None
        case _:
            return value


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
            return _read_file(name, is_text=prefix == "file://", path=path)
    return value


def _read_file(name: str, *, is_text: bool, path: str) -> str | bytes:
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
