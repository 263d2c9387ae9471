"""A server for many accounts and Regions, whose snapshots end at once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from configparser import ConfigParser
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest
from attrs import field, frozen
from moto.iam.models import iam_backends
from moto.moto_api import state_manager

from lightsnap import Site
from lightsnap.testing import LightsailServer
from tests.embedded import INSTANCE_SNAPSHOT, OPERATION, create_instances

ACCOUNTS = [f"1111222233{number:02}" for number in range(14)]


@frozen
class Service:
    """A server, and a profile for each account."""

    server: LightsailServer
    regions: tuple[str, ...] = field()

    @regions.default
    def _all_regions(self) -> tuple[str, ...]:
        client = boto3.client("lightsail", **self.server.client_kwargs)
        return tuple(each["name"] for each in client.get_regions()["regions"])

    def sites(self, count: int) -> list[Site]:
        """Return sites of as few accounts as possible, with an instance each."""
        places = [(account, name) for account in ACCOUNTS for name in self.regions]
        sites = [
            Site(name, profile_name=account, endpoint_url=self.server.url)
            for account, name in places[:count]
        ]
        for site in sites:
            create_instances(self.client_of(site), "web")
        return sites

    @cache  # noqa: B019 (a service lives for a test)
    def client_of(self, site: Site) -> Any:
        return boto3.Session(profile_name=site.profile_name).client(
            "lightsail", region_name=site.region_name, endpoint_url=site.endpoint_url
        )

    def snapshots(self, site: Site) -> list[str]:
        response = self.client_of(site).get_instance_snapshots()
        return [each["name"] for each in response["instanceSnapshots"]]

    def count(self, operation: str) -> int:
        return len(self.server.calls.of(operation))


@pytest.fixture(scope="module")
def profiles(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The credentials file, which the processes of an engine find by its variable."""
    path = tmp_path_factory.mktemp("aws") / "credentials"
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_SHARED_CREDENTIALS_FILE", str(path))
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            environment.delenv(name)
        environment.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield path


@pytest.fixture
def service(profiles: Path) -> Iterator[Service]:
    with LightsailServer(region_name="us-west-2") as server:
        # The server has set another, and restores this one when it stops.
        os.environ["AWS_SHARED_CREDENTIALS_FILE"] = str(profiles)
        credentials = ConfigParser()
        for account in ACCOUNTS:
            iam = iam_backends[account]["aws"]
            iam.create_user("us-east-1", "backups")
            key = iam.create_access_key("backups")
            credentials[account] = {
                "aws_access_key_id": key.access_key_id,
                "aws_secret_access_key": key.secret_access_key,
            }
        with profiles.open("w", encoding="utf-8") as file:
            credentials.write(file)
        for model in (OPERATION, INSTANCE_SNAPSHOT):
            state_manager.set_transition(model, {"progression": "immediate"})
        yield Service(server)
        for model in (OPERATION, INSTANCE_SNAPSHOT):
            state_manager.unset_transition(model)
        iam_backends.reset()
