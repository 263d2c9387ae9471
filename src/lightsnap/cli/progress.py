"""Show the progress of a wait on a stream."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import IO, TYPE_CHECKING, TextIO, TypeAlias, cast

from lightsnap._escape import printable
from lightsnap._model.convert import write_json
from lightsnap._model.operations import Operation
from lightsnap._wait.progress import ResourceProgress, WaitProgress, describe_progress

if TYPE_CHECKING:
    from rich.console import Console

Progress: TypeAlias = WaitProgress | ResourceProgress
OnPoll: TypeAlias = Callable[[Progress], None]

# Default pauses last up to 16.5 seconds, so the first round after this many seconds of
# silence comes within a minute.
_SILENCE = 40.0
_NAME_CELLS = 20  # calls and statuses are dropped before a name is cut below this


@contextmanager
def showing(
    mode: str, *, stream: TextIO, environ: Mapping[str, str]
) -> Generator[OnPoll, None, None]:
    """Yield an ``on_poll`` that shows the progress of a wait.

    If writing fails, for example because nobody reads the stream any more, nothing more
    is shown, and the wait goes on.

    Args:
        mode: One of ``options.MODES``. ``plain`` is a line for each change, or one a
            minute if nothing changes. ``tty`` is one live line, removed at the end of
            the context; it falls back to ``plain`` if the stream is not a terminal that
            can show it, or rich is not installed. ``json`` is a line with an object for
            each round.
            ``none`` shows nothing. ``auto`` is ``tty`` on a terminal, ``plain`` if
            ``CI`` is set, otherwise ``none``.
        stream: Where to write, such as stderr.
        environ: The environment variables.

    Raises:
        KeyError: The mode is unknown.
    """
    out = Out(stream)
    if mode == "auto":
        mode = "tty" if out.isatty() else "plain" if in_ci(environ) else "none"
    plain = _Plain(out)
    handlers: dict[str, OnPoll] = {
        "tty": plain,
        "plain": plain,
        "json": lambda progress: out.line(_as_json(progress)),
        "none": lambda _: None,
    }
    on_poll = handlers[mode]
    live: AbstractContextManager[object] = nullcontext()
    if mode == "tty" and can_be_live(out, environ):
        with suppress(ImportError):  # stays plain without rich
            live, on_poll = _live(out, environ)
    with live:
        yield on_poll


class Out:
    """A stream that ignores everything after its first failure."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._has_failed = False
        self.encoding: str = stream.encoding or "utf-8"

    def isatty(self) -> bool:
        """Whether the stream is an open terminal."""
        return not self._stream.closed and self._stream.isatty()

    def write(self, text: str) -> None:
        """Write and flush text, unless writing has failed before."""
        if not self._has_failed:
            try:
                self._stream.write(text)
                self._stream.flush()
            except (OSError, ValueError):  # nobody is reading, or it is closed
                self._has_failed = True

    def flush(self) -> None:
        """Do nothing, since ``write`` flushes. rich calls this."""

    def line(self, text: str) -> None:
        """Write a line, escaped."""
        self.write(f"{self.escape(text)}\n")

    def escape(self, text: str) -> str:
        """Escape terminal controls, and characters that cannot be encoded."""
        escaped = printable(text)
        return escaped.encode(self.encoding, "backslashreplace").decode(self.encoding)


class _Plain:
    """Writes a line for each change, and one after a long silence."""

    def __init__(self, out: Out) -> None:
        self._out = out
        self._shown: dict[str, str] = {}
        self._shown_at = 0.0

    def __call__(self, progress: Progress) -> None:
        name, state, detail, calls = describe_progress(progress)
        if isinstance(progress, WaitProgress):
            current = {each.id: _describe(each) for each in progress.operations}
        else:
            current = {"": f"{name}{state}{detail}"}
        lines = [line for id_, line in current.items() if line != self._shown.get(id_)]
        self._shown = current
        if not lines and progress.elapsed - self._shown_at >= _SILENCE:
            lines = [f"{name}{state}{detail}{calls}"]
        for line in lines:
            self._out.line(f"{progress.elapsed:.1f} s  {line}")
            self._shown_at = progress.elapsed


def _describe(operation: Operation) -> str:
    errors = (operation.error_code, operation.error_details)
    reason = ": ".join(each for each in errors if each)
    return (
        f"{operation.operation_type} of {operation.resource_type} "
        f"{operation.resource_name}: {operation.status}{reason and f' ({reason})'}"
    )


def _as_json(progress: Progress) -> str:
    event: dict[str, object] = {
        "event": "poll",
        "elapsed": round(progress.elapsed, 3),
        "polls": progress.polls,
    }
    if isinstance(progress, WaitProgress):
        event |= {"calls": progress.calls, "ids": progress.ids}
        event |= progress.operations.to_dict()
    else:
        event["resource"] = progress.resource and progress.resource.payload
    return write_json(event)


def can_be_live(out: Out, environ: Mapping[str, str]) -> bool:
    """Whether a stream is a terminal that can redraw lines."""
    return out.isatty() and environ.get("TERM", "").lower() not in ("dumb", "unknown")


def in_ci(environ: Mapping[str, str]) -> bool:
    """Whether this runs in CI, as the variable ``CI`` says."""
    return environ.get("CI", "").lower() not in ("", "0", "false")


def open_console(out: Out, environ: Mapping[str, str]) -> Console:
    """Return a console of rich that writes to a terminal.

    Raises:
        ImportError: rich is not installed.
    """
    from rich.console import Console

    # Out hides a broken pipe from rich, which would exit the process.
    return Console(
        file=cast("IO[str]", out),
        force_terminal=True,
        force_interactive=True,
        _environ=environ,
    )


def _live(
    out: Out, environ: Mapping[str, str]
) -> tuple[AbstractContextManager[object], OnPoll]:
    """Return a live line with ticking seconds, and the ``on_poll`` that updates it."""
    from rich.cells import cell_len, set_cell_size
    from rich.live import Live
    from rich.text import Text

    console = open_console(out, environ)
    started = time.monotonic()
    words = ("", "waiting for the first response", "", "")

    def on_poll(progress: Progress) -> None:
        nonlocal started, words
        words = describe_progress(progress)
        started = time.monotonic() - progress.elapsed

    def line() -> Text:
        seconds = f"{int(time.monotonic() - started)} s  "
        name, state, detail, calls = map(out.escape, words)
        for rest in (state + detail + calls, state + detail, state):
            room = console.width - cell_len(seconds + rest)
            if room >= min(cell_len(name), _NAME_CELLS):
                break
        if cell_len(name) > room:
            name = set_cell_size(name, max(room - 3, 0)) + "..."
        parts = (seconds, "cyan"), (name, "bold"), rest
        return Text.assemble(*parts, no_wrap=True, overflow="crop")

    live = Live(
        get_renderable=line,
        console=console,
        transient=True,
        redirect_stdout=False,  # leave other output alone
        redirect_stderr=False,
    )
    return live, on_poll
