"""Run a program on a pseudo-terminal, with stdout in a file.

It is the controlling terminal of the program, so Ctrl-C interrupts it.
"""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import termios
import time
from collections.abc import Mapping
from tempfile import TemporaryFile
from typing import Self

ENTER = "\r"
TAB = "\t"
UP = "\x1b[A"
DOWN = "\x1b[B"
BACKSPACE = "\x7f"
CTRL_A = "\x01"
CTRL_C = "\x03"
CTRL_D = "\x04"
CTRL_U = "\x15"

# Long enough for a busy machine; reached only if a test fails.
DEADLINE = 30.0

_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07]*\x07|[ -/]*[0-~])")

# A session leader without a controlling terminal gets the one that it opens.
_RUN_ON_TERMINAL = 'exec "$@" 0<>"$0" 2>&0'


class Terminal:
    """Runs a program, reads what it writes, and types; kills it on exit."""

    def __init__(
        self,
        *command: str,
        env: Mapping[str, str] | None = None,
        rows: int = 30,
        columns: int = 100,
    ) -> None:
        self._written = b""
        self._position = 0
        self._stdout = TemporaryFile()  # noqa: SIM115  # __exit__ closes it
        self._fd, other_end = pty.openpty()
        termios.tcsetwinsize(other_end, (rows, columns))
        self._program = subprocess.Popen(
            ["/bin/sh", "-c", _RUN_ON_TERMINAL, os.ttyname(other_end), *command],
            stdin=other_end,
            stdout=self._stdout,
            env={**os.environ, "TERM": "xterm-256color", **(env or {})},
            start_new_session=True,
        )
        os.close(other_end)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._program.kill()
        self._program.wait()
        self._stdout.close()
        os.close(self._fd)

    @property
    def raw(self) -> str:
        """Everything written to the terminal so far."""
        return self._written.decode(errors="replace")

    @property
    def text(self) -> str:
        """``raw`` without escape sequences, in the order of drawing.

        Text that is already on the screen, spaces above all, may not be drawn again.
        """
        return _ESCAPE.sub("", self.raw)

    def wait_for(self, text: str) -> None:
        """Read until ``text`` is drawn, after the text last waited for."""
        deadline = time.monotonic() + DEADLINE
        while (found := self.text.find(text, self._position)) < 0:
            assert self._read(deadline), f"{text!r} is not in {self.text!r}"
        self._position = found + len(text)

    def type(self, keys: str) -> None:
        os.write(self._fd, keys.encode())

    def finish(self) -> tuple[int, str]:
        """Wait until the program ends; return its status and its stdout."""
        deadline = time.monotonic() + DEADLINE
        while self._read(deadline):
            pass
        status = self._program.wait(max(0, deadline - time.monotonic()))
        self._stdout.seek(0)
        return status, self._stdout.read().decode()

    def _read(self, deadline: float) -> bool:
        """Read some output; return whether there was any before the deadline."""
        left = max(0, deadline - time.monotonic())
        if not select.select([self._fd], [], [], left)[0]:
            return False
        try:
            more = os.read(self._fd, 65536)
        except OSError:  # on Linux, when the program has closed the terminal
            return False
        self._written += more
        return bool(more)
