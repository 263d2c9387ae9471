"""`mock_lightsail`: how it starts and ends, and which clients it mocks."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
import unittest
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.config import Config
from moto import mock_aws
from moto.backend_index import backend_url_patterns

from lightsnap.testing import mock_lightsail
from lightsnap.testing._register import _mock_existing_clients, register
from tests.embedded import (
    create_instances,
    get_instance,
    new_client,
    not_found,
    read,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from botocore.awsrequest import AWSPreparedRequest
    from types_boto3_lightsail import LightsailClient


def printed_by(program: str) -> str:
    """Run a program in a new Python process; return what it prints."""
    lines = program.strip("\n").splitlines()
    indent = len(lines[0]) - len(lines[0].lstrip())
    source = "\n".join(line[indent:] for line in lines)
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", source],
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_it_discards_everything_when_it_ends() -> None:
    with mock_lightsail():
        operations = create_instances(new_client(), "WordPress-1")

    with mock_lightsail():
        client = new_client()
        with not_found():
            get_instance(client)
        with not_found():
            read(client, operations)
        create_instances(client, "WordPress-1")


def test_it_decorates_functions() -> None:
    @mock_lightsail
    def bare(name: str) -> int:
        """Create an instance."""
        return len(create_instances(new_client(), name))

    @mock_lightsail()
    def called(name: str) -> int:
        return len(create_instances(new_client(), name))

    assert bare("WordPress-1") == called("WordPress-1") == 1
    assert bare.__name__ == "bare"
    assert bare.__doc__ == "Create an instance."


def test_it_decorates_classes() -> None:
    @mock_lightsail
    class Site:
        def launch(self) -> str:
            create_instances(new_client(), "WordPress-1")
            return get_instance(new_client())["name"]

    assert Site().launch() == "WordPress-1"


def test_each_test_of_a_decorated_case_starts_empty() -> None:
    @mock_lightsail()
    class Case(unittest.TestCase):
        def test_one(self) -> None:
            create_instances(new_client(), "WordPress-1")

        def test_two(self) -> None:
            create_instances(new_client(), "WordPress-1")

    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(Case).run(result)

    assert result.testsRun == 2
    assert result.wasSuccessful()


def test_it_starts_and_stops() -> None:
    mock = mock_lightsail()

    mock.start()
    create_instances(new_client(), "WordPress-1")
    mock.stop()


def test_a_configured_endpoint_does_not_bypass_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ENDPOINT_URL_LIGHTSAIL", "http://127.0.0.1:9")

    with mock_lightsail():
        # boto3.client(), which uses the default session.
        client = boto3.client("lightsail", region_name="us-west-2")
        assert create_instances(client, "WordPress-1")

    assert "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS" not in os.environ


def test_it_nests_in_a_running_mock() -> None:
    with mock_aws():
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="kept")
        with mock_lightsail():
            create_instances(new_client(), "WordPress-1")
            with mock_lightsail():
                get_instance(new_client())

        get_instance(new_client())
        buckets = boto3.client("s3", region_name="us-east-1").list_buckets()
        assert [bucket["Name"] for bucket in buckets["Buckets"]] == ["kept"]


def test_it_can_be_imported_inside_a_running_mock() -> None:
    # In another process, since in this one Lightsail is registered already.
    printed = printed_by(
        """
        import boto3, moto
        with moto.mock_aws():
            client = boto3.client("lightsail", region_name="us-west-2")
            from lightsnap.testing import mock_lightsail
            with mock_lightsail():
                try:
                    client.get_instance(instanceName="WordPress-1")
                except client.exceptions.NotFoundException:
                    print("mocked")
        """
    )
    assert printed == "mocked\n"


def test_moto_is_not_loaded_before_the_first_call() -> None:
    printed = printed_by(
        """
        import sys
        import lightsnap.testing
        print("moto" in sys.modules)
        lightsnap.testing.mock_lightsail()
        print("moto" in sys.modules)
        """
    )
    assert printed.split() == ["False", "True"]


@pytest.mark.parametrize("name", ["mock_lightsail", "faults", "LightsailServer"])
@pytest.mark.parametrize("first", ["", "import moto"])
def test_a_client_created_before_moto_was_loaded_is_mocked(
    name: str, first: str
) -> None:
    printed = printed_by(
        f"""
        import boto3
        keys = dict(aws_access_key_id="any", aws_secret_access_key="any")
        client = boto3.client("lightsail", region_name="us-west-2", **keys)
        s3 = boto3.client("s3", region_name="us-west-2", **keys)
        {first}
        from lightsnap.testing import {name}, mock_lightsail
        with mock_lightsail():
            print(client.get_instances()["instances"], s3.list_buckets()["Buckets"])
        """
    )
    assert printed.strip() == "[] []"


def test_a_client_that_is_mocked_twice_makes_each_call_once() -> None:
    client = new_client()
    _mock_existing_clients()
    with mock_lightsail():
        create_instances(client, "WordPress-1")
        assert len(client.get_operations()["operations"]) == 1


async def asynchronous() -> None: ...


def generator() -> Iterator[None]:
    yield


async def asynchronous_generator() -> AsyncIterator[None]:
    yield


class AsynchronousCase(unittest.IsolatedAsyncioTestCase):
    async def test_nothing(self) -> None: ...


@pytest.mark.parametrize(
    "decorated", [asynchronous, generator, asynchronous_generator, AsynchronousCase]
)
def test_it_refuses_to_decorate_what_would_run_after_it_ends(
    decorated: Callable[..., object],
) -> None:
    for decorate in (mock_lightsail, mock_lightsail()):
        with pytest.raises(TypeError, match="use `with mock_lightsail"):
            decorate(decorated)


@mock_lightsail
class WithAHelper:
    def names(self) -> Iterator[str]:
        yield from ["One", "Two"]

    def test_both(self) -> int:
        return len(create_instances(new_client(), *self.names()))


def test_a_helper_method_of_a_decorated_class_may_be_a_generator() -> None:
    assert WithAHelper().test_both() == 2


def test_a_mock_that_is_started_twice_restores_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "mine")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    before = dict(os.environ)
    mock = mock_lightsail()

    with mock:
        mocked = dict(os.environ)
        with mock:
            assert os.environ == mocked
        assert os.environ == mocked

    assert os.environ == before
    assert mocked["AWS_ACCESS_KEY_ID"] != "mine"


def test_without_moto_it_says_what_to_install() -> None:
    printed = printed_by(
        """
        import sys
        sys.modules["moto"] = None
        from lightsnap.testing import mock_lightsail
        try:
            mock_lightsail()
        except ImportError as error:
            print(error)
        """
    )
    assert "needs moto 5.1.12 or newer" in printed
    assert "pip install '" in printed


@pytest.mark.usefixtures("wordpress")
@pytest.mark.parametrize(
    ("config", "host"),
    [
        (Config(use_dualstack_endpoint=True), "lightsail.us-west-2.api.aws"),
        (Config(use_fips_endpoint=True), "lightsail-fips.us-west-2.amazonaws.com"),
        (
            Config(use_dualstack_endpoint=True, use_fips_endpoint=True),
            "lightsail-fips.us-west-2.api.aws",
        ),
    ],
    ids=["dual-stack", "FIPS", "dual-stack FIPS"],
)
def test_no_kind_of_endpoint_bypasses_the_mock(config: Config, host: str) -> None:
    client = new_client(config=config)

    assert client.meta.endpoint_url == f"https://{host}"
    assert get_instance(client)["location"]["regionName"] == "us-west-2"


def test_the_path_of_the_smithy_model_works_too(wordpress: LightsailClient) -> None:
    del wordpress
    client = new_client()

    def send_to_path(request: AWSPreparedRequest, **_: object) -> None:
        request.url += "ls/api/2016-11-28/GetInstance"

    # First, so that moto sees the changed URL.
    client.meta.events.register_first("before-send.lightsail", send_to_path)

    assert get_instance(client)["name"] == "WordPress-1"


def test_a_second_registration_changes_nothing() -> None:
    register()
    patterns = list(backend_url_patterns)

    with ThreadPoolExecutor(2) as executor:
        for future in [executor.submit(register) for _ in range(2)]:
            future.result()

    assert backend_url_patterns == patterns
    assert [service for service, _ in patterns].count("lightsail") == 2


@pytest.mark.parametrize("submodule", ["", ".models", ".responses", ".urls"])
def test_moto_lightsail_is_the_module_of_this_package(submodule: str) -> None:
    register()

    ours = importlib.import_module(f"lightsnap.testing.lightsail{submodule}")
    assert importlib.import_module(f"moto.lightsail{submodule}") is ours
    assert importlib.import_module("moto").lightsail.models is not None


def test_a_lightsail_that_moto_ships_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    patterns = [("lightsail", re.compile("https?://lightsail"))]
    monkeypatch.setattr("lightsnap.testing._register.backend_url_patterns", patterns)

    register()

    assert len(patterns) == 1
