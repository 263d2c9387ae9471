"""The tests' surroundings; the examples of README, docs/ and docstrings as tests."""

from __future__ import annotations

import os
import sys
import time
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import hypothesis
from moto.moto_api import state_manager
from sybil import Sybil
from sybil.document import PythonDocStringDocument
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser
from sybil.parsers.rest import DocTestParser
from sybil.sybil import SybilCollection

from lightsnap.testing import LightsailServer, mock_lightsail
from tests import shell_blocks
from tests.embedded import create_instances, new_client

if TYPE_CHECKING:
    import pytest
    from sybil.example import Example


def without_aws() -> dict[str, str]:
    """The environment of a machine without settings for AWS, or for tqdm."""
    others = [key for key in os.environ if key[:4] not in ("AWS_", "TQDM")]
    return {
        **{key: os.environ[key] for key in others},
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
    stop_shell(namespace)
    namespace["mock"].stop()
    for model in PROGRESSIONS:
        state_manager.unset_transition(model)


def stop_shell(namespace: dict[str, Any]) -> None:
    """Stop what ``shell_environment`` has started."""
    if "server" in namespace:
        namespace["server"].stop()


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


def make_haste(namespace: dict[str, Any]) -> None:
    """Take the pauses out of a page that starts a Lightsail itself."""
    namespace["sleep"] = time.sleep
    time.sleep = lambda _: None


def end_haste(namespace: dict[str, Any]) -> None:
    """Let others sleep again, and stop the Lightsail of the page."""
    time.sleep = namespace["sleep"]
    if "mock" in namespace:
        namespace["mock"].stop()


def run_in_pytest(example: Example) -> None:
    """Run a block of tests as its readers would, in a file of its own."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]
    shell_blocks.run(command, "test_example.py", example.parsed, without_aws())


def shell_environment(namespace: dict[str, Any]) -> dict[str, str]:
    """The environment of a page's shell blocks, with the Lightsail of the page."""
    if "server" not in namespace:
        # What it shows is what the mock of the page shows: a process has one Lightsail.
        namespace["server"] = LightsailServer(region_name="us-west-2")
        namespace["server"].start()
    server: LightsailServer = namespace["server"]
    return without_aws() | server.environment | {"AWS_ENDPOINT_URL": server.url}


def run_in_bash(example: Example) -> None:
    """Run a block of shell commands."""
    shell_blocks.run_script(example.parsed, shell_environment(example.namespace))


def run_in_console(example: Example) -> None:
    """Run the commands of a terminal, and compare what it shows."""
    shell_blocks.run_console(example.parsed, shell_environment(example.namespace))


shell = [
    CodeBlockParser("bash", run_in_bash),
    CodeBlockParser("console", run_in_console),
]
TESTS = "docs/how-to/testing.md"  # its Python blocks are files of tests
ASYNC = ["docs/how-to/async.md"]  # they need aiobotocore, which moto cannot mock
NOTEBOOK = [] if find_spec("tqdm") else ["docs/how-to/progress.md"]
TUTORIAL = "docs/tutorial.md"  # it starts a Lightsail itself
# Its terminals are run by tests/cli/test_sessions.py, as those of the tutorial, which
# go on from block to block, are by tests/cli/test_tutorial.py.
SESSIONS = "docs/reference/sessions.md"

pages = Sybil(
    parsers=[PythonCodeBlockParser(), *shell],
    patterns=["README.md", "CONTRIBUTING.md", "docs/*.md", "docs/**/*.md"],
    excludes=[TESTS, *ASYNC, *NOTEBOOK, TUTORIAL, SESSIONS],
    setup=start_lightsail,
    teardown=stop_lightsail,
)
tutorial = Sybil(
    parsers=[PythonCodeBlockParser()],
    patterns=[TUTORIAL],
    setup=make_haste,
    teardown=end_haste,
)
async_pages = Sybil(
    parsers=[PythonCodeBlockParser(), *shell],
    patterns=ASYNC if find_spec("aiobotocore") else [],
    setup=start_server,
    teardown=stop_server,
)
tests_on_a_page = Sybil(
    parsers=[CodeBlockParser("python", run_in_pytest), *shell],
    patterns=[TESTS],
    teardown=stop_shell,
)
docstrings = Sybil(
    parsers=[DocTestParser()],
    path="src",
    patterns=["*.py"],
    document_types={".py": PythonDocStringDocument},
)
pytest_collect_file = SybilCollection(
    [pages, tutorial, async_pages, tests_on_a_page, docstrings]
).pytest()
