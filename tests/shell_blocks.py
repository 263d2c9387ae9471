"""The shell blocks of the pages, run as their readers would run them.

A ``bash`` block is a script. In a ``console`` block the lines after ``$ `` are
commands, with the lines that continue them, and all others are what they show. Each
block runs in an empty folder, on the Lightsail of its page.

Two kinds of commands are not run: ``make`` would run these tests again, and ``pip
install`` would need a network. ``test_docs`` holds that their targets and extras exist.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.foreign import environment

_SETTINGS = ("AWS_", "TQDM_", "COLUMNS", "LINES")

WITHOUT_PAUSES = {"PYTHONPATH": str(Path(__file__).parent / "without_pauses")}
"""An environment in which Python programs do not pause between the rounds of a wait."""

NOT_RUN = ("make ", "pip install ")

# What is another each time.
VARYING = (
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",  # ids
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(\+00:00|Z)",
    r"\d{8}T\d{6}-\d{6}Z",  # in names
    r"(?<=127\.0\.0\.1:)\d+",  # ports
    r"\b\d+\.\d(?= s\b)",
)


def without_settings() -> dict[str, str]:
    """The environment of a machine without settings for AWS, tqdm or a terminal's size.

    GNU readline puts that size there, once something has imported it.
    """
    others = [key for key in os.environ if not key.startswith(_SETTINGS)]
    return {
        **{key: os.environ[key] for key in others},
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def run(command: list[str], folder: str | Path, environ: dict[str, str]) -> str:
    """Run a command in a folder, with the AWS CLI on its path.

    Returns:
        What it shows, standard error included.

    Raises:
        AssertionError: It failed.
    """
    clients = environment("awscli") / "bin"
    with TemporaryDirectory() as programs:
        # The program itself does not start if the path of this checkout has a space.
        aws = Path(programs, "aws")
        aws.write_text(f'#!/bin/sh\nexec "{clients}/python" "{clients}/aws" "$@"\n')
        aws.chmod(0o755)
        path = os.pathsep.join([programs, sys.exec_prefix + "/bin", os.environ["PATH"]])
        ended = subprocess.run(
            command,
            cwd=folder,
            env={**environ, "PATH": path, "HOME": str(folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=300,
        )
    if ended.returncode:
        raise AssertionError(f"exit code {ended.returncode}:\n{ended.stdout}")
    return ended.stdout


def run_script(script: str, environ: dict[str, str]) -> str:
    """Run a ``bash`` block."""
    with TemporaryDirectory() as folder:
        return run(["bash", "-euc", script], folder, environ)


def run_console(block: str, environ: dict[str, str]) -> None:
    """Run a ``console`` block. Where it shows output, that must be what comes.

    Raises:
        AssertionError: A command failed, or has shown something else.
    """
    commands, expected = parsed(block)
    shown = run_script(
        "".join(each for each in commands if not each.startswith(NOT_RUN)), environ
    )
    if expected and without_varying(shown) != without_varying(expected):
        raise AssertionError(f"not what is shown, but:\n{shown}")


def parsed(block: str) -> tuple[list[str], str]:
    """The commands of a ``console`` block, and what it shows of their output."""
    commands = re.findall(r"^\$ ((?:.*\\\n)*.*\n)", block, re.MULTILINE)
    return commands, re.sub(r"^\$ (?:.*\\\n)*.*\n", "", block, flags=re.MULTILINE)


def without_varying(text: str) -> str:
    """Replace what is another each time."""
    for pattern in VARYING:
        text = re.sub(pattern, "…", text)
    return text
