"""The commands of ``aws lightsail``, from botocore's model of the API."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, cached_property
from typing import Any

from lightsnap._request.skeleton import first_sentence
from lightsnap.cli.options import PAGE_OPTIONS, REQUEST_OPTIONS, Options

# The AWS CLI knows this option by a second name.
_ALIASES = {"--public-key-base64": ["--public-key-base-64"]}


class ApiCommand:
    """A command of the AWS CLI, which makes one call, or one for each page.

    Args:
        name: Its name, such as ``get-instances``.
        operation: botocore's model of the API operation.
        pagination: How its lists are paginated; None if they are not.
    """

    def __init__(
        self, name: str, operation: Any, pagination: Mapping[str, str] | None
    ) -> None:
        self.name = name
        self.operation = operation
        self.pagination = pagination

    @property
    def title(self) -> str:
        """The name of the API operation, such as ``GetInstances``."""
        return str(self.operation.name)

    @property
    def description(self) -> str:
        """A sentence on what the command does."""
        return first_sentence(self.operation)

    @property
    def members(self) -> Mapping[str, Any]:
        """The shape of each member of a request."""
        return self.operation.input_shape.members  # type: ignore[no-any-return]

    @property
    def starts_operations(self) -> bool:
        """Whether the response has operations, which can be waited for."""
        is_read = self.title.startswith("Get")
        members = self.operation.output_shape.members
        return not is_read and not members.keys().isdisjoint(OPERATION_MEMBERS)

    @cached_property
    def options(self) -> Options:
        """The options for the members, and those that all commands have."""
        of_members: dict[str, Mapping[str, Any]] = {}
        required = self.operation.input_shape.required_members
        for name, shape in self.members.items():
            option = option_of(name)
            text = "required; " * (name in required) + first_sentence(shape)
            settings: dict[str, Any] = {"dest": name, "help": text.replace("%", "%%")}
            if shape.type_name == "boolean":
                of_members[option] = {**settings, "action": "store_true"}
                off = {**settings, "action": "store_false", "help": f"not {option}"}
                of_members[f"--no-{option.removeprefix('--')}"] = off
                continue
            settings["metavar"] = shape.type_name.upper()
            if shape.type_name == "list":
                settings["nargs"] = "*"
            for each in (option, *_ALIASES.get(option, ())):
                of_members[each] = settings
        if self.pagination:
            of_members |= PAGE_OPTIONS
        return {**of_members, **REQUEST_OPTIONS}


OPERATION_MEMBERS = ("operations", "operation")
"""The members of a response that hold what the call started."""


def option_of(member: str) -> str:
    """Return the option for a member of a request."""
    from botocore import xform_name

    return f"--{xform_name(member, '-')}"


@cache
def _service() -> tuple[Any, Any]:
    from botocore.session import Session

    from lightsnap._aws.loading import share_loader

    session = Session()
    share_loader(session)
    loader = session.get_component("data_loader")
    pages = loader.load_service_model("lightsail", "paginators-1")["pagination"]
    return session.get_service_model("lightsail"), pages


@cache
def api_operations() -> Mapping[str, str]:
    """Return the name of the API operation of each command."""
    from botocore import xform_name

    service, _ = _service()
    return {xform_name(name, "-"): name for name in service.operation_names}


@cache
def api_command(name: str) -> ApiCommand | None:
    """Return a command of the AWS CLI, or None if there is no such command."""
    title = api_operations().get(name)
    if title is None:
        return None
    service, pages = _service()
    return ApiCommand(name, service.operation_model(title), pages.get(title))
