"""Our enums hold all that botocore's own model of Lightsail does."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest

import lightsnap
from lightsnap._model.enums import OpenStrEnum

NAMES = sorted(
    name
    for name in lightsnap.__all__
    if isinstance(each := getattr(lightsnap, name), type)
    and issubclass(each, OpenStrEnum)
)


@pytest.mark.parametrize("name", NAMES)
def test_no_value_that_botocore_knows_is_missing(name: str) -> None:
    model: Any = botocore.session.Session().get_service_model("lightsail")
    published = model.shape_for(name).enum

    new = sorted(set(published) - set(getattr(lightsnap, name)))

    assert published
    assert new == [], f"botocore's {name} has values that ours has not: {new}"


def test_every_enum_is_held_against_botocore() -> None:
    assert NAMES == [
        "AutoMountStatus",
        "DiskState",
        "InstanceSnapshotState",
        "OperationStatus",
        "OperationType",
        "ResourceType",
    ]
