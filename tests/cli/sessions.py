"""Terminal sessions with the program; docs/reference/sessions.md is what they show.

To write the page anew: ``python -m tests.cli.sessions >docs/reference/sessions.md``.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

_BEFORE = """\
# Sessions

What each command of the program shows, on the embedded Lightsail; it takes `pip install
'.[cli,testing]'`. There is no terminal here, so no progress is shown where it is not
asked for; answers go to standard output, all else to standard error.

"""

_AFTER = """\
This page is written by `python -m tests.cli.sessions >docs/reference/sessions.md`,
which runs every command on it. Ids, times and the port are other ones each time, so
they are replaced. `make test` runs them again and compares.
"""


class Session(NamedTuple):
    """What a command is for, and command lines with it."""

    title: str
    text: str
    commands: tuple[str, ...]


_LOCAL = "lightsnap local --region us-west-2 --instance WordPress-1 --quiet &"
_SETTINGS = (
    "export AWS_ENDPOINT_URL=http://127.0.0.1:5000 AWS_DEFAULT_REGION=us-west-2 "
    "AWS_ACCESS_KEY_ID=testing AWS_SECRET_ACCESS_KEY=testing"
)
_CREATE = "lightsnap create-instance-snapshot --instance-name WordPress-1 \\\n   "

SESSIONS = (
    Session(
        "Create a snapshot",
        "What `aws lightsail create-instance-snapshot` does, and shows.",
        (
            (
                f"{_CREATE} --instance-snapshot-name monday "
                "--tags key=env,value=prod key=keep"
            ),
            (
                f"{_CREATE} --instance-snapshot-name tuesday "
                "--query operations[].status "
                "--output text"
            ),
        ),
    ),
    Session(
        "Check it before it is sent",
        "All that is wrong is told at once, and nothing is sent.",
        (
            (
                f"{_CREATE} --instance-snapshot-name WordPress-1 \\\n"
                "    --tags key=aws:x 'key=cost,value=\"r&d\"'; echo $?"
            ),
            f"{_CREATE} --instance-snapshot-name monday; echo $?",
        ),
    ),
    Session(
        "Wait for it",
        "With `--wait` the program ends when the operations have succeeded and the\n"
        "snapshot is available.",
        (
            (
                f"{_CREATE} --instance-snapshot-name wednesday \\\n"
                "    --wait --poll-interval 1 --progress plain --output table \\\n"
                "    --query 'operations[].{name: resourceName, status: status}'"
            ),
        ),
    ),
    Session(
        "Wait later, or elsewhere",
        "`--save` stores the operations as soon as the service has accepted the\n"
        "snapshot; another process waits for them.",
        (
            (
                f"{_CREATE} --instance-snapshot-name thursday --save thursday.json "
                "--output off"
            ),
            "lightsnap wait operations-terminal --resume thursday.json; echo $?",
            (
                "lightsnap wait instance-snapshot-available \\\n"
                "    --instance-snapshot-name thursday; echo $?"
            ),
            (
                "lightsnap wait instance-snapshot-available \\\n"
                "    --instance-snapshot-name friday --timeout 0; echo $?"
            ),
        ),
    ),
    Session(
        "Look at an operation",
        "What `aws lightsail get-operation` does.",
        (
            (
                f"id=$({_CREATE} --instance-snapshot-name saturday "
                "--query operations[0].id --output text); \\\n"
                "    lightsnap get-operation --operation-id $id --output yaml"
            ),
        ),
    ),
    Session(
        "Fill in a request",
        "Skeletons are those of the AWS CLI.",
        (
            "lightsnap create-instance-snapshot --generate-cli-skeleton yaml-input",
            'echo \'{"instanceName": "WordPress-1"}\' >request.json',
            (
                "lightsnap create-instance-snapshot \\\n"
                "    --cli-input-json file://request.json "
                "--instance-snapshot-name sunday --output off; echo $?"
            ),
        ),
    ),
    Session(
        "See the main job",
        "It needs no settings and no server: the Lightsail is inside of the process.",
        ("lightsnap demo",),
    ),
)


def page() -> str:
    """The page, in Markdown, from running every command."""
    with TemporaryDirectory() as folder:
        return _BEFORE + "\n".join(_sections(folder)) + "\n" + _AFTER


def _sections(folder: str) -> Iterator[str]:
    environ = {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "HOME": folder,
        "TZ": "UTC",
        "NO_PROXY": "127.0.0.1",
    }
    server = subprocess.Popen(
        [*_LOCAL.removesuffix(" &").split(), "--port", "0"],
        env=environ,
        stdout=subprocess.PIPE,
        text=True,
    )
    with server:
        assert server.stdout
        url = server.stdout.readline().strip()
        port = url.rpartition(":")[2]
        settings = _SETTINGS.removeprefix("export ").replace("5000", port).split()
        environ |= dict(setting.split("=", 1) for setting in settings)
        try:
            local = f"$ {_LOCAL}\n{url}\n$ {_SETTINGS}\n".replace(port, "5000")
            yield _section(
                "A Lightsail to talk to", "Against AWS, leave this out.", local
            )
            for session in SESSIONS:
                shown = "".join(
                    f"$ {command}\n{_output(command, environ, folder)}"
                    for command in session.commands
                )
                shown = _replaced(shown)
                yield _section(session.title, session.text, shown)
        finally:
            server.send_signal(signal.SIGTERM)


def _section(title: str, text: str, shown: str) -> str:
    return f"## {title}\n\n{text}\n\n```console\n{shown}```\n"


def _output(command: str, environ: dict[str, str], folder: str) -> str:
    return subprocess.run(
        ["bash", "-c", command],
        env=environ,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=120,
    ).stdout


def _replaced(shown: str) -> str:
    """Replace what is another each time."""
    ids = re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", shown)
    for number, each in enumerate(dict.fromkeys(ids), start=1):
        shown = shown.replace(each, f"{number:08}-0000-4000-8000-000000000000")
    shown = re.sub(r"\d{8}T\d{6}-\d{6}Z", "20261124T220501-000042Z", shown)
    shown = re.sub(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00",
        "2026-11-24T22:05:01.042000+00:00",
        shown,
    )
    # A busy machine is late by a few tenths.
    return re.sub(r"\b(\d+)\.\d s\b", r"\1.0 s", shown)


if __name__ == "__main__":
    print(page(), end="")
