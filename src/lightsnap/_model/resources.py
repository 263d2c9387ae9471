"""Values: the parts that every resource has.

All models are plain values: frozen, hashable, picklable, comparable, and without a
reference to a client. They are not validated when they are built;
``_request/rules.py`` validates requests.

Source of every field: the data type of the same name in the Lightsail API reference.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self, cast

from attrs import frozen

from lightsnap._escape import printable
from lightsnap._model import shorthand
from lightsnap._model.convert import WireModel
from lightsnap.errors import ConstraintError, Violation, type_violation


@frozen
class Tag(WireModel):
    """A tag of a resource."""

    key: str
    """1 to 128 characters, case-sensitive, unique in the resource."""
    value: str | None = None
    """0 to 256 characters. None is a key-only tag, unlike the empty value ``""``."""

    @classmethod
    def from_shorthand(cls, text: str) -> Self:
        """Parse the AWS CLI's shorthand syntax: ``key=env,value=prod``.

        ``key=env`` is a key-only tag, ``key=env,value=`` has an empty value. A quoted
        value may contain anything: ``key=team,value='a, b'``. Files are not read.

        Characters and lengths are not checked; ``check_tags`` does that.

        Raises:
            ConstraintError: The syntax is wrong, the key is missing, there is a member
                other than key and value, or one of the two is not text.

        >>> Tag.from_shorthand("key=env,value=prod")
        Tag(key='env', value='prod')
        >>> Tag.from_shorthand("key=keep")
        Tag(key='keep', value=None)
        """
        if not isinstance(cast("object", text), str):
            expected = "text, like key=env,value=prod"
            raise ConstraintError([type_violation("tag", text, expected)])
        members = shorthand.parse(text)
        violations: list[Violation] = []
        read: dict[str, str] = {}
        for name, value in members.items():
            path = f"tag.{name:.80}"
            if name not in ("key", "value"):
                violations.append(unknown_member(path))
            elif isinstance(value, str):
                read[name] = value
            else:
                expected = "text, in quotes if it holds a comma or brackets"
                violations.append(type_violation(path, value, expected))
        if "key" not in members:
            violations.append(
                Violation("tag.key", "required", "is missing", "a tag needs a key")
            )
        if violations:
            raise ConstraintError(violations)
        return cls(**read)


def unknown_member(path: str) -> Violation:
    """Return the violation for a member of a tag other than key and value."""
    return Violation(path, "type", "is not a member of a tag", "use key and value")


def join_tags(tags: Iterable[Tag]) -> str:
    """Format tags for people: ``env = prod, keep``."""
    return ", ".join(
        tag.key if tag.value is None else f"{tag.key} = {tag.value}" for tag in tags
    )


@frozen(kw_only=True)
class ResourceLocation(WireModel):
    """The Region and zone of a resource."""

    availability_zone: str
    """The Availability Zone, such as ``us-west-2a``, or ``all`` for a snapshot."""
    region_name: str
    """The Region, such as ``us-west-2``."""

    def __str__(self) -> str:
        return printable(f"{self.region_name}, zone {self.availability_zone}")
