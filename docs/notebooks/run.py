"""Run the notebooks and store their outputs: ``make notebooks``.

Each notebook runs in a kernel of its own, on the emulator. Ids and times are replaced
by fixed ones, so that another run changes nothing. The final state of a progress bar is
stored as HTML, since its widget needs a kernel.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
from nbclient import NotebookClient
from traitlets.config import Config

FOLDER = Path(__file__).parent
SOURCE = FOLDER.parents[1] / "src"
SETTINGS = ("AWS_", "IPYTHON", "JUPYTER_", "PYTHON", "TQDM_")
WIDGET = "application/vnd.jupyter.widget-view+json"
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TIMES = {
    re.compile(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d"): "2026-11-24 22:05:01",
    re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+"): "2026-11-24T22:05:01.000042",
    re.compile(r"20\d{6}T\d{6}-\d{6}Z"): "20261124T220501-000042Z",
    # The pauses of a backup vary at random.
    re.compile(r"(?<=12/12 done, )\d+(?= s)"): "26",
}


def run(notebook: Any) -> Any:
    """Run a notebook and return it with the new outputs."""
    for cell in notebook.cells:
        cell.metadata = {}
    with TemporaryDirectory() as folder:
        # Sockets and settings of its own, so that several kernels can run at once.
        connection: dict[str, Any] = {"connection_file": f"{folder}/kernel.json"}
        if os.name == "posix":
            connection["transport"] = "ipc"
        NotebookClient(
            notebook,
            record_timing=False,
            coalesce_streams=True,
            config=Config(KernelManager=connection),
        ).execute(env=environment(folder))
    widgets = notebook.metadata.get("widgets", {})
    states = {
        model_id: model["state"]
        for of_version in widgets.values()
        for model_id, model in of_version["state"].items()
    }
    notebook.metadata = METADATA
    for cell in notebook.cells:
        cell.metadata = {}
        for output in cell.get("outputs", []):
            if (view := output.get("data", {}).pop(WIDGET, None)) is not None:
                html = as_html(view["model_id"], states)
                output.data = {"text/html": html, "text/plain": as_text(html)}
    return notebook


def environment(folder: str) -> dict[str, str]:
    """Return the environment of a kernel, without any settings of this machine."""
    names = [key for key in os.environ if not key.startswith(SETTINGS)]
    return {key: os.environ[key] for key in names} | {
        "PYTHONPATH": str(SOURCE),
        "IPYTHONDIR": folder,
        "JUPYTER_CONFIG_DIR": folder,
        "JUPYTER_DATA_DIR": folder,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def as_html(model_id: str, states: dict[str, Any]) -> str:
    """Return a tqdm bar as HTML: text, the bar itself, text."""
    before, bar, after = (
        states[child.removeprefix("IPY_MODEL_")]
        for child in states[model_id]["children"]
    )
    html = (
        f"<div>{before['value']} "
        f'<progress value="{bar["value"]:g}" max="{bar["max"]:g}"></progress> '
        f"{after['value']}</div>"
    )
    return html.replace("\u2007", " ")  # tqdm pads with figure spaces


def as_text(html: str) -> str:
    """Remove the tags from HTML."""
    return " ".join(re.sub("<[^>]*>", "", html).split())


def normalize(text: str) -> str:
    """Replace ids and times, which differ from run to run."""
    seen = {
        each: number for number, each in enumerate(dict.fromkeys(IDS.findall(text)), 1)
    }
    text = IDS.sub(lambda found: f"00000000-0000-4000-8000-{seen[found[0]]:012}", text)
    for pattern, time in TIMES.items():
        text = pattern.sub(time, text)
    return text


def main() -> int:
    """Run all notebooks and store their outputs; with ``--check``, only compare."""
    changed = []
    for path in sorted(FOLDER.glob("*.ipynb")):
        stored = path.read_text(encoding="utf-8")
        notebook = run(nbformat.reads(stored, as_version=4))
        ran = normalize(nbformat.writes(notebook)) + "\n"
        if ran != stored:
            changed.append(path.name)
            if "--check" not in sys.argv:
                path.write_text(ran, encoding="utf-8")
    print(f"Notebooks that changed: {', '.join(changed) or 'none'}.")
    return int("--check" in sys.argv and bool(changed))


if __name__ == "__main__":
    sys.exit(main())
