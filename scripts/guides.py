"""Write the code of the guides on engines to modules, to check their types."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from shutil import rmtree

ROOT = Path(__file__).parents[1]
PAGES = ["engines", "fastapi"]


def main(target: Path) -> None:
    """Write a module for each block, and the settings of pyright."""
    rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for page in PAGES:
        path = ROOT / "docs" / "how-to" / f"{page}.md"
        text = path.read_text(encoding="utf-8")
        blocks = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        for number, block in enumerate(blocks, 1):
            (target / f"{page}_{number}.py").write_text(block, encoding="utf-8")
    settings = {
        "venvPath": str(ROOT / ".venv"),
        "venv": "engines",
        "pythonVersion": "3.11",
        "typeCheckingMode": "strict",
        # Ray, distributed and loky leave some types out.
        "reportMissingTypeStubs": False,
        "reportUnknownMemberType": False,
        "reportUnknownVariableType": False,
        "reportUnknownArgumentType": False,
    }
    (target / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
