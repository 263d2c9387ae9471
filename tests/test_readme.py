"""README.md: the demo's output, the page on a package index, and the comparison.

The other tools run in their own environments, against the emulator.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import boto3
import pytest

from lightsnap._aws.calls import TABLE
from lightsnap.testing import LightsailServer
from tests.foreign import ROOT, environment

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.page

README = (ROOT / "README.md").read_text(encoding="utf-8")
LINK = re.compile(r"\[[^]]+\]\(([^)]+)\)")


def test_the_output_of_the_demo_is_current() -> None:
    (output,) = re.findall(r"the wait:\n\n```text\n(.*?)```", README, re.DOTALL)
    sessions = ROOT / "docs" / "reference" / "sessions.md"

    assert output in sessions.read_text(encoding="utf-8")


# The page on a package index.


@pytest.fixture(scope="module")
def index_page() -> str:
    """Return the README that hatchling writes into the distributions."""
    return subprocess.run(
        [sys.executable, "-m", "hatch_fancy_pypi_readme"],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        check=True,
    ).stdout


def test_the_index_page_has_no_relative_links(index_page: str) -> None:
    targets = LINK.findall(index_page)

    assert targets
    assert [each for each in targets if not each.startswith("https://")] == []


def test_the_index_page_contains_the_readme(index_page: str) -> None:
    text, _, _ = README.partition("\n## More")

    for paragraph in text.split("\n\n"):
        if not LINK.search(paragraph):
            assert paragraph in index_page


def test_the_index_page_ends_with_only_the_newest_changes(index_page: str) -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    (newest, *_) = re.findall(r"^## \[(.+)\]", changelog, re.MULTILINE)
    title = f"\n## Newest changes: {newest}"

    # The section "More" is replaced by that of the changes.
    assert README.count("\n## ") == index_page.count("\n## ")
    _, _, changes = index_page.partition(title)
    entry = changes.partition("\n")[2].strip()
    assert "- " in entry
    assert entry in changelog


# The comparison. Each script creates a snapshot with the given name and tag key, and
# prints the response.

BOTO3 = """
import sys, boto3
print(boto3.client("lightsail").create_instance_snapshot(
    instanceName="WordPress-1",
    instanceSnapshotName=sys.argv[1],
    tags=[{"key": sys.argv[2]}],
))
"""
CAPO = """
import sys, capo_lightsail
with capo_lightsail.LightsailClient() as client:
    print(client.create_instance_snapshot(
        instance_name="WordPress-1",
        instance_snapshot_name=sys.argv[1],
        tags=[{"key": sys.argv[2]}],
    ))
"""


def test_the_comparison_has_the_number_of_calls() -> None:
    assert f"| Lightsail API calls | {len(TABLE)} |" in README


def create(peer: str, server: LightsailServer, name: str, key: str) -> str:
    if peer == "boto3":
        command = [sys.executable, "-c", BOTO3, name, key]
    elif peer == "capo":
        command = [str(environment(peer) / "bin/python"), "-c", CAPO, name, key]
    else:
        command = [*aws(), "create-instance-snapshot", "--instance-name=WordPress-1"]
        command += [f"--instance-snapshot-name={name}", f"--tags=key={key}"]
    ran = subprocess.run(
        command,
        env={**os.environ, **server.environment, "AWS_ENDPOINT_URL": server.url},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return ran.stdout + ran.stderr


def aws() -> list[str]:
    # Run by its interpreter, since a shebang line cannot hold a path with a space.
    folder = environment("awscli") / "bin"
    return [str(folder / "python"), str(folder / "aws"), "lightsail"]


@pytest.fixture(scope="module")
def server() -> Iterator[LightsailServer]:
    with LightsailServer(region_name="us-west-2", instances=["WordPress-1"]) as server:
        yield server


@pytest.fixture(params=["boto3", "awscli", "capo"])
def peer(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def test_others_send_invalid_requests(peer: str, server: LightsailServer) -> None:
    refused = create(peer, server, f"{peer}-tag", "aws:env")
    assert "The prefix aws: is reserved in a tag key: aws:env" in refused

    refused = create(peer, server, f"{peer}.", "env")
    assert f"{peer}. is not a valid resource name" in refused


def test_others_retry_when_they_are_throttled(
    peer: str, server: LightsailServer
) -> None:
    server.faults.throttle("CreateInstanceSnapshot")

    assert "NotStarted" in create(peer, server, f"{peer}-throttled", "env")
    assert server.faults.pending == []


def test_others_report_a_name_in_use_after_a_lost_response(
    peer: str, server: LightsailServer
) -> None:
    server.faults.drop("CreateInstanceSnapshot", when="after")

    lost = create(peer, server, f"{peer}-lost", "env")

    assert f"Some names are already in use: {peer}-lost" in lost


def test_boto3_has_no_waiter_for_lightsail() -> None:
    assert boto3.client("lightsail", region_name="us-west-2").waiter_names == []


def test_the_aws_cli_has_no_wait_command_for_lightsail() -> None:
    ran = subprocess.run(
        [*aws(), "wait"], capture_output=True, text=True, check=False, timeout=120
    )

    assert ran.returncode
    assert "nvalid choice" in ran.stderr


def test_capo_has_no_waits() -> None:
    script = "import capo_lightsail; print(*dir(capo_lightsail.LightsailClient))"
    ran = subprocess.run(
        [environment("capo") / "bin/python", "-c", script],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )

    assert "create_instance_snapshot" in ran.stdout
    assert "wait" not in ran.stdout
