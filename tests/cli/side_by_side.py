"""Run the CLI and the AWS CLI side by side against one server.

This is version 1 of the AWS CLI, the one on PyPI, with the same model of the API as
lightsnap's botocore.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import botocore
import pytest

from lightsnap.cli import main
from tests import documented
from tests.foreign import ROOT, environment
from tests.stub import Answer, Stub, serving


class Outcome(NamedTuple):
    """The exit code, the requests that were sent, and standard output."""

    exit_code: int
    sent: list[tuple[str, dict[str, Any]]]
    stdout: str


Runner: TypeAlias = Callable[[list[str]], Outcome]


class Pair(NamedTuple):
    """What runs a command line with each of the two, and what they call."""

    lightsnap: Runner
    aws: Runner
    stub: Stub


@contextmanager
def both(home: Path) -> Iterator[Pair]:
    """Run command lines with both, in this folder and without other settings."""
    config = home / "config"
    # Version 1 fetches `--tags https://…` otherwise.
    config.write_text("[default]\ncli_follow_urlparam = false\n")
    with serving() as stub, pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        patch.setenv("HOME", str(home))
        patch.setenv("AWS_CONFIG_FILE", str(config))
        patch.setenv("AWS_DEFAULT_REGION", "us-west-2")
        patch.setenv("AWS_ENDPOINT_URL_LIGHTSAIL", stub.url)
        patch.setenv("AWS_MAX_ATTEMPTS", "1")
        patch.setenv("AWS_DATA_PATH", str(Path(botocore.__file__).with_name("data")))
        stub.on("CreateInstanceSnapshot", Answer(documented.ANSWER))
        script = ROOT / "tests" / "clients" / "lines_through_awscli.py"
        with subprocess.Popen(
            [environment("awscli") / "bin" / "python", script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdin
            assert process.stdout
            lines, results = process.stdin, process.stdout

            def run_aws(words: list[str]) -> Outcome:
                stub.requests.clear()
                print(json.dumps(words), file=lines, flush=True)
                exit_code, stdout = json.loads(results.readline())
                return Outcome(exit_code, list(stub.requests), stdout)

            def run_lightsnap(words: list[str]) -> Outcome:
                stub.requests.clear()
                stdout = StringIO()
                with redirect_stdout(stdout), redirect_stderr(StringIO()):
                    exit_code = main(words)
                return Outcome(exit_code, list(stub.requests), stdout.getvalue())

            yield Pair(run_lightsnap, run_aws, stub)
