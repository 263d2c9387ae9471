"""Lightsail's API as botocore's model has it, and what does not fit into it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import cast

import botocore.session
from botocore import xform_name
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StructureShape

from .lightsail.responses import LightsailResponse

_PLAIN_TYPES: Mapping[str, tuple[type, ...]] = {
    "boolean": (bool,),
    "double": (int, float),
    "float": (int, float),
    "integer": (int,),
    "long": (int,),
    "string": (str,),
}


@cache
def service_model() -> ServiceModel:
    """The API's model, from the installed botocore."""
    return botocore.session.Session().get_service_model("lightsail")


def is_supported(operation: str) -> bool:
    """Whether the embedded Lightsail does what that operation asks for."""
    return xform_name(operation) in vars(LightsailResponse)


def misfits(value: object, shape: Shape, path: str = "") -> Iterator[str]:
    """What of a value from JSON does not fit into a shape. Unknown members do."""
    if isinstance(shape, StructureShape):
        yield from _structure_misfits(value, shape, path)
    elif isinstance(shape, ListShape):
        if not isinstance(value, list):
            yield f"{path} must be a list"
            return
        for index, item in enumerate(cast("list[object]", value)):
            yield from misfits(item, shape.member, f"{path}[{index}]")
    elif isinstance(shape, MapShape):
        if not isinstance(value, dict):
            yield f"{path} must be a JSON object"
            return
        for key, item in cast("dict[str, object]", value).items():
            yield from misfits(item, shape.value, f"{path}.{key}")
    else:
        types = _PLAIN_TYPES.get(shape.type_name, (object,))
        is_stray_boolean = isinstance(value, bool) and shape.type_name != "boolean"
        if not isinstance(value, types) or is_stray_boolean:
            yield f"{path} must be of the type {shape.type_name}"


def _structure_misfits(
    value: object, shape: StructureShape, path: str
) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path or 'the body'} must be a JSON object"
        return
    members = cast("dict[str, object]", value)
    for member, inner in shape.members.items():
        within = f"{path}.{member}" if path else member
        if members.get(member) is not None:
            yield from misfits(members[member], inner, within)
        elif member in shape.required_members:
            yield f"{within} is missing"
