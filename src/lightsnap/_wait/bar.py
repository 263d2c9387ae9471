"""A progress bar for waits, in terminals and notebooks, drawn by tqdm."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from shutil import get_terminal_size
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Self, TextIO, TypeAlias

from lightsnap._escape import printable
from lightsnap._wait.progress import (
    Progress,
    WaitProgress,
    count_done,
    describe_progress,
)

if TYPE_CHECKING:
    from tqdm.auto import tqdm

    _Bar: TypeAlias = tqdm[NoReturn]
else:
    _Bar = Any  # hints can be evaluated without tqdm

_NAME_SHARE = 0.3  # of the columns of the terminal


def progress(
    *, desc: str | None = None, leave: bool = True, disable: bool | None = None
) -> ProgressBar:
    """Return an ``on_poll`` that shows the progress of a wait as a bar.

    The bar shows how many operations or instances succeeded, the seconds since the wait
    began and the statuses, and is updated after each round. tqdm draws it: as text on
    stderr in a terminal, as a widget in a notebook. The wait closes it at its end; then
    it can be used again. Waits at the same time need a bar each. ``snapshot_instance``
    waits for operations and for the snapshot in one bar, and ``back_up`` for all
    instances.

    ``client.snapshot_instance("WordPress-1", on_poll=progress())`` ends with::

        WordPress-1-20261124T...: |##########| 3/3 done, 64 s: available

    Args:
        desc: The text before the bar; by default the name of what is waited for.
        leave: Whether the bar stays on the screen at the end.
        disable: Whether to show nothing; None: only if stderr is not a terminal.

    Raises:
        ImportError: tqdm is not installed.
    """
    try:
        from tqdm.auto import tqdm  # noqa: PLC0415 (an optional dependency)
    except ImportError as error:
        message = (
            "lightsnap.progress() needs tqdm, and ipywidgets in a notebook: "
            "pip install 'lightsnap[notebook]'"
        )
        raise ImportError(message, name=error.name) from error

    # Without tqdm's monitor thread, which refreshes bars that are not updated.
    bar = type("Bar", (tqdm,), {"monitor_interval": 0})
    desc = None if desc is None else printable(desc)
    return ProgressBar(bar, desc=desc, leave=leave, disable=disable)


class ProgressBar:
    """The ``on_poll`` that ``progress`` returns, and a context that closes the bar.

    A wait enters and exits the context. Failures of the bar, such as a closed stderr,
    never affect the wait.
    """

    def __init__(
        self,
        make_bar: Callable[..., _Bar],
        *,
        desc: str | None,
        leave: bool,
        disable: bool | None,
    ) -> None:
        self._make_bar = make_bar
        self._desc = desc
        self._leave = leave
        self._disable = disable
        self._bar: _Bar | None = None
        # In a list, since tqdm puts a comma before a postfix that is a string.
        self._postfix = [""]
        # The counts of the wait for operations, during the wait for the snapshot.
        self._before = (0, 0)

    def __call__(self, progress: Progress) -> None:
        """Show the progress of a wait."""
        name, state, detail, _ = describe_progress(progress)
        done, total = count_done(progress)
        if isinstance(progress, WaitProgress):
            self._before = (done, total)
            state = ""  # the counts say the same
        else:
            done, total = done + self._before[0], total + self._before[1]
        self._postfix[0] = (
            f"{done}/{total} done, {progress.elapsed:.0f} s{state}{detail}"
        )
        with suppress(Exception):
            self._draw(self._desc or _shortened(name), done / (total or 1))

    def _draw(self, desc: str, share: float) -> None:
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
                self._close(bar)

    def _close(self, bar: _Bar) -> None:
        """Close the bar, and leave its last line above the bars of other waits.

        tqdm itself would leave it where the bar was, and not move the others.
        """
        if bar.gui or bar.disable or not self._leave:
            bar.close()
            return
        line, bar.leave = str(bar), False
        bar.close()
        bar.write(f"\r{line}", file=_Stderr(sys.stderr))


class _Stderr:  # noqa: PLW1641 (nothing needs its hash)
    """A stderr that may be closed, have no reader, or be None.

    Errors must not reach tqdm, which would keep its lock, so that the process hangs.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)

    def __eq__(self, other: object) -> bool:
        # tqdm makes room above the bars on the same stream.
        return isinstance(other, _Stderr) and self._stream is other._stream

    def isatty(self) -> bool:
        try:
            return self._stream is not None and self._stream.isatty()
        except ValueError:  # closed
            return False

    def write(self, text: str) -> None:
        with suppress(Exception):
            if self._stream is not None:
                self._stream.write(text)
                self._stream.flush()

    def flush(self) -> None:
        """Do nothing, since ``write`` flushes."""


def _shortened(name: str) -> str:
    """Shorten a name to leave room for the rest in the terminal."""
    room = int(get_terminal_size().columns * _NAME_SHARE)
    return name if len(name) <= room else f"{name[: max(room - 3, 0)]}..."
