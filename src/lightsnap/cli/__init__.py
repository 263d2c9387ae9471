"""The ``lightsnap`` command, a drop-in for ``aws lightsail create-instance-snapshot``.

Only ``main`` is public.
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

from lightsnap._escape import printable
from lightsnap.cli.arguments import BACKUP_COMMANDS, expand_abbreviations, parse
from lightsnap.cli.failures import error_messages, exit_code, raise_terminated
from lightsnap.cli.options import PROGRAM


def main(words: Sequence[str] | None = None) -> int:
    """Run a command line and return the exit code.

    Responses go to standard output, everything else to standard error.

    Args:
        words: The arguments, without the name of the program; ``sys.argv[1:]`` by
            default.
    """
    words = list(sys.argv[1:] if words is None else words)
    with _ensure_stderr(), _handle_signals():
        try:
            words = expand_abbreviations(words)
            with suppress(SystemExit):  # raised after showing help or the version
                _run(words)
            print(end="", flush=True)
        except BaseException as error:  # noqa: BLE001 (every error ends here)
            if "--debug" in words:
                from textwrap import indent
                from traceback import format_exception

                # Indented, so that no line break in a message can forge a log line.
                traceback = indent("".join(format_exception(error)), "  ")
                _print_to_stderr(*traceback[:-1].split("\n"))
            _print_to_stderr(*error_messages(error))
            _discard_unwritable_output()
            return exit_code(error)
    return 0


def _run(words: list[str]) -> None:
    options = parse(words)
    if options.no_verify_ssl:
        _print_to_stderr(
            f"{PROGRAM}: warning: --no-verify-ssl: anyone on the network path can read "
            "and change requests and responses"
        )
        # urllib3 would repeat the warning.
        warnings.filterwarnings("ignore", "Unverified HTTPS request")
    # Imported here because help, the version and usage errors do not need it.
    from lightsnap.cli import commands

    with _logging(options):
        if options.cli_auto_prompt:
            words = commands.complete(words, options)
            options = parse(words)
        if options.command in BACKUP_COMMANDS:
            from lightsnap.cli import backups

            options.words = words
            backups.COMMANDS[options.command](options)
            return
        run = {
            "wait": commands.wait,
            "local": commands.serve,
            "demo": commands.run_demo,
        }
        run.get(options.command, commands.call_api)(options)


def _logging(options: Namespace) -> AbstractContextManager[None]:
    if not options.debug:
        return nullcontext()
    from lightsnap.cli.debug import logging

    return logging()


def _print_to_stderr(*lines: str) -> None:
    with suppress(OSError):  # nobody is reading
        for line in lines:
            print(printable(line), file=sys.stderr)


def _discard_unwritable_output() -> None:
    """Drop output that cannot be written, or Python would try again at exit."""
    try:
        print(end="", flush=True)
    except OSError:
        from pathlib import Path

        with suppress(OSError), Path(os.devnull).open("wb") as null:
            os.dup2(null.fileno(), sys.stdout.fileno())


@contextmanager
def _ensure_stderr() -> Generator[None, None, None]:
    """Open the null device as standard error if that was closed at the start."""
    if sys.stderr:
        yield
        return
    from pathlib import Path

    with Path(os.devnull).open("w", encoding="utf-8") as null:
        sys.stderr = null
        try:
            yield
        finally:
            sys.stderr = None


@contextmanager
def _handle_signals() -> Generator[None, None, None]:
    """Let SIGTERM and SIGHUP end the CLI as Ctrl-C does, showing accepted operations.

    Signals that are ignored, as under nohup, or already handled are left alone. Only
    the main thread may set handlers.
    """
    names = ("SIGTERM", "SIGHUP") if current_thread() is main_thread() else ()
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    replaced = [each for each in numbers if signal.getsignal(each) is signal.SIG_DFL]
    for number in replaced:
        signal.signal(number, raise_terminated)
    try:
        yield
    finally:
        for number in replaced:
            signal.signal(number, signal.SIG_DFL)
