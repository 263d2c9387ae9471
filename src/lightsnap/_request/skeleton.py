"""Blank requests to fill in, and a sample response.

They match the output of the AWS CLI's ``--generate-cli-skeleton``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from lightsnap._model.convert import write_json
from lightsnap._model.enums import OperationStatus, OperationType, ResourceType
from lightsnap._model.operations import Operation, Operations
from lightsnap._model.resources import ResourceLocation


def _time() -> datetime:
    """Return a new object each time: in YAML, one object twice would be an alias."""
    return datetime(1970, 1, 1)  # noqa: DTZ001 (the AWS CLI's sample has no zone)


SAMPLE_RESPONSE = Operations(
    [
        Operation(
            id="id",
            resource_name="resourceName",
            resource_type=ResourceType("resourceType"),
            created_at=_time(),
            location=ResourceLocation(
                availability_zone="availabilityZone", region_name="regionName"
            ),
            is_terminal=True,
            operation_details="operationDetails",
            operation_type=OperationType("operationType"),
            status=OperationStatus("status"),
            status_changed_at=_time(),
            error_code="errorCode",
            error_details="errorDetails",
        )
    ]
)


def output_skeleton() -> str:
    """Return a sample response of CreateInstanceSnapshot, in JSON."""
    return write_json(SAMPLE_RESPONSE.to_dict(), indent=4)


def yaml_input_skeleton() -> str:
    """Return a blank request in YAML, with comments from botocore's model."""
    from botocore.session import Session

    model = Session().get_service_model("lightsail")
    shape = model.operation_model("CreateInstanceSnapshot").input_shape
    return "\n".join(_blank_structure(shape))


def _blank_structure(shape: Any) -> Iterator[str]:
    # Any, since botocore's stubs lack the members of members, and what may be None.
    for index, (name, member) in enumerate(shape.members.items()):
        required = "[REQUIRED] " if name in shape.required_members else ""
        comment = f"# {required}{_first_sentence(member)}"
        if member.type_name == "list":
            yield f"{name}: {comment}"
            first, *others = _blank_structure(member.member)
            yield f"- {first}"
            yield from (f"  {line}" for line in others)
        else:
            space = " " if index else "  "  # as the AWS CLI does
            yield f"{name}: ''{space}{comment}"


def _first_sentence(shape: Any) -> str:
    """Return the first sentence of a shape's documentation, without markup."""
    text = " ".join(re.sub(r"<[^>]*>", "", shape.documentation).split())
    return re.split(r"(?<=[.!?]) ", text, maxsplit=1)[0]
