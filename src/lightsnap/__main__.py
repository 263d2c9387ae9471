"""``python -m lightsnap`` is the program ``lightsnap``."""

from __future__ import annotations

import sys

from lightsnap.cli import main

if __name__ == "__main__":
    sys.exit(main())
