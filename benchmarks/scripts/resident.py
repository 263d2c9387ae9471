"""Run a script and print the resident memory after it, in bytes.

Without /proc, print the peak instead.
"""

import resource
import runpy
import sys
from pathlib import Path

kept = runpy.run_path(sys.argv[1], run_name="__main__")  # keeps its client alive

try:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    resident = pages * resource.getpagesize()
except FileNotFoundError:
    unit = 1 if sys.platform == "darwin" else 1024
    resident = unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(resident)
