"""Run command lines of the AWS CLI, version 1, one after the other in one process.

Each line of standard input is a JSON list of the words after ``aws lightsail``. For
each one, this prints a line with the exit code. The AWS CLI's own output is discarded.
"""

from __future__ import annotations

import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from typing import Any

from awscli.clidriver import create_clidriver  # type: ignore[import-not-found]


def run(words: list[str]) -> Any:
    """Run a command line, and return its exit code."""
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        try:
            return create_clidriver().main(["lightsail", *words])
        except SystemExit as ended:  # argparse does not return
            return ended.code


if __name__ == "__main__":
    for line in sys.stdin:
        print(run(json.loads(line)), flush=True)
