"""How the command line shows, on a stream, how far a wait is."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import datetime
from typing import IO, TextIO, TypeAlias, cast

from lightsnap._model.operations import Operation
from lightsnap._text import printable
from lightsnap._wait.progress import SnapshotProgress, WaitProgress, describe_progress

Progress: TypeAlias = WaitProgress | SnapshotProgress
OnPoll: TypeAlias = Callable[[Progress], None]

# By default a wait pauses for 16.5 seconds at most: the first round after this silence
# comes before it has lasted a minute.
_SILENCE = 40.0
_NAME_CELLS = 20  # as much of a name is worth more than the calls and the statuses


@contextmanager
def showing(
    mode: str, *, stream: TextIO, environ: Mapping[str, str]
) -> Generator[OnPoll, None, None]:
    """Show a wait while the context lasts; it gives the ``on_poll`` to wait with.

    A stream that fails, say because nobody reads it any more, never disturbs the wait:
    from then on nothing is shown.

    Args:
        mode: One of ``options.MODES``. ``tty`` is one line that lives as long as the
            context; where the stream is no terminal that can do this, or rich is not
            installed, it is ``plain``: a line for each change, and one a minute if
            there is none. ``json`` is an object for each round, one a line. ``none`` is
            nothing. ``auto`` is ``tty`` on a terminal, else ``plain`` if ``CI`` is set,
            else ``none``.
        stream: Where to write, such as stderr.
        environ: The environment variables.

    Raises:
        KeyError: There is no such mode.
    """
    out = _Out(stream)
    term = environ.get("TERM", "").lower()
    is_terminal = out.isatty() and term not in ("dumb", "unknown")
    if mode == "auto":
        in_ci = environ.get("CI", "").lower() not in ("", "0", "false")
        mode = "tty" if out.isatty() else "plain" if in_ci else "none"
    plain = _Plain(out)
    shows: dict[str, OnPoll] = {
        "tty": plain,
        "plain": plain,
        "json": lambda progress: out.line(_as_json(progress)),
        "none": lambda _: None,
    }
    on_poll = shows[mode]
    live: AbstractContextManager[object] = nullcontext()
    if mode == "tty" and is_terminal:
        with suppress(ImportError):  # without rich, it stays plain
            live, on_poll = _live(out, environ)
    with live:
        yield on_poll


class _Out:
    """A stream that may fail: then it takes no more, and nobody hears of it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._has_failed = False
        self.encoding = stream.encoding or "utf-8"

    def isatty(self) -> bool:
        return not self._stream.closed and self._stream.isatty()

    def write(self, text: str) -> None:
        if not self._has_failed:
            try:
                self._stream.write(text)
                self._stream.flush()
            except (OSError, ValueError):  # nobody reads it; it is closed
                self._has_failed = True

    def flush(self) -> None:
        """Do nothing: ``write`` has done it. rich calls this."""

    def line(self, text: str) -> None:
        self.write(f"{self.harmless(text)}\n")

    def harmless(self, text: str) -> str:
        """Escape what would command a terminal, and what cannot be encoded."""
        escaped = printable(text)
        return escaped.encode(self.encoding, "backslashreplace").decode(self.encoding)


class _Plain:
    """Writes a line for each thing that changed, or one after a silence."""

    def __init__(self, out: _Out) -> None:
        self._out = out
        self._told: dict[str, str] = {}
        self._told_at = 0.0

    def __call__(self, progress: Progress) -> None:
        name, state, detail, calls = describe_progress(progress)
        if isinstance(progress, WaitProgress):
            now = {each.id: _outcome(each) for each in progress.operations}
        else:
            now = {"": f"{name}{state}{detail}"}
        lines = [line for each, line in now.items() if line != self._told.get(each)]
        self._told = now
        if not lines and progress.elapsed - self._told_at >= _SILENCE:
            lines = [f"{name}{state}{detail}{calls}"]
        for line in lines:
            self._out.line(f"{progress.elapsed:.1f} s  {line}")
            self._told_at = progress.elapsed


def _outcome(operation: Operation) -> str:
    errors = (operation.error_code, operation.error_details)
    why = ": ".join(each for each in errors if each)
    return (
        f"{operation.operation_type} of {operation.resource_type} "
        f"{operation.resource_name}: {operation.status}{why and f' ({why})'}"
    )


def _as_json(progress: Progress) -> str:
    told: dict[str, object] = {
        "event": "poll",
        "elapsed": round(progress.elapsed, 3),
        "polls": progress.polls,
    }
    if isinstance(progress, WaitProgress):
        told |= {"calls": progress.calls, "ids": progress.ids}
        told |= progress.operations.to_dict()
    else:
        told["snapshot"] = progress.snapshot and progress.snapshot.to_dict()
    text = json.dumps(told, default=datetime.isoformat)
    return text.replace("\x7f", "\\u007f")  # all other controls are escaped already


def _live(
    out: _Out, environ: Mapping[str, str]
) -> tuple[AbstractContextManager[object], OnPoll]:
    """A line whose time ticks, and what tells it how far the wait is."""
    from rich.cells import cell_len, set_cell_size
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    # Where nobody reads any more, rich would end the program, if _Out let it know.
    console = Console(
        file=cast("IO[str]", out),
        force_terminal=True,
        force_interactive=True,
        _environ=environ,
    )
    started = time.monotonic()
    words = ("", "waiting for the first answer", "", "")

    def on_poll(progress: Progress) -> None:
        nonlocal started, words
        words = describe_progress(progress)
        started = time.monotonic() - progress.elapsed

    def line() -> Text:
        at = f"{int(time.monotonic() - started)} s  "
        name, state, detail, calls = map(out.harmless, words)
        for rest in (state + detail + calls, state + detail, state):
            room = console.width - cell_len(at + rest)
            if room >= min(cell_len(name), _NAME_CELLS):
                break
        if cell_len(name) > room:
            name = set_cell_size(name, max(room - 3, 0)) + "..."
        parts = (at, "cyan"), (name, "bold"), rest
        return Text.assemble(*parts, no_wrap=True, overflow="crop")

    live = Live(
        get_renderable=line,
        console=console,
        transient=True,
        redirect_stdout=False,  # what is printed meanwhile goes where it belongs
        redirect_stderr=False,
    )
    return live, on_poll
