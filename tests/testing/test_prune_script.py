"""The script that prunes, on the page on testing, with both formats of timestamps."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lightsnap.testing import LightsailServer
from tests import shell_blocks
from tests.embedded import create_snapshot, new_client

pytestmark = pytest.mark.foreign

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "testing.md"


# A page has 100 snapshots.
@pytest.mark.parametrize(("timestamps", "count"), [("none", 120), ("iso8601", 8)])
def test_the_script_deletes_what_is_old_except_the_newest(
    tmp_path: Path, timestamps: str, count: int
) -> None:
    (script,) = re.findall(
        r"^cat >prune\.sh <<'END'\n(.*?)^END\n",
        PAGE.read_text(encoding="utf-8"),
        re.MULTILINE | re.DOTALL,
    )
    (tmp_path / "prune.sh").write_text(script, encoding="utf-8")
    config = tmp_path / "config"
    config.write_text(f"[default]\ncli_timestamp_format = {timestamps}\n")

    with LightsailServer(instances=["WordPress-1", "WordPress-10"]) as server:
        client = new_client("us-east-1", endpoint_url=server.url)
        environ = shell_blocks.without_settings() | server.environment
        environ["AWS_CONFIG_FILE"] = str(config)

        def prune() -> list[str]:
            """Run the script. Return the names of the snapshots that it deletes."""
            server.calls.clear()
            command = ["bash", "prune.sh", "WordPress-1", "7"]
            shell_blocks.run(command, tmp_path, environ)
            deleted = server.calls.of("DeleteInstanceSnapshot")
            assert {*server.calls.names} <= {
                "GetInstanceSnapshots",
                "DeleteInstanceSnapshot",
            }
            return [call.members["instanceSnapshotName"] for call in deleted]

        assert prune() == []
        create_snapshot(client, "Other", instanceName="WordPress-10")
        server.age("Other", days=400)
        names = [f"Snapshot-{number}" for number in range(1, count + 1)]
        for name in names:  # of ages that are just over and under the limit
            create_snapshot(client, name)
            server.age(name, days=7.1 if name in names[-2:] else 6.9)
        assert prune() == [names[-1], names[-2]]
        assert prune() == []

        for name in names[:-5]:
            client.delete_instance_snapshot(instanceSnapshotName=name)
        for name in names[-5:-2]:
            server.age(name, days=100)
        assert prune() == [names[-4], names[-5]]

        server.faults.error("GetInstanceSnapshots", code="AccessDeniedException")
        with pytest.raises(AssertionError, match="exit code"):
            prune()
        assert server.calls.of("DeleteInstanceSnapshot") == []
