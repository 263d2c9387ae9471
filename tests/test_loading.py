"""The data loader for botocore sessions: faster, with the same results."""

from __future__ import annotations

import gzip
import inspect
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import botocore.credentials
import botocore.session
import botocore.tokens
import botocore.utils
import pytest
from botocore.config import Config
from botocore.exceptions import (
    DataNotFoundError,
    EndpointVariantError,
    UnknownServiceError,
)
from botocore.loaders import JSONFileLoader, Loader

from lightsnap import Client
from lightsnap._aws.loading import _FastLoader, share_loader
from lightsnap.testing import LightsailServer
from tests.documented import WIRE
from tests.stub import Answer, Stub

REGIONS = botocore.session.Session().get_available_regions("lightsail")
DATA = Path(Loader.BUILTIN_DATA_PATH)
OPERATION = {"operation": WIRE[0]}


def session_with_loader() -> Any:
    session = botocore.session.Session()
    share_loader(session)
    return session


@pytest.mark.parametrize("region_name", [*REGIONS, "cn-north-1", "mars-1"])
def test_a_client_equals_the_one_that_botocore_builds(region_name: str) -> None:
    fast: Any
    standard: Any
    fast, standard = (
        session.create_client("lightsail", region_name=region_name)
        for session in (session_with_loader(), botocore.session.Session())
    )

    for name in ("endpoint_url", "region_name", "partition", "method_to_api_mapping"):
        assert getattr(fast.meta, name) == getattr(standard.meta, name)
    assert fast.meta.service_model.metadata == standard.meta.service_model.metadata
    assert fast.meta.service_model.signing_name == "lightsail"
    assert fast.meta.config.retries == standard.meta.config.retries


@pytest.mark.parametrize("name", ["partitions", "_retry", "sdk-default-configuration"])
def test_data_equals_that_of_botocore_in_the_same_order(name: str) -> None:
    assert json.dumps(_FastLoader().load_data(name)) == json.dumps(
        Loader().load_data(name)
    )


def test_only_the_endpoints_of_called_services_are_kept() -> None:
    fast, standard = (
        loader.load_data("endpoints") for loader in (_FastLoader(), Loader())
    )

    kept = {name for partition in fast["partitions"] for name in partition["services"]}
    assert kept == {"lightsail", "oidc", "portal.sso", "sts"}  # "signin" has none yet
    for partition in standard["partitions"]:
        called = kept & partition["services"].keys()
        partition["services"] = {name: partition["services"][name] for name in called}
    assert fast == standard


@pytest.mark.parametrize("name", ["service-2", "paginators-1", "endpoint-rule-set-1"])
def test_models_equal_those_of_botocore_in_the_same_order(name: str) -> None:
    fast, standard = (
        loader.load_service_model("lightsail", name)
        for loader in (_FastLoader(), Loader())
    )

    assert json.dumps(fast) == json.dumps(standard)


def test_the_extension_points_exist_in_botocore() -> None:
    """A rename in botocore of what ``loading.py`` overrides would fail here."""
    session = session_with_loader()
    loader = session.get_component("data_loader")

    assert isinstance(loader, Loader)
    assert isinstance(loader.file_loader, JSONFileLoader)
    assert type(loader) is not Loader
    assert type(loader.file_loader) is not JSONFileLoader
    assert loader.search_paths == Loader().search_paths
    # botocore itself returns an OrderedDict.
    assert type(session.get_service_data("lightsail")) is dict


def test_missing_data_raises_the_errors_of_botocore() -> None:
    session = session_with_loader()

    with pytest.raises(UnknownServiceError, match="no-such-service"):
        session.get_service_model("no-such-service")
    with pytest.raises(DataNotFoundError):
        session.get_data("no-such-data")


def test_all_services_are_available() -> None:
    services = session_with_loader().get_available_services()

    assert services == botocore.session.Session().get_available_services()


@pytest.mark.parametrize("service_name", ["sts", "sso", "sso-oidc", "lightsail"])
@pytest.mark.parametrize(
    "region_name",
    ["us-east-1", "eu-central-2", "us-gov-west-1", "cn-north-1", "aws-global"],
)
@pytest.mark.parametrize(
    "settings",
    [{}, {"use_fips_endpoint": True}, {"use_dualstack_endpoint": True}],
    ids=str,
)
def test_clients_for_credentials_equal_those_that_botocore_builds(
    service_name: str, region_name: str, settings: dict[str, Any]
) -> None:
    """botocore uses these services to get credentials, for a role or a login."""
    built: list[object] = []
    for session in (session_with_loader(), botocore.session.Session()):
        try:
            client: Any = session.create_client(
                service_name, region_name=region_name, config=Config(**settings)
            )
        except EndpointVariantError as error:
            built.append(str(error))
        else:
            signer = client._request_signer
            built.append(
                (client.meta.endpoint_url, vars(client.meta.config), signer.region_name)
            )

    assert built[0] == built[1]


def test_botocore_gets_credentials_from_no_other_services() -> None:
    """A new one must be added to ``_CALLED_SERVICES`` and to the test above."""
    text = "".join(
        inspect.getsource(module)
        for module in (botocore.credentials, botocore.tokens, botocore.utils)
    )
    named = r"(?:_client_creator|create_client|_create_client)\(\s*'([\w-]+)'"

    found = set(re.findall(named, text))

    assert {"sts", "sso"} <= found <= {"sts", "sso", "sso-oidc", "signin"}


def test_a_role_can_be_assumed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config"
    config.write_text(
        """[profile role]
role_arn = arn:aws:iam::123456789012:role/snapshots
credential_source = Environment
region = us-west-2
""",
        encoding="utf-8",
    )
    with LightsailServer(
        region_name="us-west-2", instances=["WordPress-1"], other_services=True
    ) as server:
        monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        client = Client(profile_name="role")
        client.create_instance_snapshot(
            instance_name="WordPress-1", instance_snapshot_name="monday"
        )
        credentials = client._connect()._request_signer._credentials  # type: ignore[attr-defined]

    assert credentials.method == "assume-role"
    assert credentials.access_key.startswith("ASIA")


READ_SCRIPT = """
import json, os, sys
from lightsnap import Client
from botocore.loaders import Loader

seen = []
def record(event, args):
    if event in ("open", "os.listdir", "os.scandir") and args and args[0]:
        path = os.fspath(args[0]) if not isinstance(args[0], int) else ""
        if str(path).startswith(Loader.BUILTIN_DATA_PATH):
            seen.append(os.path.relpath(path, Loader.BUILTIN_DATA_PATH))
sys.addaudithook(record)
for _ in range(2):
    Client(region_name="us-west-2")._connect()
    print(json.dumps(sorted(seen)))
    seen.clear()
"""


@pytest.fixture(scope="module")
def files_read() -> list[list[str]]:
    """The paths in botocore's data that each of two clients opens or lists."""
    ran = subprocess.run(
        [sys.executable, "-c", READ_SCRIPT], capture_output=True, text=True, check=True
    )
    return [json.loads(line) for line in ran.stdout.splitlines()]


def test_no_other_service_folder_is_read(
    files_read: list[list[str]],
) -> None:
    folders = {path for path in files_read[0] if (DATA / path).is_dir()}

    assert folders == {".", "lightsail"}


def test_a_client_reads_few_files(files_read: list[list[str]]) -> None:
    files = {
        Path(path).name.removesuffix(".gz").removesuffix(".json")
        for path in files_read[0]
        if (DATA / path).is_file()
    }

    assert files <= {
        "_retry",
        "endpoint-rule-set-1",
        "endpoints",
        "partitions",
        "sdk-default-configuration",
        "service-2",
    }


def test_a_second_client_reads_no_data(files_read: list[list[str]]) -> None:
    assert files_read[1] == []


@pytest.fixture
def other_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in ``AWS_DATA_PATH`` with another model of Lightsail."""
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    (model,) = (DATA / "lightsail").iterdir()
    return Path(shutil.copytree(model, tmp_path / "lightsail" / model.name))


@pytest.mark.parametrize("suffix", [".json", ".json.gz"])
def test_aws_data_path_is_honored(other_data: Path, suffix: str) -> None:
    for path in other_data.glob("service-2*"):
        path.unlink()
    data = botocore.session.Session().get_service_data("lightsail")
    data["metadata"]["serviceFullName"] = "Another Lightsail"
    opened: Any = gzip.open if suffix.endswith("gz") else open
    with opened(other_data / f"service-2{suffix}", "wt", encoding="utf-8") as file:
        json.dump(data, file)

    client = Client(region_name="us-west-2")._connect()

    services = session_with_loader().get_available_services()
    assert services.count("lightsail") == 1  # although two folders have it
    service_model = client.meta.service_model  # type: ignore[attr-defined]
    assert service_model.metadata["serviceFullName"] == "Another Lightsail"


def test_a_missing_data_path_is_ignored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither an invalid path nor a trailing colon does any harm."""
    monkeypatch.setenv("AWS_DATA_PATH", f"/{'x' * 300}:")

    services = session_with_loader().get_available_services()

    assert services == botocore.session.Session().get_available_services()


def test_a_given_session_keeps_its_loader() -> None:
    session = botocore.session.Session()
    given = boto3.Session(botocore_session=session)

    Client(session=given, region_name="us-west-2")._connect()

    assert type(session.get_component("data_loader")) is Loader


def test_credentials_are_read_for_each_client(
    stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless boto3 is imported, whose default session keeps them."""
    monkeypatch.delitem(sys.modules, "boto3")
    stub.on("GetOperation", Answer(OPERATION))
    seen: list[str] = []
    for key in ("FIRST", "SECOND"):
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
        client: Any = Client(region_name="us-west-2", endpoint_url=stub.url)._connect()
        client.meta.events.register(
            "before-send.lightsail",
            lambda request, **_: seen.append(request.headers["Authorization"].decode()),
        )
        client.get_operation(operationId="1")

    first, second = seen
    assert "Credential=FIRST/" in first
    assert "Credential=SECOND/" in second
