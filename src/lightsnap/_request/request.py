"""Requests as values: built, checked, stored and sent apart from any client."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self, cast

from attrs import field, frozen

from lightsnap._model import html
from lightsnap._model.resources import Tag, tags_in_words, unknown_member
from lightsnap._request.rules import (
    LONGEST_NAME,
    Tags,
    as_tuple,
    name_violations,
    permitted_in_name,
    tags_violations,
)
from lightsnap._text import type_violation
from lightsnap.errors import ConstraintError, Violation

if TYPE_CHECKING:
    from lightsnap._request.skeleton import Kind

_MEMBERS = "use instanceName, instanceSnapshotName and tags"


def _tuple_or_none(tags: Tags | None) -> tuple[Tag, ...] | None:
    return None if tags is None else as_tuple(tags)


def _read_tag(index: int, data: object, violations: list[Violation]) -> Any:
    """Read a tag in AWS's form. What is none stays as it is, to be a violation."""
    if not isinstance(data, Mapping):
        return data
    members: dict[str, Any] = dict(cast("Mapping[str, Any]", data))
    tag = Tag(members.pop("key", None), members.pop("value", None))
    violations += [unknown_member(f"tags[{index}].{name}") for name in members]
    return tag


def _written(tags: Any) -> Any:
    """Write tags in AWS's form. What is none stays as it is."""
    if isinstance(tags, Tag):
        return tags.to_dict()
    if isinstance(tags, tuple):
        return [_written(tag) for tag in cast("tuple[object, ...]", tags)]
    return tags


def _shown(tags: Any) -> Any:
    """Write tags for people. What is none stays as it is."""
    if not isinstance(tags, tuple):
        return tags
    parts = cast("tuple[object, ...]", tags)
    return ", ".join(
        tags_in_words([each]) if isinstance(each, Tag) else repr(each) for each in parts
    )


@frozen(kw_only=True)
class CreateInstanceSnapshotRequest:
    """What ``Client.send`` sends: a snapshot to make of an instance.

    Building one checks nothing; ``violations`` and ``check`` do.

    Attributes:
        instance_name: The instance to make the snapshot of.
        instance_snapshot_name: The name of the new snapshot.
        tags: Any iterable of Tag, or a mapping of key to value (None for a key-only
            tag), kept as a tuple. None is not sent; an empty one is sent as ``[]``.

    Source: CreateInstanceSnapshot in the Lightsail API reference.

    >>> request = CreateInstanceSnapshotRequest(
    ...     instance_name="WordPress-1",
    ...     instance_snapshot_name="WordPress-Snapshot-1",
    ...     tags={"env": "prod", "keep": None},
    ... )
    >>> request.check().tags
    (Tag(key='env', value='prod'), Tag(key='keep', value=None))
    """

    instance_name: str
    instance_snapshot_name: str
    tags: tuple[Tag, ...] | None = field(default=None, converter=_tuple_or_none)

    def _repr_html_(self) -> str:
        refused = [("Refused", each.message) for each in self.violations]
        verdict = "refused" if refused else "may be sent"
        return html.heading("CreateInstanceSnapshot", verdict) + html.fields(
            ("Instance", self.instance_name),
            ("Snapshot", self.instance_snapshot_name),
            ("Tags", _shown(self.tags)),
            *refused,
        )

    @property
    def violations(self) -> tuple[Violation, ...]:
        """All that the service is known to refuse in it; empty when that is nothing."""
        violations = [
            *name_violations("instance_name", self.instance_name),
            *name_violations("instance_snapshot_name", self.instance_snapshot_name),
        ]
        if not violations and self.instance_name == self.instance_snapshot_name:
            problem = (
                "is the name of the instance, and names are unique in a Region across "
                "all types of resource"
            )
            violations.append(
                Violation(
                    "instance_snapshot_name", "duplicate", problem, "choose another"
                )
            )
        if self.tags is not None:
            violations += tags_violations(self.tags)
        return tuple(violations)

    def check(self) -> Self:
        """Return this, unless the service is known to refuse it.

        Raises:
            ConstraintError: With all of ``violations``.
        """
        if violations := self.violations:
            raise ConstraintError(violations)
        return self

    def to_dict(self) -> dict[str, object]:
        """Write the keywords of boto3's ``create_instance_snapshot``.

        What ``check`` would refuse is written as it is.
        """
        written: dict[str, object] = {
            "instanceSnapshotName": self.instance_snapshot_name,
            "instanceName": self.instance_name,
        }
        if self.tags is not None:
            written["tags"] = _written(self.tags)
        return written

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> Self:
        """Read the keywords of boto3's ``create_instance_snapshot``.

        Only the form is read here; ``check`` looks at what stands in it.

        Raises:
            ConstraintError: This is no mapping, it or one of its tags has an unknown
                member, or ``tags`` is not a list.
        """
        if not isinstance(cast("object", data), Mapping):
            raise ConstraintError([type_violation("request", data, "a mapping")])
        members: dict[str, Any] = dict(data)
        instance_name = members.pop("instanceName", None)
        instance_snapshot_name = members.pop("instanceSnapshotName", None)
        tags: object = members.pop("tags", None)
        read_tags: Any = None
        violations = [
            Violation(f"{name}", "type", "is no member of a request", _MEMBERS)
            for name in members
        ]
        if isinstance(tags, list):
            read_tags = [
                _read_tag(index, tag, violations)
                for index, tag in enumerate(cast("list[object]", tags))
            ]
        elif tags is not None:
            violations.append(type_violation("tags", tags, "a list"))
        if violations:
            raise ConstraintError(violations)
        return cls(
            instance_name=instance_name,
            instance_snapshot_name=instance_snapshot_name,
            tags=read_tags,
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read what ``skeleton("input")`` wrote and somebody filled in.

        Raises:
            ConstraintError: It is no JSON, or ``from_dict`` refuses what it says.

        >>> text = '{"instanceName": "WordPress-1", "instanceSnapshotName": "S-1"}'
        >>> CreateInstanceSnapshotRequest.from_json(text).check().instance_name
        'WordPress-1'
        """
        from lightsnap._request.documents import parse_json

        return cls.from_dict(cast("Any", parse_json(text, path="request")))

    @classmethod
    def from_yaml(cls, text: str | bytes) -> Self:
        """Read what ``skeleton("yaml-input")`` wrote and somebody filled in.

        It takes the extra ``cli``. The text is YAML 1.2, so ``on`` and ``no`` are text.

        Raises:
            ConstraintError: It is no YAML, or ``from_dict`` refuses what it says.
            ConfigurationError: ruamel.yaml is not installed.
        """
        from lightsnap._request.documents import parse_yaml

        return cls.from_dict(cast("Any", parse_yaml(text, path="request")))

    @classmethod
    def skeleton(cls, kind: Kind = "input") -> str:
        """Write a blank request to fill in, or a sample of the answer.

        Args:
            kind: ``input`` is JSON for ``from_json``; ``yaml-input`` is YAML for
                ``from_yaml``, with comments from botocore's model of the API;
                ``output`` is an answer of the service in JSON, with names for values.

        Raises:
            ConstraintError: There is no such kind.

        Source: ``--generate-cli-skeleton`` of the AWS CLI.
        """
        if kind == "input":
            import json

            tags = [Tag("", "")]
            blank = cls(instance_name="", instance_snapshot_name="", tags=tags)
            return json.dumps(blank.to_dict(), indent=4)
        if kind == "yaml-input":
            from lightsnap._request.skeleton import yaml_input_skeleton

            return yaml_input_skeleton()
        if kind == "output":
            from lightsnap._request.skeleton import output_skeleton

            return output_skeleton()
        advice = "give input, yaml-input or output"
        raise ConstraintError([Violation("kind", "type", f"is {kind!r:.80}", advice)])


def request_violations(request: object) -> Iterable[Violation]:
    """Check a request, or what was given for one."""
    if isinstance(request, CreateInstanceSnapshotRequest):
        return request.violations
    return (type_violation("request", request, "a CreateInstanceSnapshotRequest"),)


def snapshot_name(instance_name: str, *, at: datetime | None = None) -> str:
    """Make a name for a new snapshot: that of the instance and the time in UTC.

    It is valid, unique by its microseconds, and never longer than 255 characters: what
    the service would not take of the instance's name is left out.

    Args:
        instance_name: The instance to make the snapshot of.
        at: The time to name, aware of its zone; now by default.

    Raises:
        ConstraintError: ``instance_name`` is not text.
        ValueError: ``at`` is not aware of its zone.

    >>> snapshot_name("WordPress-1", at=datetime(2026, 11, 24, 22, 5, tzinfo=UTC))
    'WordPress-1-20261124T220500-000000Z'
    """
    violations = name_violations("instance_name", instance_name)
    if wrong := [each for each in violations if each.rule in ("required", "type")]:
        raise ConstraintError(wrong)
    if at is None:
        at = datetime.now(UTC)
    elif at.tzinfo is None:
        message = f"at must be aware of its zone: {at!r}"
        raise ValueError(message)
    time = at.astimezone(UTC).strftime("%Y%m%dT%H%M%S-%fZ")
    stem = permitted_in_name(instance_name)[: LONGEST_NAME - len(time) - 1]
    return f"{stem}-{time}" if stem else time
