"""Show the progress of a backup or a prune on a terminal: a row for each instance."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import TextIO

from lightsnap._backups.report import BackupOutcome, BackupProgress
from lightsnap._wait.progress import describe_progress
from lightsnap.cli.progress import Out, can_be_live, in_ci, open_console


@contextmanager
def showing_fleet(
    stream: TextIO,
    environ: Mapping[str, str],
    progress: BackupProgress | None = None,
) -> Generator[Callable[[BackupProgress], None] | None, None, None]:
    """Yield an ``on_poll`` that shows the progress of a backup on a terminal.

    Below a line of counts, there is a row for each instance, if the rows fit on the
    screen. All of it is removed at the end. It is None in CI, if the stream is not a
    terminal that can show it, and without rich.

    Args:
        stream: Where to write, such as stderr.
        environ: The environment variables.
        progress: What to show before the first round, if anything is known.
    """
    out = Out(stream)
    if in_ci(environ) or not can_be_live(out, environ):
        yield None
        return
    try:
        from rich.live import Live
        from rich.text import Text

        console = open_console(out, environ)
    except ImportError:
        yield None
        return
    began = time.monotonic()

    def on_poll(polled: BackupProgress) -> None:
        nonlocal progress
        progress = polled

    def screen() -> Text:
        seconds = f"{time.monotonic() - began:.0f} s  "
        lines = map(out.escape, _lines(progress, console.height - 1))
        return Text(seconds + "\n".join(lines), no_wrap=True, overflow="crop")

    with Live(
        get_renderable=screen,
        console=console,
        transient=True,
        redirect_stdout=False,  # leave other output alone
        redirect_stderr=False,
    ):
        yield on_poll


def _lines(progress: BackupProgress | None, height: int) -> Iterator[str]:
    if progress is None:
        yield "starting"
        return
    name, state, detail, _ = describe_progress(progress)
    yield f"{name}{state}{detail}"
    outcomes = progress.outcomes
    if len(outcomes) < height:
        width = max((len(each.where) for each in outcomes), default=0)
        for each in outcomes:
            yield f"  {each.where.ljust(width)}  {_describe(each)}"


def _describe(outcome: BackupOutcome) -> str:
    if outcome.error is not None:
        return f"failed: {outcome.error}"
    snapshot = outcome.snapshot
    if not outcome.is_pending or snapshot is None:
        return outcome.status
    return f"{outcome.status}: {snapshot.name} is {snapshot.state}"
