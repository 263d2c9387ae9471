"""Clients of lightsnap from an Airflow connection, for operators and triggers."""

from __future__ import annotations

import asyncio
import json
import time
from functools import partial
from typing import Any, TypedDict, cast

from airflow.providers.amazon.aws.hooks.base_aws import (  # pyright: ignore[reportMissingTypeStubs] (not marked as typed)
    AwsBaseHook,
)

from lightsnap import AsyncClient, BackupReport, Client, InstanceSnapshot, Operation
from lightsnap.typing import AsyncLightsailClient, LightsailClient


class AwsParameters(TypedDict):
    """What says how to reach AWS; it holds no credentials."""

    aws_conn_id: str | None
    region_name: str | None
    verify: bool | str | None
    botocore_config: dict[str, Any] | None


def connect(parameters: AwsParameters) -> Client:
    """Return a client for an Airflow connection, which it fetches."""
    return Client(_lightsail(parameters))


async def connect_async(parameters: AwsParameters) -> AsyncClient:
    """Return an async client that needs no aiobotocore: boto3 calls in threads."""
    lightsail = await asyncio.to_thread(_lightsail, parameters)
    return AsyncClient(cast("AsyncLightsailClient", _InThreads(lightsail)))


def end_of(timeout: float | None) -> float | None:
    """Return when a time-out that begins now ends, in seconds since the epoch."""
    return None if timeout is None else time.time() + timeout


def seconds_left(end_time: float | None) -> float | None:
    """Return the seconds until a time since the epoch, or None without one."""
    return None if end_time is None else max(0.0, end_time - time.time())


def to_plain(value: Operation | InstanceSnapshot | BackupReport) -> dict[str, Any]:
    """Return a value as JSON holds it."""
    plain: dict[str, Any] = json.loads(value.to_json())
    return plain


def _lightsail(parameters: AwsParameters) -> LightsailClient:
    hook: Any = AwsBaseHook(
        aws_conn_id=parameters["aws_conn_id"],
        region_name=parameters["region_name"],
        verify=parameters["verify"],
        config=parameters["botocore_config"],
        client_type="lightsail",
    )
    return cast("LightsailClient", hook.get_conn())


class _InThreads:
    """A boto3 client whose methods can be awaited."""

    def __init__(self, lightsail: LightsailClient) -> None:
        self._lightsail = lightsail

    def __getattr__(self, name: str) -> object:
        value: object = getattr(self._lightsail, name)
        return partial(asyncio.to_thread, value) if callable(value) else value
