"""The commands in the second half of docs/tutorial.md show what the page says."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.page

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial.md"
PORT = "5055"


def blocks() -> list[str]:
    """The terminals of the page, from the one that starts the emulator."""
    page = TUTORIAL.read_text(encoding="utf-8").partition("## At the command line\n")[2]
    return re.findall(r"^```console\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def commands(block: str) -> Iterator[tuple[str, str]]:
    """Each command in a terminal, with its output."""
    for each in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command = re.match(r"(.*\\\n)*.*\n", each)
        assert command
        yield command[0], each[command.end() :]


def without_times(shown: str) -> str:
    """The output without times, which vary on a busy machine."""
    return re.sub(r"(^|after )\d+(\.\d)? s\b", r"\1… s", shown, flags=re.MULTILINE)


def test_the_commands_show_what_the_page_says(tmp_path: Path) -> None:
    environ = {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "HOME": str(tmp_path),
        "NO_PROXY": "127.0.0.1",
    }
    first, *second = blocks()
    [(start, url)] = commands(first)
    # The port of the page may be in use, so another one replaces it.
    server = subprocess.Popen(
        start.replace(PORT, "0").split(),
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with server:
        try:
            assert server.stdout
            port = server.stdout.readline().strip().rpartition(":")[2]
            assert url.replace(PORT, port) == f"http://127.0.0.1:{port}\n"
            # Each command runs in a new shell, with the state of the one before.
            exports, status = "", 0
            ran = 0
            for command, shown in commands("".join(second).replace(PORT, port)):
                if command.startswith(". "):  # the environment is active already
                    continue
                done = subprocess.run(
                    ["bash", "-c", f"{exports}(exit {status})\n{command}"],
                    env=environ,
                    cwd=tmp_path,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    check=False,
                    timeout=120,
                )
                assert without_times(done.stdout) == without_times(shown), command
                ran += 1
                status = done.returncode
                if command.startswith("export "):
                    exports += command
            assert ran == 8
        finally:
            server.send_signal(signal.SIGINT)
