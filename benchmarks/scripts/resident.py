"""Run a script, and tell how many bytes are resident after it.

Without /proc, it is how many there were at most.
"""

import resource
import runpy
import sys
from pathlib import Path

held = runpy.run_path(sys.argv[1], run_name="__main__")  # its client lives on

try:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    resident = pages * resource.getpagesize()
except FileNotFoundError:
    unit = 1 if sys.platform == "darwin" else 1024
    resident = unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(resident)
