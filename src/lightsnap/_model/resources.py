"""Values: what belongs to every resource.

Like all models they are plain: frozen, hashable, picklable, comparable, with no
reference to a client. They are not validated when they are built;
``_request/rules.py`` validates what is sent.

Source of every field: the data type of the same name in the Lightsail API reference.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self, cast

from attrs import frozen

from lightsnap._model import shorthand
from lightsnap._model.convert import WireModel
from lightsnap._text import type_violation
from lightsnap.errors import ConstraintError, Violation


@frozen
class Tag(WireModel):
    """A tag of a resource.

    Attributes:
        key: 1 to 128 characters, case-sensitive, unique in its resource.
        value: 0 to 256 characters. None makes a key-only tag, which the service tells
            apart from the empty value ``""``.
    """

    key: str
    value: str | None = None

    @classmethod
    def from_shorthand(cls, text: str) -> Self:
        """Read a tag as the AWS CLI takes it: ``key=env,value=prod``.

        ``key=env`` makes a key-only tag, ``key=env,value=`` an empty value. A value in
        quotes may hold anything: ``key=team,value='a, b'``. No files are read.

        Only the form is read here; ``check_tags`` looks at characters and lengths.

        Raises:
            ConstraintError: The syntax is wrong, there is no key, there are members
                other than key and value, or one of these two is not text.

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
    """Return the violation that a member of a tag is, other than key and value."""
    return Violation(path, "type", "is no member of a tag", "use key and value")


def tags_in_words(tags: Iterable[Tag]) -> str:
    """Write tags for people: ``env = prod``; a key without a value stands alone."""
    return ", ".join(
        tag.key if tag.value is None else f"{tag.key} = {tag.value}" for tag in tags
    )


@frozen(kw_only=True)
class ResourceLocation(WireModel):
    """Where a resource lies.

    Attributes:
        availability_zone: Like ``us-west-2a``, or ``all``, as for every snapshot.
        region_name: Like ``us-west-2``.
    """

    availability_zone: str
    region_name: str

    def __str__(self) -> str:
        return f"{self.region_name}, zone {self.availability_zone}"
