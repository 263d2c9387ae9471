"""Write the code of the notebooks to modules, so that ``make types`` can check it.

Each module contains one async function, since cells may use ``await``. An expression at
the end of a cell, whose value a notebook would show, is assigned to ``_``.
"""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path
from shutil import rmtree
from textwrap import indent

FOLDER = Path(__file__).parent


def code_of(cell: str) -> str:
    """Return the code of a cell, with an expression at its end assigned to ``_``."""
    last = ast.parse(cell).body[-1]
    if not isinstance(last, ast.Expr) or isinstance(last.value, ast.Call):
        return cell
    lines = cell.splitlines()
    lines[last.lineno - 1] = f"_ = {lines[last.lineno - 1]}"
    return "\n".join(lines)


def module_of(notebook: Path) -> str:
    """Return the code of a notebook as one async function."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    code = [
        code_of("".join(cell["source"]))
        for cell in cells
        if cell["cell_type"] == "code"
    ]
    body = indent("\n\n".join(code), " " * 4)
    return f"async def notebook() -> None:\n{body}\n"


def main(target: Path) -> None:
    """Write a module for each notebook."""
    rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for notebook in sorted(FOLDER.glob("*.ipynb")):
        name = notebook.stem.replace("-", "_")
        (target / f"{name}.py").write_text(module_of(notebook), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
