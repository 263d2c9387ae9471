"""A progress bar for waits, in terminals and in notebooks, by tqdm."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from types import TracebackType
from typing import TYPE_CHECKING, NoReturn, Self

from lightsnap.polling import SnapshotProgress, WaitProgress, count, in_words

if TYPE_CHECKING:
    from tqdm.auto import tqdm

_NAME_LENGTH = 24  # longer names leave no room for the bar in 80 columns


def progress(*, desc: str | None = None, leave: bool = True) -> ProgressBar:
    """Make an ``on_poll`` that shows how far a wait is, as one bar.

    The bar has the seconds since the wait began, how many operations have ended, and
    what their statuses are. It is tqdm's: text on stderr in a terminal, a widget in a
    notebook. The wait closes it, however it ends; then it can serve another one. The
    waits that ``snapshot_instance`` makes are one bar. Of waits at the same time, each
    needs its own.

    Of ``client.snapshot_instance("WordPress-1", on_poll=progress())`` remains::

        WordPress-1-20261124T...: |##########| 1/1 done, 64 s: available

    Args:
        desc: What stands before the bar; by default the name of what is waited for.
        leave: Whether the bar stays when it is closed.

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
    return ProgressBar(tqdm, desc=desc, leave=leave)


class ProgressBar:
    """What ``progress`` makes: an ``on_poll``, and the context that closes its bar.

    A wait enters and exits the context by itself.
    """

    def __init__(
        self, make_bar: Callable[..., tqdm[NoReturn]], *, desc: str | None, leave: bool
    ) -> None:
        self._make_bar = make_bar
        self._desc = desc
        self._leave = leave
        self._bar: tqdm[NoReturn] | None = None

    def __call__(self, progress: WaitProgress | SnapshotProgress) -> None:
        """Show how far the wait is now."""
        name, state, detail, _ = in_words(progress)
        if isinstance(progress, WaitProgress):
            state = ""  # the counts say it
        if len(name) > _NAME_LENGTH:
            name = f"{name[: _NAME_LENGTH - 3]}..."
        desc = self._desc or _printable(name)
        postfix = _printable(f"{progress.elapsed:.0f} s{state}{detail}")
        done, total = count(progress)
        with _harmless():
            if (bar := self._bar) is None:
                self._bar = self._make_bar(
                    desc=desc,
                    initial=done,
                    total=total,
                    postfix=postfix,
                    bar_format="{desc}: |{bar}| {n_fmt}/{total_fmt} done{postfix}",
                    dynamic_ncols=True,
                    leave=self._leave,
                )
                return
            bar.set_description_str(desc, refresh=False)
            bar.set_postfix_str(postfix, refresh=False)
            if bar.total != total:
                bar.reset(total)
            bar.n = done
            bar.refresh()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        bar, self._bar = self._bar, None
        if bar is None:
            return
        with _harmless():
            if error_type is not None:
                postfix = f"{bar.postfix}: {error_type.__name__}"
                bar.set_postfix_str(postfix, refresh=False)
            bar.close()


def _harmless() -> AbstractContextManager[None]:
    """Let a wait go on although nobody can watch it any more: stderr is closed."""
    return suppress(OSError, ValueError)


def _printable(text: str) -> str:
    """Take out what would command a terminal."""
    return "".join(each if each.isprintable() else "?" for each in text)
