"""The program ``lightsnap``: a drop-in for ``aws lightsail create-instance-snapshot``.

``main`` is all that is public.
"""

from __future__ import annotations

import os
import signal
import sys
import warnings
from argparse import Namespace
from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from threading import current_thread, main_thread

from lightsnap.cli.arguments import in_full, parse
from lightsnap.cli.failures import exit_code, raise_terminated, sentences
from lightsnap.cli.options import PROGRAM


def main(words: Sequence[str] | None = None) -> int:
    """Run a command line, and return the exit code.

    Answers go to standard output, all else to standard error.

    Args:
        words: The command line without the name of the program; by default that of
            this process.
    """
    words = list(sys.argv[1:] if words is None else words)
    with _stderr_open(), _signals_told():
        try:
            words = in_full(words)
            with suppress(SystemExit):  # help, or the version, was shown
                _run(words)
            print(end="", flush=True)
        except BaseException as error:  # noqa: BLE001 (the last one to see it)
            if "--debug" in words:
                from traceback import print_exception

                print_exception(error)
            _tell(*sentences(error))
            _leave_what_cannot_be_written()
            return exit_code(error)
    return 0


def _run(words: list[str]) -> None:
    options = parse(words)
    if options.no_verify_ssl:
        _tell(
            f"{PROGRAM}: warning: --no-verify-ssl: anyone on the way to the service "
            "can read and change what is sent and answered"
        )
        # urllib3 would say it once more, in its own words.
        warnings.filterwarnings("ignore", "Unverified HTTPS request")
    # Only now, since help, the version and a mistyped option need none of it.
    from lightsnap.cli import commands

    with _logging(options):
        if options.cli_auto_prompt:
            words = commands.complete(words, options)
            options = parse(words)
        run = {
            "create-instance-snapshot": commands.create_instance_snapshot,
            "get-operation": commands.get_operation,
            "instance-snapshot-available": commands.wait_until_available,
            "operations-terminal": commands.wait_until_terminal,
            "local": commands.serve,
            "demo": commands.demonstrate,
        }
        run[options.condition or options.command](options)


def _logging(options: Namespace) -> AbstractContextManager[None]:
    if not options.debug:
        return nullcontext()
    from lightsnap.cli.debug import logging

    return logging()


def _tell(*lines: str) -> None:
    # Help and the version need neither this nor attrs, a third of their time.
    from lightsnap._text import printable

    with suppress(OSError):  # nobody reads on
        for line in lines:
            print(printable(line), file=sys.stderr)


def _leave_what_cannot_be_written() -> None:
    """Let Python not try again, at its end, to write what could not be written."""
    try:
        print(end="", flush=True)
    except OSError:
        from pathlib import Path

        with suppress(OSError), Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())


@contextmanager
def _stderr_open() -> Generator[None, None, None]:
    """Have a standard error to write to, also where it was closed from the start."""
    if sys.stderr:
        yield
        return
    from pathlib import Path

    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        sys.stderr = nowhere
        try:
            yield
        finally:
            sys.stderr = None


@contextmanager
def _signals_told() -> Generator[None, None, None]:
    """Let SIGTERM and SIGHUP end the program as Ctrl-C does, with what was accepted.

    A signal that is ignored, as by nohup, or handled by others stays so; and only the
    main thread may set a handler.
    """
    names = ("SIGTERM", "SIGHUP") if current_thread() is main_thread() else ()
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    ours = [each for each in numbers if signal.getsignal(each) is signal.SIG_DFL]
    for number in ours:
        signal.signal(number, raise_terminated)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)
