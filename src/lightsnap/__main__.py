"""``python -m lightsnap`` is the program ``lightsnap``."""

from __future__ import annotations

import gc
import sys

from lightsnap.cli import main


def run() -> int:
    """Run the command line of a process that then ends, and return the exit code.

    Python looks for garbage now and then in all that there is, and once more as it
    ends. In the modules that are loaded there is none, and at the end the memory goes
    back anyway: what is frozen is left out.
    """
    exit_code = main(on_loaded=gc.freeze)
    gc.freeze()
    return exit_code


if __name__ == "__main__":
    sys.exit(run())
