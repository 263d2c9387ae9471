"""The schedules on the page about the command ``backup`` run what they say."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests import shell_blocks
from tests.cli.conftest import Fleet

pytestmark = [pytest.mark.fake, pytest.mark.page]

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "backup-command.md"
TEXT = PAGE.read_text(encoding="utf-8")
(PLANS,) = re.findall(
    r"^cat >plans.toml <<'END'\n.*?^END\n", TEXT, re.MULTILINE | re.DOTALL
)
BACKUP = 'lightsnap backup --plan-file plans.toml --plan nightly --run "$(date -u +%F)"'


def only_match(pattern: str) -> str:
    (match,) = re.finditer(pattern, TEXT, re.MULTILINE)
    return match[1]


def cron_command() -> str:
    return only_match(r"^0 3 \* \* \* (.*)$").replace(r"\%", "%")


def systemd_command() -> str:
    return only_match(r"^ExecStart=(.*)$").replace("%%", "%")


def workflow_commands() -> list[str]:
    (text,) = re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    steps = YAML(typ="safe").load(text)["jobs"]["backup"]["steps"]
    return [each["run"] for each in steps if "run" in each]


def test_every_schedule_has_the_same_command() -> None:
    install, backup, check = workflow_commands()

    assert cron_command() == f"{BACKUP} --output off"
    assert shlex.split(systemd_command()) == ["/bin/sh", "-c", f"exec {BACKUP}"]
    assert (install, backup) == ("pip install .", BACKUP)
    assert check.startswith("lightsnap list ")


def test_the_schedules_run(fleet: Fleet) -> None:
    environ = shell_blocks.without_settings() | fleet.server.environment
    environ |= shell_blocks.WITHOUT_PAUSES
    plans = PLANS.replace("WordPress-*", "web")
    commands = [cron_command(), systemd_command(), *workflow_commands()[1:]]

    shown = shell_blocks.run_script("\n".join([plans, *commands]), environ)

    lines = [line for line in shown.splitlines() if line.startswith("lightsnap:")]
    assert len(lines) == 3
    assert all(line.endswith("1 of 1 succeeded") for line in lines)
    assert len(fleet.names()) == len(fleet.names("eu-central-1")) == 1
