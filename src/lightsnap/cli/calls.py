"""Make the call of a command, or one for each page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from lightsnap._aws.calls import ApiOperation, perform, translating
from lightsnap._aws.protocols import ClosableClient
from lightsnap._clients.client import Client
from lightsnap._request.request import CreateInstanceSnapshotRequest
from lightsnap._text import add_detail
from lightsnap.cli.api import ApiCommand
from lightsnap.errors import NotFoundError


def send(
    lightsail: ClosableClient, command: ApiCommand, members: Mapping[str, Any]
) -> dict[str, Any]:
    """Make a call, and return its response.

    Raises:
        LightsnapError: As ``perform``.
    """
    try:
        if command.title == "CreateInstanceSnapshot":
            # The library finds what a call started whose response was lost.
            request = CreateInstanceSnapshotRequest.from_dict(members)
            return Client(lightsail, check=False).send(request).to_dict()
        return perform(lightsail, ApiOperation(command.title, _content)(**members))
    except NotFoundError as error:
        if "instanceName" in members:
            detail = "check that --instance-name is an instance in this Region"
            add_detail(error, detail)
        raise


def _content(response: Mapping[str, object]) -> dict[str, Any]:
    return {key: each for key, each in response.items() if key != "ResponseMetadata"}


def fetch_pages(
    lightsail: ClosableClient,
    command: ApiCommand,
    members: Mapping[str, Any],
    config: Mapping[str, Any],
    output: str,
) -> Iterator[dict[str, Any]]:
    """Fetch all pages of a list, and yield what the AWS CLI shows one by one.

    Args:
        lightsail: The client.
        command: The command.
        members: The members of the request.
        config: botocore's PaginationConfig.
        output: The output format: ``text`` and ``yaml-stream`` show page by page.

    Raises:
        LightsnapError: As ``perform``.
    """
    call = ApiOperation(command.title, _content)(**members)
    with translating(lightsail, call, None):
        paginator = cast("Any", lightsail).get_paginator(call.operation.method_name)
        pages = paginator.paginate(**members, PaginationConfig=config)
        if output == "yaml-stream":
            yield from map(_content, pages)
        elif output == "text":
            for page in pages:
                keys = [each.expression for each in pages.result_keys]
                yield {key: page[key] for key in keys if key in page}
            if pages.resume_token:
                yield {"NextToken": {"NextToken": pages.resume_token}}
        else:
            yield _content(pages.build_full_result())
