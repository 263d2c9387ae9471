"""A progress bar for waits, in terminals and in notebooks, by tqdm."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from shutil import get_terminal_size
from types import TracebackType
from typing import TYPE_CHECKING, NoReturn, Self, TextIO

from lightsnap._text import printable
from lightsnap._wait.progress import (
    SnapshotProgress,
    WaitProgress,
    describe_progress,
    done_of,
)

if TYPE_CHECKING:
    from tqdm.auto import tqdm

_NAME_SHARE = 0.3  # of a terminal's columns


def progress(
    *, desc: str | None = None, leave: bool = True, disable: bool | None = None
) -> ProgressBar:
    """Make an ``on_poll`` that shows how far a wait is, as one bar.

    The bar has the seconds since the wait began, how many operations have ended well,
    and what their statuses are. It is tqdm's: text on stderr in a terminal, a widget in
    a notebook. It changes after each round. The wait closes it, however it ends; then
    it can serve another one. Both waits of ``snapshot_instance`` are one bar, in which
    the snapshot counts as well. Of waits at the same time, each needs its own.

    Of ``client.snapshot_instance("WordPress-1", on_poll=progress())`` remains::

        WordPress-1-20261124T...: |##########| 3/3 done, 64 s: available

    Args:
        desc: What stands before the bar; by default the name of what is waited for.
        leave: Whether the bar stays when it is closed.
        disable: Whether nothing is shown; None is only where stderr is no terminal.

    Raises:
        ImportError: tqdm is not installed.
    """
    try:
        from tqdm.auto import tqdm  # noqa: PLC0415 (on first use)
    except ImportError as error:
        message = (
            "lightsnap.progress() needs tqdm, and ipywidgets in a notebook: "
            "pip install 'lightsnap[notebook]'"
        )
        raise ImportError(message, name=error.name) from error

    # tqdm's own thread, which paints bars that were forgotten, is not needed here.
    bar = type("Bar", (tqdm,), {"monitor_interval": 0})
    desc = None if desc is None else printable(desc)
    return ProgressBar(bar, desc=desc, leave=leave, disable=disable)


class ProgressBar:
    """What ``progress`` makes: an ``on_poll``, and the context that closes its bar.

    A wait enters and exits the context by itself. What goes wrong here, such as a
    stderr that is closed, never disturbs the wait.
    """

    def __init__(
        self,
        make_bar: Callable[..., tqdm[NoReturn]],
        *,
        desc: str | None,
        leave: bool,
        disable: bool | None,
    ) -> None:
        self._make_bar = make_bar
        self._desc = desc
        self._leave = leave
        self._disable = disable
        self._bar: tqdm[NoReturn] | None = None
        # A list, which tqdm takes as it is: before a text it would put a comma.
        self._postfix = [""]
        # Of the operations, done and all, while the snapshot is waited for.
        self._before = (0, 0)

    def __call__(self, progress: WaitProgress | SnapshotProgress) -> None:
        """Show how far the wait is now."""
        name, state, detail, _ = describe_progress(progress)
        done, total = done_of(progress)
        if isinstance(progress, WaitProgress):
            self._before = (done, total)
            state = ""  # the counts say it
        else:
            done, total = done + self._before[0], total + self._before[1]
        self._postfix[0] = (
            f"{done}/{total} done, {progress.elapsed:.0f} s{state}{detail}"
        )
        with suppress(Exception):
            self._paint(self._desc or _shortened(name), done / (total or 1))

    def _paint(self, desc: str, share: float) -> None:
        if self._bar is None:
            self._bar = self._make_bar(
                file=_Stderr(sys.stderr),
                desc=desc,
                initial=share,
                total=1,
                postfix=self._postfix,
                bar_format="{desc}: |{bar}| {postfix[0]}",
                dynamic_ncols=True,
                leave=self._leave,
                disable=self._disable,
            )
        elif not self._bar.disable:
            self._bar.set_description_str(desc, refresh=False)
            self._bar.n = share
            self._bar.refresh()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        bar, self._bar = self._bar, None
        self._before = (0, 0)
        if error_type is not None:
            self._postfix[0] = f"{error_type.__name__}: {self._postfix[0]}"
        if bar is not None:
            with suppress(Exception):
                bar.close()


class _Stderr:
    """A stderr that may be closed, have no reader, or not be there at all.

    tqdm must not notice: it would keep its lock, and the process would not end.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)

    def isatty(self) -> bool:
        try:
            return self._stream is not None and self._stream.isatty()
        except ValueError:  # it is closed
            return False

    def write(self, text: str) -> None:
        with suppress(Exception):
            if self._stream is not None:
                self._stream.write(text)
                self._stream.flush()

    def flush(self) -> None:
        """Do nothing: ``write`` has done it."""


def _shortened(name: str) -> str:
    """Shorten a name so that in a terminal there is room for the rest."""
    room = int(get_terminal_size().columns * _NAME_SHARE)
    return name if len(name) <= room else f"{name[: max(room - 3, 0)]}..."
