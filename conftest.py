"""The tests' surroundings; the examples of README, docs/ and docstrings as tests."""

from __future__ import annotations

import os
import signal
import time
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import botocore.session
import hypothesis
from moto.moto_api import state_manager
from sybil import Sybil
from sybil.document import PythonDocStringDocument
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser
from sybil.parsers.rest import DocTestParser
from sybil.sybil import SybilCollection

from lightsnap.testing import LightsailServer, mock_lightsail
from tests import shell_blocks
from tests.embedded import create_instances, shared_client, sharing_data
from tests.shell_blocks import without_settings

if TYPE_CHECKING:
    import pytest
    from sybil.example import Example


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let ``make soak`` take more seeds."""
    parser.addoption(
        "--seeds", type=int, default=20, help="how many seeds tests/test_soak.py takes"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark pages, and the folder of tests of the embedded Lightsail."""
    for item in items:
        if item.path.suffix == ".md":
            item.add_marker("page")
        elif item.path.parent.name == "testing":
            item.add_marker("fake")


def pytest_configure() -> None:
    """Keep the machine's AWS settings out, and its metadata service unasked."""
    settings = without_settings()
    if "PYTEST_XDIST_WORKER" in settings:
        settings.pop("COVERAGE_PROCESS_CONFIG", None)  # for no processes of the tests
    os.environ.clear()
    os.environ |= settings | {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "NO_PROXY": "127.0.0.1,::1",
    }
    botocore.session.create_loader = sharing_data(botocore.session.create_loader)
    # In the background of a shell without job control, SIGINT is ignored, also by all
    # programs that tests start: let these see a Ctrl-C.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
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
    create_instances(shared_client(), "WordPress-1")


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


def shell_environment(namespace: dict[str, Any]) -> dict[str, str]:
    """The environment of a page's shell blocks, with the Lightsail of the page."""
    if "server" not in namespace:
        # What it shows is what the mock of the page shows: a process has one Lightsail.
        namespace["server"] = LightsailServer(region_name="us-west-2")
        namespace["server"].start()
    server: LightsailServer = namespace["server"]
    return without_settings() | server.environment | {"AWS_ENDPOINT_URL": server.url}


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
# Its Python blocks are files of tests: tests/test_docs.py runs them.
TESTS = "docs/how-to/testing.md"
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
    parsers=shell,
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
