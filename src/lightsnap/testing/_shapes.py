"""Lightsail's API model, from botocore, and how a request differs from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from typing import cast

from botocore import xform_name
from botocore.loaders import create_loader
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
    """Return the API model of the installed botocore."""
    # Not from a session, which would need a profile that exists.
    return ServiceModel(
        create_loader().load_service_model("lightsail", "service-2"), "lightsail"
    )


def is_supported(operation: str) -> bool:
    """Return whether the emulator supports an API operation."""
    return xform_name(operation) in vars(LightsailResponse)


def unknown_operation(operation: str) -> str | None:
    """Return why Lightsail has no such API operation; None if it has."""
    names = service_model().operation_names
    if operation in names:
        return None
    near = get_close_matches(str(operation), names, 1)
    hint = f": did you mean {near[0]}?" if near else ""
    return f"Lightsail has no operation {operation}{hint}"


def mismatches(value: object, shape: Shape, path: str = "") -> Iterator[str]:
    """Yield how a JSON value differs from a shape. Unknown members are allowed."""
    if isinstance(shape, StructureShape):
        yield from _structure_mismatches(value, shape, path)
    elif isinstance(shape, ListShape):
        if not isinstance(value, list):
            yield f"{path} must be a list"
            return
        for index, item in enumerate(cast("list[object]", value)):
            yield from mismatches(item, shape.member, f"{path}[{index}]")
    elif isinstance(shape, MapShape):
        if not isinstance(value, dict):
            yield f"{path} must be a JSON object"
            return
        for key, item in cast("dict[str, object]", value).items():
            yield from mismatches(item, shape.value, f"{path}.{key}")
    else:
        types = _PLAIN_TYPES.get(shape.type_name, (object,))
        is_stray_boolean = isinstance(value, bool) and shape.type_name != "boolean"
        if not isinstance(value, types) or is_stray_boolean:
            yield f"{path} must be of type {shape.type_name}"


def _structure_mismatches(
    value: object, shape: StructureShape, path: str
) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path or 'the body'} must be a JSON object"
        return
    members = cast("dict[str, object]", value)
    for member, inner in shape.members.items():
        within = f"{path}.{member}" if path else member
        if members.get(member) is not None:
            yield from mismatches(members[member], inner, within)
        elif member in shape.required_members:
            yield f"{within} is missing"
