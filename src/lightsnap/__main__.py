"""``python -m lightsnap`` is the program ``lightsnap``."""

from __future__ import annotations

import gc
import sys

from lightsnap.cli import main


def run() -> int:
    """Run the command line of a process that then ends, and return the exit code.

    Nearly all that a short process allocates lives until its end, so the garbage
    collector runs less often, and not at all at exit. The page "Performance" has the
    figures.
    """
    gc.set_threshold(100_000)
    exit_code = main()
    gc.freeze()
    return exit_code


if __name__ == "__main__":
    sys.exit(run())
