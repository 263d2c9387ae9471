"""Shorthands for a boto3 client of the embedded Lightsail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3

if TYPE_CHECKING:
    from botocore.config import Config
    from types_boto3_lightsail import LightsailClient
    from types_boto3_lightsail.type_defs import OperationTypeDef


def new_client(
    region_name: str = "us-west-2", config: Config | None = None
) -> LightsailClient:
    return boto3.client("lightsail", region_name=region_name, config=config)


def create_instances(client: LightsailClient, *names: str) -> list[OperationTypeDef]:
    return client.create_instances(
        instanceNames=names,
        availabilityZone=f"{client.meta.region_name}a",
        blueprintId="wordpress",
        bundleId="nano_3_0",
    )["operations"]
