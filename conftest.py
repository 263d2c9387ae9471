"""The tests' surroundings; the examples of README, docs/ and docstrings as tests."""

from __future__ import annotations

import os
from typing import Any

import hypothesis
from moto.moto_api import state_manager
from sybil import Sybil
from sybil.document import PythonDocStringDocument
from sybil.parsers.markdown import PythonCodeBlockParser
from sybil.parsers.rest import DocTestParser
from sybil.sybil import SybilCollection

from lightsnap.testing import mock_lightsail
from tests.embedded import create_instances, new_client


def pytest_configure() -> None:
    """Keep the machine's AWS settings out, and its metadata service unasked."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            del os.environ[name]
    os.environ |= {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
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


pages = Sybil(
    parsers=[PythonCodeBlockParser()],
    patterns=["README.md", "docs/*.md"],
    excludes=["docs/testing.md"],
    setup=start_lightsail,
    teardown=stop_lightsail,
)
page_with_a_lightsail_of_its_own = Sybil(
    parsers=[PythonCodeBlockParser()], patterns=["docs/testing.md"]
)
docstrings = Sybil(
    parsers=[DocTestParser()],
    path="src",
    patterns=["*.py"],
    document_types={".py": PythonDocStringDocument},
)
pytest_collect_file = SybilCollection(
    [pages, page_with_a_lightsail_of_its_own, docstrings]
).pytest()
