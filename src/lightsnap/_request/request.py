"""Requests as values, which can be built, checked and stored without a client."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal, Self, TypeAlias, cast, get_args

from attrs import field, frozen

from lightsnap._model import html
from lightsnap._model.convert import write_json
from lightsnap._model.resources import Tag, join_tags, unknown_member
from lightsnap._request.rules import (
    MAX_NAME_LENGTH,
    Tags,
    as_tuple,
    name_violations,
    strip_invalid_characters,
    tags_violations,
)
from lightsnap.errors import ConstraintError, Violation, type_violation

Kind: TypeAlias = Literal["input", "yaml-input", "output"]
"""A request in JSON, a request in YAML with comments, or a response in JSON."""

_MEMBERS = "use instanceName, instanceSnapshotName and tags"


def _tuple_or_none(tags: Tags | None) -> tuple[Tag, ...] | None:
    return None if tags is None else as_tuple(tags)


def _read_tag(index: int, data: object, violations: list[Violation]) -> Any:
    """Read a tag from AWS's form. Anything else is returned as is, for the check."""
    if not isinstance(data, Mapping):
        return data
    members: dict[str, Any] = dict(cast("Mapping[str, Any]", data))
    tag = Tag(members.pop("key", None), members.pop("value", None))
    violations += [unknown_member(f"tags[{index}].{name}") for name in members]
    return tag


def tags_to_wire(tags: Any) -> Any:
    """Convert tags to AWS's form. Anything else is returned as is."""
    if isinstance(tags, Tag):
        return tags.to_dict()
    if isinstance(tags, tuple):
        return [tags_to_wire(tag) for tag in cast("tuple[object, ...]", tags)]
    return tags


def _tags_for_display(tags: Any) -> Any:
    """Format tags for people. Anything else is returned as is."""
    if not isinstance(tags, tuple):
        return tags
    parts = cast("tuple[object, ...]", tags)
    return ", ".join(
        join_tags([each]) if isinstance(each, Tag) else repr(each) for each in parts
    )


@frozen(kw_only=True)
class CreateInstanceSnapshotRequest:
    """A request to create a snapshot of an instance, for ``Client.send``.

    Building a request does not validate it; ``violations`` and ``check`` do.

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
    """The instance to create a snapshot of."""
    instance_snapshot_name: str
    """The name of the new snapshot."""
    tags: tuple[Tag, ...] | None = field(default=None, converter=_tuple_or_none)
    """The tags, given as an iterable of Tag, or as a mapping of key to value (None for
    a key-only tag). None is not sent; an empty tuple is sent as ``[]``."""

    def _repr_html_(self) -> str:
        violations = [("Violation", each.message) for each in self.violations]
        verdict = "invalid" if violations else "valid"
        return html.heading("CreateInstanceSnapshot", verdict) + html.fields(
            ("Instance", self.instance_name),
            ("Snapshot", self.instance_snapshot_name),
            ("Tags", _tags_for_display(self.tags)),
            *violations,
        )

    @property
    def violations(self) -> tuple[Violation, ...]:
        """The violations of known constraints; empty if there are none."""
        violations = [
            *name_violations("instance_name", self.instance_name),
            *name_violations("instance_snapshot_name", self.instance_snapshot_name),
        ]
        if not violations and self.instance_name == self.instance_snapshot_name:
            problem = (
                "is the name of the instance, but names are unique in a Region across "
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
        """Return this request, if it is valid.

        Raises:
            ConstraintError: The service is known to refuse it; carries ``violations``.
        """
        if violations := self.violations:
            raise ConstraintError(violations)
        return self

    def to_dict(self) -> dict[str, object]:
        """Return the keyword arguments for boto3's ``create_instance_snapshot``.

        Invalid values are included as they are.
        """
        members: dict[str, object] = {
            "instanceSnapshotName": self.instance_snapshot_name,
            "instanceName": self.instance_name,
        }
        if self.tags is not None:
            members["tags"] = tags_to_wire(self.tags)
        return members

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> Self:
        """Read the keyword arguments of boto3's ``create_instance_snapshot``.

        Only the structure is validated; ``check`` validates the values.

        Raises:
            ConstraintError: ``data`` is not a mapping, it or one of its tags has an
                unknown member, or ``tags`` is not a list.
        """
        if not isinstance(cast("object", data), Mapping):
            raise ConstraintError([type_violation("request", data, "a mapping")])
        members: dict[str, Any] = dict(data)
        instance_name = members.pop("instanceName", None)
        instance_snapshot_name = members.pop("instanceSnapshotName", None)
        tags: object = members.pop("tags", None)
        read_tags: Any = None
        violations = [
            Violation(f"{name}", "type", "is not a member of a request", _MEMBERS)
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

    def to_json(self) -> str:
        """Return the request as a line of JSON, which ``from_json`` reads.

        Raises:
            TypeError: An invalid value cannot be written in JSON.
        """
        return write_json(self.to_dict())

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read a request from JSON, such as a filled-in ``skeleton("input")``.

        Raises:
            ConstraintError: The text is not valid JSON, or ``from_dict`` rejects it.

        >>> text = '{"instanceName": "WordPress-1", "instanceSnapshotName": "S-1"}'
        >>> CreateInstanceSnapshotRequest.from_json(text).check().instance_name
        'WordPress-1'
        """
        from lightsnap._request.documents import parse_json

        return cls.from_dict(cast("Any", parse_json(text, path="request")))

    @classmethod
    def from_yaml(cls, text: str | bytes) -> Self:
        """Read a request from YAML, such as a filled-in ``skeleton("yaml-input")``.

        Requires the extra ``cli``. The text is YAML 1.2, so ``on`` and ``no`` are text.

        Raises:
            ConstraintError: The text is not valid YAML, or ``from_dict`` rejects it.
            ConfigurationError: ruamel.yaml is not installed.
        """
        from lightsnap._request.documents import parse_yaml

        return cls.from_dict(cast("Any", parse_yaml(text, path="request")))

    @classmethod
    def skeleton(cls, kind: Kind = "input") -> str:
        """Return a blank request to fill in, or a sample response.

        Args:
            kind: ``input`` is JSON for ``from_json``; ``yaml-input`` is YAML for
                ``from_yaml``, with comments from botocore's model of the API;
                ``output`` is a response in JSON, with member names as values.

        Raises:
            ConstraintError: There is no such kind.
            ConfigurationError: ``yaml-input`` needs the extra ``cli``.

        Source: ``--generate-cli-skeleton`` of the AWS CLI.
        """
        if kind not in get_args(Kind):
            advice = f"give {', '.join(get_args(Kind))}"
            problem = f"is {kind!r:.80}"
            raise ConstraintError([Violation("kind", "type", problem, advice)])
        from botocore.session import Session

        from lightsnap._request import skeleton

        service: Any = Session().get_service_model("lightsail")
        operation = service.operation_model("CreateInstanceSnapshot")
        if kind == "output":
            return write_json(skeleton.output_skeleton(operation), indent=4)
        if kind == "input":
            return skeleton.input_skeleton(operation)
        return skeleton.yaml_input_skeleton(operation)


def request_violations(request: object) -> Iterable[Violation]:
    """Return the violations of a request, or of a value of another type."""
    if isinstance(request, CreateInstanceSnapshotRequest):
        return request.violations
    return (type_violation("request", request, "a CreateInstanceSnapshotRequest"),)


def snapshot_name(instance_name: str, *, at: datetime | None = None) -> str:
    """Return a name for a new snapshot: the instance's name and the time in UTC.

    The name is valid, unique to the microsecond, and at most 255 characters long. Parts
    of the instance's name that the service would refuse are left out.

    Args:
        instance_name: The instance to create a snapshot of.
        at: The time, as a timezone-aware datetime; now by default.

    Raises:
        ConstraintError: ``instance_name`` is not text.
        ValueError: ``at`` is not timezone-aware.

    >>> snapshot_name("WordPress-1", at=datetime(2026, 11, 24, 22, 5, tzinfo=UTC))
    'WordPress-1-20261124T220500-000000Z'
    """
    violations = name_violations("instance_name", instance_name)
    if wrong := [each for each in violations if each.rule in ("required", "type")]:
        raise ConstraintError(wrong)
    if at is None:
        at = datetime.now(UTC)
    elif at.tzinfo is None:
        message = f"at must be timezone-aware: {at!r}"
        raise ValueError(message)
    time = at.astimezone(UTC).strftime("%Y%m%dT%H%M%S-%fZ")
    stem = strip_invalid_characters(instance_name)[: MAX_NAME_LENGTH - len(time) - 1]
    return f"{stem}-{time}" if stem else time
