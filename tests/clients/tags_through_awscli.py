"""Command lines of the AWS CLI, version 1, one after the other in one process.

Each line of standard input is a list in JSON, of the words after ``aws lightsail``. It
is answered by a line with the exit code. What the AWS CLI writes is dropped.
"""

from __future__ import annotations

import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from typing import Any

from awscli.clidriver import create_clidriver  # type: ignore[import-not-found]


def run(words: list[str]) -> Any:
    """The exit code of a command line."""
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        try:
            return create_clidriver().main(["lightsail", *words])
        except SystemExit as ended:  # argparse does not return
            return ended.code


if __name__ == "__main__":
    for line in sys.stdin:
        print(run(json.loads(line)), flush=True)
