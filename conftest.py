"""Set up the environment of the tests, and collect the examples in docs as tests."""

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
from tests.embedded import cached_data, create_instances, shared_client
from tests.shell_blocks import without_settings

if TYPE_CHECKING:
    import pytest
    from sybil.example import Example


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options with which ``make soak`` runs more than ``make test``."""
    parser.addoption(
        "--seeds",
        type=int,
        default=20,
        help="the number of seeds in tests/test_soak.py",
    )
    parser.addoption(
        "--interrupts",
        type=int,
        default=10,
        help="the number of processes that tests/test_interrupts.py interrupts",
    )
    parser.addoption(
        "--nights",
        type=int,
        default=2,
        help="the number of nights for which tests/backups/test_nights.py runs README",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the pages and the tests of the emulator."""
    for item in items:
        if item.path.suffix == ".md":
            item.add_marker("page")
        elif item.path.parent.name == "testing":
            item.add_marker("fake")


def pytest_configure() -> None:
    """Isolate the tests from the machine's AWS settings and metadata service."""
    settings = without_settings()
    if "PYTEST_XDIST_WORKER" in settings:
        # Do not measure the processes that tests start.
        settings.pop("COVERAGE_PROCESS_CONFIG", None)
    os.environ.clear()
    os.environ |= settings | {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "NO_PROXY": "127.0.0.1,::1",
    }
    botocore.session.create_loader = cached_data(botocore.session.create_loader)
    # A shell without job control makes background processes ignore SIGINT, and the
    # programs that tests start inherit that. Some tests send them a SIGINT.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # No deadline: a busy machine must not fail a test.
    hypothesis.settings.register_profile("lightsnap", deadline=None)
    hypothesis.settings.load_profile("lightsnap")


STATE_MODELS = ("lightsail::operation", "lightsail::instance_snapshot")


def start_emulator(namespace: dict[str, Any]) -> None:
    """Start the emulator for the examples of a page.

    It has an instance in two Regions. Its operations end at once, so no example waits.
    """
    skip_sleeps(namespace)  # between the rounds of a backup
    namespace["mock"] = mock_lightsail()
    namespace["mock"].start()
    for model in STATE_MODELS:
        state_manager.set_transition(model, {"progression": "immediate"})
    for region_name in ("us-west-2", "us-east-1"):
        create_instances(shared_client(region_name), "WordPress-1")


def stop_emulator(namespace: dict[str, Any]) -> None:
    """Stop the emulator, and restore the transitions, which moto's reset does not."""
    stop_shell(namespace)
    restore_sleeps(namespace)
    for model in STATE_MODELS:
        state_manager.unset_transition(model)


def stop_shell(namespace: dict[str, Any]) -> None:
    """Stop the server that ``shell_environment`` started, if any."""
    if "server" in namespace:
        namespace["server"].stop()


def start_server(namespace: dict[str, Any]) -> None:
    """Start an emulator over HTTP, for the clients that moto cannot mock."""
    namespace["environ"] = dict(os.environ)
    server = LightsailServer(region_name="us-west-2", instances=["WordPress-1"])
    namespace["server"] = server
    server.start()
    for model in STATE_MODELS:
        state_manager.set_transition(model, {"progression": "immediate"})
    os.environ |= server.environment | {"AWS_ENDPOINT_URL": server.url}


def stop_server(namespace: dict[str, Any]) -> None:
    """Stop the server, and restore the transitions and the environment."""
    for model in STATE_MODELS:
        state_manager.unset_transition(model)
    namespace["server"].stop()
    os.environ.clear()
    os.environ |= namespace["environ"]


def skip_sleeps(namespace: dict[str, Any]) -> None:
    """Disable ``time.sleep`` for a page."""
    namespace["sleep"] = time.sleep
    time.sleep = lambda _: None


def restore_sleeps(namespace: dict[str, Any]) -> None:
    """Restore ``time.sleep``, and stop the page's emulator if it runs."""
    time.sleep = namespace["sleep"]
    if "mock" in namespace:
        namespace["mock"].stop()


def shell_environment(namespace: dict[str, Any]) -> dict[str, str]:
    """Return the environment of a page's shell blocks, with the page's emulator."""
    if "server" not in namespace:
        # It shares its state with the page's mock: a process has one emulator.
        namespace["server"] = LightsailServer(region_name="us-west-2")
        namespace["server"].start()
    server: LightsailServer = namespace["server"]
    return {
        **without_settings(),
        **server.environment,
        "AWS_ENDPOINT_URL": server.url,
        **shell_blocks.WITHOUT_PAUSES,
    }


def run_in_bash(example: Example) -> None:
    """Run a block of shell commands."""
    shell_blocks.run_script(example.parsed, shell_environment(example.namespace))


def run_in_console(example: Example) -> None:
    """Run the commands of a terminal session, and compare the output."""
    shell_blocks.run_console(example.parsed, shell_environment(example.namespace))


shell = [
    CodeBlockParser("bash", run_in_bash),
    CodeBlockParser("console", run_in_console),
]
# Each Python block of this page is a test file, run by tests/test_docs.py.
TESTS = "docs/how-to/testing.md"
# They need aiobotocore, which moto cannot mock.
ASYNC = ["docs/how-to/async.md", "docs/how-to/snapshots.md"]
# Their code needs packages of an environment of its own, where tests/engines runs it.
ENGINES = ["docs/how-to/engines.md", "docs/how-to/fastapi.md"]
collect_ignore = [] if find_spec("distributed") else ["tests/engines"]
NOTEBOOK = [] if find_spec("tqdm") else ["docs/how-to/progress.md"]
# This page starts an emulator itself. Its terminal sessions continue from block to
# block, so tests/cli/test_tutorial.py runs them.
TUTORIAL = "docs/tutorial.md"
# The terminal sessions of this page are run by tests/cli/test_sessions.py.
SESSIONS = "docs/reference/sessions.md"
# This page is run by tests/airflow/test_page.py, which needs Airflow.
AIRFLOW = "docs/how-to/airflow.md"

pages = Sybil(
    parsers=[PythonCodeBlockParser(), *shell],
    patterns=["README.md", "CONTRIBUTING.md", "docs/*.md", "docs/**/*.md"],
    excludes=[TESTS, *ASYNC, *ENGINES, *NOTEBOOK, TUTORIAL, SESSIONS, AIRFLOW],
    setup=start_emulator,
    teardown=stop_emulator,
)
tutorial = Sybil(
    parsers=[PythonCodeBlockParser()],
    patterns=[TUTORIAL],
    setup=skip_sleeps,
    teardown=restore_sleeps,
)
async_pages = Sybil(
    parsers=[PythonCodeBlockParser(), *shell],
    patterns=ASYNC if find_spec("aiobotocore") else [],
    setup=start_server,
    teardown=stop_server,
)
testing_page = Sybil(
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
    [pages, tutorial, async_pages, testing_page, docstrings]
).pytest()
