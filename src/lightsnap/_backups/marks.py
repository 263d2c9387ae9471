"""What marks a snapshot as a backup of a plan: its tags, and its name.

Tags decide whether a snapshot belongs to a plan, and the ARN of the instance decides
which backups belong together. A name decides only whether a run has been here before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from itertools import chain, count

from lightsnap._model.instances import InstanceSnapshot
from lightsnap._model.resources import Tag
from lightsnap._request.rules import MAX_NAME_LENGTH, tags_violations
from lightsnap.errors import Violation, type_violation

RESERVED_PREFIX = "lightsnap:"
PLAN = "lightsnap:plan"
RUN = "lightsnap:run"
SOURCE = "lightsnap:source"
HOLDS = ("lightsnap:hold", "no_delete")
"""A snapshot with one of these tag keys is never deleted."""

_HASH_LENGTH = 8


def marks(plan_name: str, run: str, source: str | None = None) -> tuple[Tag, ...]:
    """Return the tags of a backup, or, with the ARN of the instance, of a copy."""
    tags = (Tag(PLAN, plan_name), Tag(RUN, run))
    return tags if source is None else (*tags, Tag(SOURCE, source))


def tag_value(snapshot: InstanceSnapshot, key: str) -> str | None:
    """Return the value of a tag, or None if the snapshot does not have it."""
    return next((tag.value for tag in snapshot.tags or () if tag.key == key), None)


def is_of_plan(snapshot: InstanceSnapshot, plan_name: str) -> bool:
    """Whether a snapshot carries the mark of a plan."""
    return tag_value(snapshot, PLAN) == plan_name


def source_of(snapshot: InstanceSnapshot) -> str | None:
    """Return the ARN of the instance that a backup or its copy was created from."""
    return tag_value(snapshot, SOURCE) or snapshot.from_instance_arn


def hold_of(snapshot: InstanceSnapshot) -> str | None:
    """Return the key of the tag that holds a snapshot, if any."""
    keys = {tag.key for tag in snapshot.tags or ()}
    return next((key for key in HOLDS if key in keys), None)


def default_run(now: datetime | None = None) -> str:
    """Return the name of a run that begins now: the time in UTC."""
    return (now or datetime.now(UTC)).astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def run_violations(run: object) -> list[Violation]:
    """Return the violations in the name of a run, which is the value of a tag."""
    if not isinstance(run, str):
        return [type_violation("run", run, "text such as 2026-11-30")]
    if not run.strip():
        return [Violation("run", "length", "is blank", "give a name")]
    return [
        Violation("run", each.rule, each.problem, each.advice)
        for each in tags_violations((Tag(RUN, run),))
    ]


def backup_names(instance_name: str, plan_name: str, run: str) -> Iterator[str]:
    """Return ``INSTANCE-PLAN-RUN``, then the names after backups in error: ``…-2``.

    What a name may not contain becomes ``-``, and a hash of the run is added.
    """
    valid = re.sub(r"[^A-Za-z0-9._-]", "-", run).strip(".-")
    if valid != run:
        valid = "-".join(filter(None, (valid, _hash(run))))
    return _numbered(f"{instance_name}-{plan_name}-{valid}", "")


def copy_names(name: str, region_name: str) -> Iterator[str]:
    """Return the name of a copy, which says where it comes from, then ``…-2``.

    Instances of several Regions may share a name, and their copies a Region.
    """
    return _numbered(name, f"-from-{region_name}")


def _numbered(stem: str, suffix: str) -> Iterator[str]:
    suffixes = chain([suffix], map(f"{suffix}-{{}}".format, count(2)))
    return map(partial(_shortened, stem), suffixes)


def _shortened(stem: str, suffix: str) -> str:
    if len(stem) + len(suffix) > MAX_NAME_LENGTH:
        suffix = f"-{_hash(stem)}{suffix}"
        stem = stem[: MAX_NAME_LENGTH - len(suffix)]
    return stem + suffix


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:_HASH_LENGTH]
