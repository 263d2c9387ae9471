"""The run of the DAG in docs/how-to/airflow.md, recorded on that page.

``.venv/airflow/bin/python -m tests.airflow.page`` runs the page's commands, and writes
what they show to it.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.shell_blocks import without_settings

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "airflow.md"
SHOWN = re.compile(r"\[\S*lightsnap\S*\] loc=|Marking run")


def blocks(kind: str) -> list[str]:
    """Return the blocks of a kind."""
    pattern = rf"^```{kind}\n(.*?)^```$"
    text = PAGE.read_text(encoding="utf-8")
    return re.findall(pattern, text, re.MULTILINE | re.DOTALL)


def run_commands() -> str:
    """Run the commands of the page, without those that install, and return the log."""
    (script,) = blocks("bash")
    _, _, commands = script.partition("pip install '.[airflow,testing]'\n")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = f"{free.getsockname()[1]}"
    commands = commands.replace("5000", port).replace("local ", f"local --port {port} ")
    path = os.pathsep.join([f"{Path(sys.executable).parent}", os.environ["PATH"]])
    with TemporaryDirectory() as folder:
        dags = Path(folder, "airflow", "dags")
        dags.mkdir(parents=True)
        dag = blocks("python")[0]
        (dags / "nightly_backup.py").write_text(dag, encoding="utf-8")
        ended = subprocess.run(
            ["bash", "-euc", f"trap 'kill %1' EXIT\n{commands}"],
            cwd=folder,
            env={**without_settings(), "PATH": path, "HOME": folder},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=True,
            timeout=300,
        )
    return ended.stdout


def shown(log: str) -> str:
    """Return the lines of lightsnap and the last one, without the names of loggers."""
    lines = [line for line in log.splitlines() if SHOWN.search(line)]
    return "".join(re.sub(r" *\[\S+\] loc=.*", "", line) + "\n" for line in lines)


def main() -> None:
    """Write the page."""
    (before,) = blocks("text")
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(text.replace(before, shown(run_commands())), encoding="utf-8")


if __name__ == "__main__":
    main()
