"""What is to be backed up, and where: values that the user writes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any, Self, cast

from attrs import asdict, field, fields, frozen

from lightsnap._backups.marks import RESERVED_PREFIX
from lightsnap._backups.retention import Retention, format_duration, parse_duration
from lightsnap._model.convert import WireModel
from lightsnap._model.instances import Instance
from lightsnap._model.resources import Tag
from lightsnap._request.rules import Tags, as_tuple, tags_violations
from lightsnap.errors import ConstraintError, Violation, type_violation

_MARKS = 3  # at most so many tags are added
_MAX_TAGS = 50
_PLAN_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,98}[A-Za-z0-9])?")
_REGION_NAME = re.compile(r"[a-z]{2,}(-[a-z]+)+-[0-9]+")


def _tags(tags: Tags | None) -> Any:
    return as_tuple(tags or ())


def _texts(value: str | Iterable[str]) -> Any:
    """Convert a list of texts to a tuple; a single text stands for itself."""
    return (value,) if isinstance(value, str) else as_tuple(value)


def _texts_violations(path: str, value: object, expected: str) -> list[Violation]:
    if not isinstance(value, tuple):
        return [type_violation(path, value, f"a list of {expected}")]
    violations: list[Violation] = []
    for index, each in enumerate(cast("tuple[object, ...]", value)):
        if not isinstance(each, str):
            violations.append(type_violation(f"{path}[{index}]", each, "text"))
        elif not each:
            violations.append(Violation(f"{path}[{index}]", "length", "is empty"))
    return violations


def _region_violations(path: str, value: object) -> list[Violation]:
    if not isinstance(value, str):
        return [type_violation(path, value, "text")]
    if _REGION_NAME.fullmatch(value):
        return []
    problem = f"is {value!r:.80}, which is not the name of a Region"
    return [Violation(path, "characters", problem, "give one such as us-west-2")]


@frozen
class Selection:
    """Which instances to back up: those that match one of the names and all tags.

    Raises:
        ConstraintError: A value is wrong.

    >>> Selection(names=["web-*"], tags={"env": "prod"})
    Selection(names=('web-*',), tags=(Tag(key='env', value='prod'),), allow_empty=False)
    """

    names: tuple[str, ...] = field(default=(), converter=_texts)
    """Names or patterns such as ``web-*``, which match a whole name, in its case. Empty
    is every name."""
    tags: tuple[Tag, ...] = field(default=(), converter=_tags)
    """Tags, or a mapping of key to value. ``Tag("env")`` or a value of None is any
    value. An instance must have all of them."""
    allow_empty: bool = False
    """Whether it is fine if no instance matches."""

    def __attrs_post_init__(self) -> None:
        violations = [
            *_texts_violations("names", self.names, "names or patterns"),
            *tags_violations(self.tags),
        ]
        if type(self.allow_empty) is not bool:
            expected = "True or False"
            violations.append(type_violation("allow_empty", self.allow_empty, expected))
        if violations:
            raise ConstraintError(violations)

    def matches(self, instance: Instance) -> bool:
        """Whether an instance is selected."""
        tags = {tag.key: tag.value or "" for tag in instance.tags or ()}
        has_name = not self.names or any(
            fnmatchcase(instance.name, pattern) for pattern in self.names
        )
        return has_name and all(
            tag.key in tags and tag.value in (None, tags[tag.key]) for tag in self.tags
        )


@frozen
class BackupPlan:
    """What to back up, how many backups to keep, and where to copy them.

    Raises:
        ConstraintError: A value is wrong.

    >>> plan = BackupPlan("nightly", retention=Retention(keep_daily=7))
    >>> BackupPlan.from_dict(plan.to_dict()) == plan
    True
    """

    name: str
    """The name, of up to 100 ASCII letters, digits and ``. _ -``. Each backup has it as
    a tag, and in its own name."""
    select: Selection = field(default=Selection(), kw_only=True)
    """The instances; by default all of the Region."""
    retention: Retention | None = field(default=None, kw_only=True)
    """How many backups of each instance to keep; None keeps all."""
    tags: tuple[Tag, ...] = field(default=(), kw_only=True, converter=_tags)
    """Tags of each backup, or a mapping of key to value, besides lightsnap's own."""
    copy_to: tuple[str, ...] = field(default=(), kw_only=True, converter=_texts)
    """The Regions to copy each backup to."""

    def __attrs_post_init__(self) -> None:
        violations = _plan_violations(self)
        if violations:
            raise ConstraintError(violations)

    def to_dict(self) -> dict[str, object]:
        """Return the plan as a dict that JSON and TOML can hold.

        Names are those of the arguments. ``keep_within`` is text such as ``7d``, and
        tags are a mapping, or a list if one has no value. What has its default is left
        out.
        """
        plan: dict[str, object] = {"name": self.name}
        select: dict[str, object] = {}
        if self.select.names:
            select["names"] = list(self.select.names)
        if self.select.tags:
            select["tags"] = _tags_to_plain(self.select.tags)
        if self.select.allow_empty:
            select["allow_empty"] = True
        if select:
            plan["select"] = select
        if self.retention is not None:
            defaults = {each.name: each.default for each in fields(Retention)}
            retention = {
                name: value
                for name, value in asdict(self.retention).items()
                if value != defaults[name]
            }
            if self.retention.keep_within is not None:
                duration = format_duration(self.retention.keep_within)
                retention["keep_within"] = duration
            plan["retention"] = retention
        if self.tags:
            plan["tags"] = _tags_to_plain(self.tags)
        if self.copy_to:
            plan["copy_to"] = list(self.copy_to)
        return plan

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> Self:
        """Read a plan from a dict, such as a table of a TOML or JSON file.

        Raises:
            ConstraintError: A member is missing, unknown or wrong.
        """
        members = _members("plan", data, [each.name for each in fields(BackupPlan)])
        if "select" in members:
            names = [each.name for each in fields(Selection)]
            select = _members("select", members["select"], names)
            if "tags" in select:
                select["tags"] = _tags_from_plain("select.tags", select["tags"])
            members["select"] = Selection(**select)
        if members.get("retention") is not None:
            names = [each.name for each in fields(Retention)]
            retention = _members("retention", members["retention"], names)
            within = retention.get("keep_within")
            if isinstance(within, str):
                try:
                    retention["keep_within"] = parse_duration(within)
                except ValueError as error:
                    path, problem = "retention.keep_within", f"{within!r:.80} {error}"
                    violation = Violation(path, "syntax", problem)
                    raise ConstraintError([violation]) from None
            members["retention"] = Retention(**retention)
        if "tags" in members:
            members["tags"] = _tags_from_plain("tags", members["tags"])
        if "name" not in members:
            advice = "give a name"
            violation = Violation("name", "required", "is missing", advice)
            raise ConstraintError([violation])
        return cls(**members)


def _plan_violations(plan: BackupPlan) -> list[Violation]:
    violations: list[Violation] = []
    given = asdict(plan, recurse=False)
    name = given["name"]
    if not isinstance(name, str):
        violations.append(type_violation("name", name, "text"))
    elif not _PLAN_NAME.fullmatch(name):
        problem = f"is {name!r:.120}, which cannot be a part of a snapshot's name"
        advice = "use up to 100 ASCII letters, digits and . _ -, no sign at an end"
        violations.append(Violation("name", "characters", problem, advice))
    if not isinstance(given["select"], Selection):
        violations.append(type_violation("select", plan.select, "a Selection"))
    if not isinstance(given["retention"], Retention | None):
        violations.append(type_violation("retention", plan.retention, "a Retention"))
    violations += tags_violations(plan.tags)
    if isinstance(given["tags"], tuple):
        for index, tag in enumerate(plan.tags):
            key: object = getattr(tag, "key", None)
            if isinstance(key, str) and key.startswith(RESERVED_PREFIX):
                problem = f"may not begin with {RESERVED_PREFIX!r}, which marks backups"
                path = f"tags[{index}].key"
                violations.append(Violation(path, "reserved-prefix", problem))
        if _MAX_TAGS - _MARKS < len(plan.tags) <= _MAX_TAGS:
            advice = f"lightsnap adds {_MARKS}, and a resource can have {_MAX_TAGS}"
            problem = f"has {len(plan.tags)} tags"
            violations.append(Violation("tags", "count", problem, advice))
    violations += _copy_to_violations(plan.copy_to)
    return violations


def _copy_to_violations(copy_to: object) -> list[Violation]:
    if violations := _texts_violations("copy_to", copy_to, "names of Regions"):
        return violations
    regions = cast("tuple[str, ...]", copy_to)
    for index, region_name in enumerate(regions):
        path = f"copy_to[{index}]"
        violations += _region_violations(path, region_name)
        if region_name in regions[:index]:
            problem = f"repeats {region_name!r}"
            violations.append(Violation(path, "duplicate", problem))
    return violations


def _members(path: str, data: object, names: Iterable[str]) -> dict[str, Any]:
    """Return the members of a mapping, which may have only these."""
    if not isinstance(data, Mapping):
        raise ConstraintError([type_violation(path, data, "a mapping")])
    members = dict(cast("Mapping[str, Any]", data))
    advice = f"the members are {', '.join(names)}"
    violations = [
        Violation(f"{path}.{name}", "type", "is not a member", advice)
        for name in members
        if name not in names
    ]
    if violations:
        raise ConstraintError(violations)
    return members


def _tags_to_plain(tags: tuple[Tag, ...]) -> object:
    if all(tag.value is not None for tag in tags):
        return {tag.key: tag.value for tag in tags}
    return [tag.to_dict() for tag in tags]


def _tags_from_plain(path: str, tags: object) -> Any:
    if not isinstance(tags, list):
        return tags  # a mapping, or what the check of the tags rejects
    names = ["key", "value"]
    read = [
        _members(f"{path}[{index}]", each, names)
        for index, each in enumerate(cast("list[object]", tags))
    ]
    return tuple(Tag(each.get("key", ""), each.get("value")) for each in read)


@frozen
class Site(WireModel):
    """A place with instances: a Region of an account. It holds no credentials.

    Raises:
        ConstraintError: A value is wrong.
    """

    region_name: str
    """The Region, such as ``us-west-2``."""
    profile_name: str | None = field(default=None, kw_only=True)
    """The profile of the AWS config files, which chooses the account."""
    endpoint_url: str | None = field(default=None, kw_only=True)
    """An endpoint other than AWS's."""

    def __attrs_post_init__(self) -> None:
        violations = _region_violations("region_name", self.region_name)
        for name in ("profile_name", "endpoint_url"):
            value: object = getattr(self, name)
            if not isinstance(value, str | None):
                violations.append(type_violation(name, value, "text"))
        if violations:
            raise ConstraintError(violations)

    def __str__(self) -> str:
        of_profile = f", profile {self.profile_name}" if self.profile_name else ""
        return f"{self.region_name}{of_profile}"
