"""The tests' surroundings; the examples of README, docs/ and docstrings as tests."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import hypothesis
from moto.moto_api import state_manager
from sybil import Sybil
from sybil.document import PythonDocStringDocument
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser
from sybil.parsers.rest import DocTestParser
from sybil.sybil import SybilCollection

from lightsnap.testing import LightsailServer, mock_lightsail
from tests.embedded import create_instances, new_client
from tests.foreign import environment

if TYPE_CHECKING:
    import pytest
    from sybil.example import Example


def without_aws() -> dict[str, str]:
    """The environment of a machine without AWS credentials."""
    return {
        **{key: value for key, value in os.environ.items() if key[:4] != "AWS_"},
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let ``make soak`` take more seeds."""
    parser.addoption(
        "--seeds", type=int, default=20, help="how many seeds tests/test_soak.py takes"
    )


def pytest_configure() -> None:
    """Keep the machine's AWS settings out, and its metadata service unasked."""
    settings = without_aws()
    os.environ.clear()
    os.environ |= settings | {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "NO_PROXY": "127.0.0.1,::1",
    }
    # A busy machine is no reason to fail.
    hypothesis.settings.register_profile("lightsnap", deadline=None)
    hypothesis.settings.load_profile("lightsnap")


PROGRESSIONS = ("lightsail::operation", "lightsail::instance_snapshot")


def start_lightsail(namespace: dict[str, Any]) -> None:
    """Start the Lightsail that the examples of a page run on.

    It has an instance, and all that it is told to do is done at once, so that no
    example has to wait.
    """
    namespace["mock"] = mock_lightsail()
    namespace["mock"].start()
    for model in PROGRESSIONS:
        state_manager.set_transition(model, {"progression": "immediate"})
    create_instances(new_client(), "WordPress-1")


def stop_lightsail(namespace: dict[str, Any]) -> None:
    """Stop it, and take the progressions back: moto's reset does not."""
    namespace["mock"].stop()
    for model in PROGRESSIONS:
        state_manager.unset_transition(model)


def start_server(namespace: dict[str, Any]) -> None:
    """Start a Lightsail on HTTP, for the clients that moto cannot mock."""
    namespace["environ"] = dict(os.environ)
    server = LightsailServer(region_name="us-west-2", instances=["WordPress-1"])
    namespace["server"] = server
    server.start()
    for model in PROGRESSIONS:
        state_manager.set_transition(model, {"progression": "immediate"})
    os.environ |= server.environment | {"AWS_ENDPOINT_URL": server.url}


def stop_server(namespace: dict[str, Any]) -> None:
    """Stop it, and restore the environment."""
    for model in PROGRESSIONS:
        state_manager.unset_transition(model)
    namespace["server"].stop()
    os.environ.clear()
    os.environ |= namespace["environ"]


def run_in_pytest(example: Example) -> None:
    """Run a block of tests as its readers would, in a file of its own."""
    run(
        example,
        "test_example.py",
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
    )


def run_in_bash(example: Example) -> None:
    """Run a block of shell commands."""
    run(example, "example.sh", "bash", "-eu")


def run(example: Example, name: str, *command: str) -> None:
    """Run a command on a file with the example, in a folder of its own."""
    clients = environment("awscli") / "bin"
    with TemporaryDirectory() as folder:
        Path(folder, name).write_text(example.parsed)
        # The program itself does not start if the path of this checkout has a space.
        aws = Path(folder, "aws")
        aws.write_text(f'#!/bin/sh\nexec "{clients}/python" "{clients}/aws" "$@"\n')
        aws.chmod(0o755)
        path = os.pathsep.join([folder, sys.exec_prefix + "/bin", os.environ["PATH"]])
        ended = subprocess.run(  # noqa: S603
            [*command, name],
            cwd=folder,
            env={**without_aws(), "PATH": path},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
    if ended.returncode:
        raise AssertionError(ended.stdout + ended.stderr)


pages = Sybil(
    parsers=[PythonCodeBlockParser()],
    patterns=["README.md", "docs/*.md"],
    excludes=["docs/testing.md", "docs/async.md"],
    setup=start_lightsail,
    teardown=stop_lightsail,
)
async_page = Sybil(
    parsers=[PythonCodeBlockParser()],
    patterns=["docs/async.md"] if find_spec("aiobotocore") else [],
    setup=start_server,
    teardown=stop_server,
)
tests_on_a_page = Sybil(
    parsers=[
        CodeBlockParser("python", run_in_pytest),
        CodeBlockParser("bash", run_in_bash),
    ],
    patterns=["docs/testing.md"],
)
docstrings = Sybil(
    parsers=[DocTestParser()],
    path="src",
    patterns=["*.py"],
    document_types={".py": PythonDocStringDocument},
)
pytest_collect_file = SybilCollection(
    [pages, async_page, tests_on_a_page, docstrings]
).pytest()
