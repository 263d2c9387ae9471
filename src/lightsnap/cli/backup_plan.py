"""The plan, from the options and the plan file."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any, cast

from attrs import fields

from lightsnap._backups.plan import BackupPlan, Selection
from lightsnap._backups.retention import Retention
from lightsnap._model.resources import Tag
from lightsnap._request.documents import parse_json
from lightsnap._request.request import CreateInstanceSnapshotRequest
from lightsnap.cli.inputs import read_tags, read_value
from lightsnap.errors import ConstraintError, Violation, type_violation

_KEEPS = [each.name for each in fields(Retention) if each.name.startswith("keep_")]

# The option of a member of a plan, by the path of the member.
_OPTIONS = {
    "name": "--plan",
    "names": "--instances",
    "copy_to": "--copy-to",
    **{name: f"--{name.replace('_', '-')}" for name in _KEEPS},
}


def has_plan(options: Namespace) -> bool:
    """Whether any option of a plan was given."""
    names = ("plan", "plan_file", "instances", "instance_tags", *_KEEPS)
    return any(getattr(options, name) is not None for name in names)


def read_plan(options: Namespace) -> BackupPlan:
    """Build the plan from the file, if there is one, and the options that override it.

    Raises:
        ConstraintError: The plan is invalid, or the file cannot be read.
    """
    members: dict[str, Any] = {}
    if options.plan_file is not None:
        members = _read_file(options.plan_file, options.plan)
    elif options.plan is not None:
        members["name"] = options.plan
    select = {"names": options.instances, "tags": _selected_tags(options)}
    _override(members, "select", select)
    _override(members, "retention", {name: getattr(options, name) for name in _KEEPS})
    if getattr(options, "copy_to", None) is not None:
        members["copy_to"] = options.copy_to
    with naming(lambda path: _option_or_member(path, options)):
        return BackupPlan.from_dict(members)


def _override(
    members: dict[str, Any], part: str, options: Mapping[str, object]
) -> None:
    given = {name: value for name, value in options.items() if value is not None}
    of_file: object = members.get(part) or {}
    if given and isinstance(of_file, Mapping):
        members[part] = {**cast("Mapping[str, object]", of_file), **given}


def _selected_tags(options: Namespace) -> tuple[Tag, ...] | None:
    if options.instance_tags is None:
        return None
    path = "--instance-tags"
    tags = read_tags(options.instance_tags, path=path)
    with naming(lambda member: member.replace("tags", path, 1)):
        request = CreateInstanceSnapshotRequest.from_dict({"tags": tags})
        return Selection(tags=request.tags or ()).tags


def _option_or_member(path: str, options: Namespace) -> str:
    """Return how the user knows a member: by its option, or its place in the file."""
    member = path.removeprefix("retention.").removeprefix("select.")
    name = member.partition("[")[0]
    option = _OPTIONS.get(name)
    if option and _is_given(option, options):
        return option + member.removeprefix(name)
    return path if options.plan_file is None else f"{path} in {options.plan_file}"


def _is_given(option: str, options: Namespace) -> bool:
    attribute = option.removeprefix("--").replace("-", "_")
    if option == "--plan" and options.plan_file is None:
        return True  # the only place for it
    return getattr(options, attribute, None) is not None


@contextmanager
def naming(rename: Callable[[str], str]) -> Generator[None, None, None]:
    """Rename the paths of violations, for users who know the values by other names."""
    try:
        yield
    except ConstraintError as error:
        raise ConstraintError(
            Violation(rename(each.path), each.rule, each.problem, each.advice)
            for each in error.violations
        ) from error


def _read_file(file: str, name: str | None) -> dict[str, Any]:
    """Read the plan of a name from a file with one plan, or with plans by name."""
    text = cast("bytes", read_value(f"fileb://{file}", path="--plan-file"))
    data = _parse_json(text) if file.endswith(".json") else _parse_toml(text)
    if not isinstance(data, Mapping):
        expected = "a plan, or plans by name"
        raise ConstraintError([type_violation("--plan-file", data, expected)])
    members = cast("Mapping[str, Any]", data)
    if not _has_several(members):
        of_file = members.get("name", name)
        if name not in (None, of_file):
            problem = f"is {name!r:.80}, but the plan in {file} is {of_file!r:.80}"
            raise ConstraintError([Violation("--plan", "required", problem)])
        return {**members} if of_file is None else {**members, "name": of_file}
    if name not in members:
        problem = f"is {name!r:.80}, which is not in {file}"
        problem = "is missing" if name is None else problem
        advice = f"use one of {', '.join(members)}"
        raise ConstraintError([Violation("--plan", "required", problem, advice)])
    return {"name": name, **members[cast("str", name)]}


def _has_several(members: Mapping[str, object]) -> bool:
    """Whether these are plans by name, and not the members of one plan."""
    of_a_plan = {each.name for each in fields(BackupPlan)}
    are_tables = all(isinstance(value, Mapping) for value in members.values())
    return are_tables and not members.keys() <= of_a_plan


def _parse_json(text: bytes) -> object:
    return parse_json(text, path="--plan-file")


def _parse_toml(text: bytes) -> object:
    import tomllib

    try:
        return tomllib.loads(text.decode())
    except (RecursionError, ValueError) as error:
        problem = f"is not valid TOML: {error}"
        raise ConstraintError([Violation("--plan-file", "syntax", problem)]) from error
