"""Run command lines of the AWS CLI, version 1, one after the other.

Each line of standard input is a JSON list of the words after ``aws lightsail``. For
each one, this prints a line of JSON with the exit code and standard output. Each runs
in a fork of this process, which has loaded what they all need.
"""

from __future__ import annotations

import json
import os
import sys
from functools import cache
from io import StringIO
from typing import Any

RESULTS = sys.stdout
# Before the import, since parts of the AWS CLI keep the stream that they find there.
OUTPUT = sys.stdout = sys.stderr = StringIO()

from awscli.botocore.loaders import (  # type: ignore[import-not-found] # noqa: E402
    JSONFileLoader,
)
from awscli.clidriver import (  # type: ignore[import-not-found] # noqa: E402
    create_clidriver,
)

_load_file = cache(JSONFileLoader().load_file)
JSONFileLoader.load_file = lambda _, path: _load_file(path)


def run(words: list[str], driver: Any) -> tuple[int, str]:
    """Run a command line, and return its exit code and its output."""
    OUTPUT.seek(0)
    OUTPUT.truncate()
    sys.stderr = StringIO()
    try:
        exit_code = driver.main(["lightsail", *words])
    except SystemExit as ended:  # argparse does not return
        exit_code = ended.code
    return exit_code, OUTPUT.getvalue()


if __name__ == "__main__":
    run(["get-regions", "--generate-cli-skeleton", "output"], create_clidriver())
    unused = create_clidriver()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            print(json.dumps(run(json.loads(line), unused)), file=RESULTS, flush=True)
            os._exit(0)
        os.waitpid(child, 0)
