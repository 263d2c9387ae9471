"""Common mistakes get a helpful message and the right exit code."""

from __future__ import annotations

import random
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from lightsnap.testing import LightsailServer
from tests.cli.conftest import Run
from tests.cli.misuse import EXPECTED, EXPECTED_OF_BACKUPS, Misuse, page

pytestmark = pytest.mark.fake

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def server() -> Iterator[LightsailServer]:
    with LightsailServer(region_name="us-west-2", instances=["WordPress-1"]) as server:
        yield server


@pytest.mark.parametrize("misuse", EXPECTED, ids=[each.mistake for each in EXPECTED])
def test_common_mistakes(
    misuse: Misuse, run: Run, server: LightsailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_LIGHTSAIL", server.url)
    monkeypatch.delenv("AWS_MAX_ATTEMPTS")
    monkeypatch.setattr(random, "random", lambda: 0.0)  # botocore's pauses
    create = "create-instance-snapshot", "--instance-name", "WordPress-1"
    if misuse.mistake == "a name in use":
        assert run(*create, "--instance-snapshot-name", "taken").exit_code == 0
    if misuse.mistake == "no Region":
        monkeypatch.delenv("AWS_DEFAULT_REGION")
    if misuse.mistake == "no credentials":
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    ran = run("create-instance-snapshot", *shlex.split(misuse.options))

    messages = "".join(f"lightsnap: {message}\n" for message in misuse.messages)
    assert (ran.exit_code, ran.stderr, ran.stdout) == (misuse.exit_code, messages, "")


@pytest.mark.parametrize(
    "misuse", EXPECTED_OF_BACKUPS, ids=[each.mistake for each in EXPECTED_OF_BACKUPS]
)
def test_common_mistakes_with_backups(
    misuse: Misuse, run: Run, server: LightsailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_LIGHTSAIL", server.url)
    monkeypatch.delenv("AWS_MAX_ATTEMPTS")

    ran = run(*shlex.split(misuse.options))

    messages = "".join(f"lightsnap: {message}\n" for message in misuse.messages)
    assert (ran.exit_code, ran.stderr) == (misuse.exit_code, messages)


def test_the_page_is_up_to_date() -> None:
    committed = ROOT / "docs" / "reference" / "misuse.md"

    assert committed.read_text(encoding="utf-8") == page()
