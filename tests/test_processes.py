"""Forks, and what a program has done to boto3."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import boto3
import pytest

from lightsnap import Client, ConfigurationError, Operation
from tests.documented import BOTO3, WIRE
from tests.stub import Answer, Stub
from tests.test_creation import IDS
from tests.twins import botocore_session, settings
from tests.wire import forwarding_to, listening

forking = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

PROLOGUE = """
import faulthandler, os, sys, threading, time, warnings
from botocore.session import Session
from lightsnap import Client

faulthandler.dump_traceback_later(30, exit=True)
warnings.simplefilter("ignore")  # newer Pythons warn of forks with threads
url, operation_id = sys.argv[1:]
client = Client(region_name="us-west-2", endpoint_url=url)

def get():
    return client.get_operation(operation_id).id == operation_id

def in_child(function):
    pid = os.fork()
    if not pid:
        os._exit(0 if function() else 1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
"""


def run(program: str, url: str) -> str:
    ran = subprocess.run(
        [sys.executable, "-c", PROLOGUE + program, url, IDS[0]],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.fixture
def service(stub: Stub) -> Stub:
    stub.on("GetOperation", Answer({"operation": WIRE[0]}))
    return stub


@forking
def test_a_fork_waits_until_another_thread_has_built_the_client(service: Stub) -> None:
    printed = run(
        """
building = threading.Event()
create_client = Session.create_client

def create_slowly(*arguments, **options):
    building.set()
    time.sleep(0.2)
    return create_client(*arguments, **options)

Session.create_client = create_slowly
thread = threading.Thread(target=get)
thread.start()
building.wait()
print("child:", in_child(get))
thread.join()
print("parent:", get())
""",
        service.url,
    )

    assert printed.splitlines() == ["child: 0", "parent: True"]


@forking
@pytest.mark.parametrize(
    ("module", "use"),
    [
        ("encodings.idna", "get()"),
        ("tenacity", "client.wait([operation_id], timeout=0)"),
    ],
)
def test_a_fork_waits_until_another_thread_has_imported_what_a_call_needs(
    service: Stub, module: str, use: str
) -> None:
    printed = run(
        f"""
import importlib.abc

importing = threading.Event()

class Slow(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "{module}":
            importing.set()
            time.sleep(0.2)

def use():
    try:
        {use}
    except TimeoutError:
        pass
    return True

sys.meta_path.insert(0, Slow())
thread = threading.Thread(target=use)
thread.start()
importing.wait()
print("child:", in_child(use))
thread.join()
print("parent:", use())
""",
        service.url,
    )

    assert printed.splitlines() == ["child: 0", "parent: True"]


@forking
def test_a_child_opens_connections_of_its_own(service: Stub) -> None:
    to_service = forwarding_to(int(service.url.rpartition(":")[2]))

    with listening(to_service) as listener:
        printed = run(
            """
print(get(), in_child(get), get(), in_child(lambda: get() and get()), get())
""",
            listener.url,
        )

    assert printed == "True 0 True 0 True\n"
    assert listener.accepted == 3  # one for each process


@forking
def test_threads_can_fork_while_others_make_calls(service: Stub) -> None:
    printed = run(
        """
ended = threading.Event()

def keep_calling():
    while not ended.is_set():
        get()

codes = []

def fork_often():
    for _ in range(5):
        codes.append(in_child(get))

calling = [threading.Thread(target=keep_calling) for _ in range(2)]
forking = [threading.Thread(target=fork_often) for _ in range(2)]
for thread in calling + forking:
    thread.start()
for thread in forking:
    thread.join()
ended.set()
for thread in calling:
    thread.join()
print(codes)
""",
        service.url,
    )

    assert printed == f"{[0] * 10}\n"


@forking
def test_a_thread_that_builds_a_client_can_fork(service: Stub) -> None:
    printed = run(
        """
import lightsnap._clients.client as module

module._LONGEST_BUILD = 0.1  # seconds
create_client = Session.create_client

def create_and_fork(*arguments, **options):
    print("child:", in_child(lambda: True))
    return create_client(*arguments, **options)

Session.create_client = create_and_fork
print(get())
""",
        service.url,
    )

    assert printed.splitlines() == ["child: 0", "True"]


# boto3.


def write_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    config = tmp_path / "config"
    config.write_text(
        f"[profile backups]\nregion = us-west-2\nendpoint_url = {url}\n"
        "aws_access_key_id = a\naws_secret_access_key = b\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))


def test_a_client_is_built_from_the_default_session_of_boto3(
    service: Stub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_profile(tmp_path, monkeypatch, service.url)
    boto3.setup_default_session(profile_name="backups")

    with Client() as client:
        assert client.get_operation(IDS[0]).id == IDS[0]

    assert len(service.requests) == 1


def test_settings_override_those_of_the_default_session(
    service: Stub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_profile(tmp_path, monkeypatch, "http://127.0.0.1:1")
    boto3.setup_default_session(profile_name="backups")

    with Client(region_name="eu-west-1", endpoint_url=service.url) as client:
        assert client.get_operation(IDS[0]).id == IDS[0]
        lightsail: Any = client._connect()
        assert lightsail.meta.region_name == "eu-west-1"


class Fake:
    """What a test may put in place of a boto3 client."""

    def get_operation(self, **_: object) -> dict[str, object]:
        return {"operation": BOTO3}


def mock() -> Any:
    lightsail = MagicMock()
    lightsail.get_operation.return_value = {"operation": BOTO3}
    return lightsail


@pytest.mark.parametrize("new", [Fake, mock])
def test_what_a_test_has_put_in_place_of_boto3_client_is_used(
    monkeypatch: pytest.MonkeyPatch, new: Any
) -> None:
    asked: list[object] = []

    def client(service: str, **_: object) -> Any:
        asked.append(service)
        return new()

    monkeypatch.setattr(boto3, "client", client)

    with Client() as lightsnap_client:
        for _ in range(2):
            operation = lightsnap_client.get_operation(IDS[0])
            assert operation == Operation.from_dict(BOTO3)

    assert asked == ["lightsail"]


def test_with_a_session_or_a_profile_boto3_client_is_not_used(
    service: Stub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("boto3.client was called")

    monkeypatch.setattr(boto3, "client", refuse)
    write_profile(tmp_path, monkeypatch, service.url)
    session = boto3.Session(botocore_session=botocore_session())

    with Client(profile_name="backups") as client:
        assert client.get_operation(IDS[0]).id == IDS[0]
    with Client(session=session, **settings(service.url)) as client:
        assert client.get_operation(IDS[0]).id == IDS[0]
    with (
        Client(**settings(service.url)) as client,
        pytest.raises(ConfigurationError, match=r"boto3\.client was called"),
    ):
        client.get_operation(IDS[0])


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        ("", "False"),
        ("import boto3", "True True"),
        ("sys.modules['boto3'] = None", "False"),
        (
            "import types; sys.modules['boto3'] = types.ModuleType('boto3')",
            "True False",
        ),
    ],
)
def test_boto3_is_asked_only_if_the_program_has_imported_it(
    service: Stub, first: str, expected: str
) -> None:
    printed = run(
        f"""
{first}
assert get()
boto3 = sys.modules.get("boto3")
print(*[True, hasattr(boto3, "DEFAULT_SESSION")] if boto3 else [False])
""",
        service.url,
    )

    assert printed == f"{expected}\n"
