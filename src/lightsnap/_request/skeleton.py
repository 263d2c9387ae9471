"""Blank requests to fill in, and sample responses, from botocore's model.

They match the output of the AWS CLI's ``--generate-cli-skeleton``.
"""

from __future__ import annotations

import json
import re
from io import StringIO
from typing import Any

from lightsnap._text import requiring

# Models are Any, since botocore's stubs lack the members of members, and what may be
# None.


def input_skeleton(operation: Any) -> str:
    """Return a blank request in JSON."""
    return json.dumps(_sample(operation.input_shape), indent=4, default=str)


def output_skeleton(operation: Any) -> dict[str, Any]:
    """Return a sample response, with the names of members as texts."""
    sample: dict[str, Any] = _sample(operation.output_shape, use_member_names=True)
    return sample


def yaml_input_skeleton(operation: Any) -> str:
    """Return a blank request in YAML, with comments from the model.

    Raises:
        ConfigurationError: ruamel.yaml is not installed.
    """
    with requiring("--generate-cli-skeleton: YAML", "ruamel.yaml"):
        from ruamel.yaml import YAML
    shape = operation.input_shape
    written = StringIO()
    yaml: Any = YAML()
    yaml.width = 10**9
    yaml.dump(_commented(_sample(shape), shape), written)
    return written.getvalue().removesuffix("\n")


def _sample(shape: Any, *, use_member_names: bool = False) -> Any:
    from botocore.utils import ArgumentGenerator

    return ArgumentGenerator(use_member_names).generate_skeleton(shape)


def _commented(value: Any, shape: Any) -> Any:
    """Return a value with a comment at each member of its structures."""
    from ruamel.yaml.comments import CommentedMap

    match shape.type_name:
        case "structure":
            commented: Any = CommentedMap()
            for name, member in shape.members.items():
                commented[name] = _commented(value[name], member)
                required = "[REQUIRED] " * (name in shape.required_members)
                choices = ", ".join(getattr(member, "enum", ()))
                values = f" Valid values are: {choices}." * bool(choices)
                comment = f"{required}{first_sentence(member)}{values}"
                commented.yaml_add_eol_comment(f"# {comment}", name)
            return commented
        case "list":
            return [_commented(value[0], shape.member)]
        case "map":
            return {key: _commented(each, shape.value) for key, each in value.items()}
        case _:
            return value


def first_sentence(model: Any) -> str:
    """Return the first sentence of a shape's documentation, without markup."""
    text = " ".join(re.sub(r"<[^>]*>", "", model.documentation).split())
    return re.split(r"(?<=[.!?]) ", text, maxsplit=1)[0]
