"""Helpers for tests that use a boto3 client of the Lightsail emulator."""

from __future__ import annotations

import json
from contextlib import contextmanager
from copy import copy
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager

    from botocore.awsrequest import AWSRequest
    from botocore.config import Config
    from botocore.loaders import Loader
    from botocore.model import OperationModel
    from types_boto3_lightsail import LightsailClient
    from types_boto3_lightsail.type_defs import (
        InstanceSnapshotTypeDef,
        InstanceTypeDef,
        OperationTypeDef,
    )

INSTANCE = "lightsail::instance"
INSTANCE_SNAPSHOT = "lightsail::instance_snapshot"
OPERATION = "lightsail::operation"


def cached_data(create_loader: Callable[..., Loader]) -> Callable[..., Loader]:
    """Wrap botocore's ``create_loader`` so that each data file is read only once.

    Reading them takes most of the time to create a client. The cache is per search
    path, which depends on ``AWS_DATA_PATH``.
    """
    cached = cache(create_loader)

    def create(search_path: str | None = None) -> Loader:
        loader = copy(cached(search_path))
        # Each needs its own list, since boto3 sessions append to it.
        vars(loader)["_search_paths"] = [*loader.search_paths]
        return loader

    return create


@cache
def shared_client(region_name: str = "us-west-2") -> LightsailClient:
    """Return the client that all tests of this process share. Do not modify it."""
    return new_client(region_name)


def new_client(
    region_name: str = "us-west-2",
    config: Config | None = None,
    *,
    account_id: str | None = None,
    endpoint_url: str | None = None,
) -> LightsailClient:
    client: LightsailClient = boto3.Session().client(
        "lightsail", region_name=region_name, config=config, endpoint_url=endpoint_url
    )
    if account_id is not None:

        def choose_account(request: AWSRequest, **_: object) -> None:
            request.headers["x-moto-account-id"] = account_id

        client.meta.events.register("before-sign.lightsail", choose_account)
    return client


def create_instances(
    client: LightsailClient, *names: str, **changes: Any
) -> list[OperationTypeDef]:
    request: dict[str, Any] = {
        "instanceNames": names,
        "availabilityZone": f"{client.meta.region_name}a",
        "blueprintId": "wordpress",
        "bundleId": "nano_3_0",
    }
    return client.create_instances(**(request | changes))["operations"]


def create_snapshot(
    client: LightsailClient, name: str = "WordPress-Snapshot-1", **changes: Any
) -> list[OperationTypeDef]:
    request: dict[str, Any] = {
        "instanceName": "WordPress-1",
        "instanceSnapshotName": name,
    }
    return client.create_instance_snapshot(**(request | changes))["operations"]


def get_instance(client: LightsailClient, name: str = "WordPress-1") -> InstanceTypeDef:
    return client.get_instance(instanceName=name)["instance"]


def get_snapshot(
    client: LightsailClient, name: str = "WordPress-Snapshot-1"
) -> InstanceSnapshotTypeDef:
    response = client.get_instance_snapshot(instanceSnapshotName=name)
    return response["instanceSnapshot"]


def read(
    client: LightsailClient, operations: Iterable[OperationTypeDef]
) -> list[OperationTypeDef]:
    return [
        client.get_operation(operationId=operation["id"])["operation"]
        for operation in operations
    ]


def statuses(operations: Iterable[OperationTypeDef]) -> list[tuple[str, bool]]:
    return [(operation["status"], operation["isTerminal"]) for operation in operations]


@contextmanager
def refused(
    reason: str, message: str | None = None, *, code: str = "InvalidInputException"
) -> Iterator[None]:
    """Expect an error response with this member ``code`` and a matching message."""
    with pytest.raises(ClientError, match=message) as caught:
        yield
    response: dict[str, Any] = {**caught.value.response}
    assert (response["Error"]["Code"], response["code"]) == (code, reason)


def not_found(message: str | None = None) -> AbstractContextManager[None]:
    return refused("DoesNotExist", message, code="NotFoundException")


class Wire:
    """Records the bodies of the responses to a client before botocore parses them."""

    def __init__(self, client: LightsailClient) -> None:
        self.responses: list[tuple[str, Any]] = []
        client.meta.events.register("before-parse.lightsail", self._record)

    def _record(
        self,
        operation_model: OperationModel,
        response_dict: dict[str, Any],
        **_: object,
    ) -> None:
        body = json.loads(response_dict["body"])
        self.responses.append((operation_model.name, body))

    @property
    def last(self) -> Any:
        return self.responses[-1][1]
