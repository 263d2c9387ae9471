"""The program ``lightsnap``: a drop-in for ``aws lightsail create-instance-snapshot``.

``main`` is all that is public.
"""

from __future__ import annotations

import signal
import sys
from argparse import Namespace
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress

from lightsnap.cli.arguments import PROGRAM, parse
from lightsnap.cli.failures import exit_code, raise_terminated, sentences


def main(words: Sequence[str] | None = None) -> int:
    """Run a command line, and return the exit code.

    Answers go to standard output, all else to standard error.

    Args:
        words: The command line without the name of the program; by default that of
            this process.
    """
    words = list(sys.argv[1:] if words is None else words)
    try:
        with _told_of_sigterm():
            _run(words)
    except SystemExit:  # help, or the version, was shown
        return 0
    except BaseException as error:  # noqa: BLE001 (the last one to see it)
        if "--debug" in words:
            from traceback import print_exception

            print_exception(error)
        _tell(*sentences(error))
        return exit_code(error)
    return 0


def _run(words: list[str]) -> None:
    options = parse(words)
    if options.no_verify_ssl:
        _tell(
            f"{PROGRAM}: warning: --no-verify-ssl: anyone on the way to the service "
            "can read and change what is sent and answered"
        )
    # Only now, since help, the version and a mistyped option need none of it.
    from lightsnap.cli import commands, debug

    with debug.logging(options):
        if options.cli_auto_prompt:
            words = commands.complete(words, options)
            options = parse(words)
        _command(options)


def _command(options: Namespace) -> None:
    from lightsnap.cli import commands

    run = {
        "create-instance-snapshot": commands.create_instance_snapshot,
        "get-operation": commands.get_operation,
        "instance-snapshot-available": commands.wait_until_available,
        "operations-terminal": commands.wait_until_terminal,
        "local": commands.serve,
        "demo": commands.demonstrate,
    }
    run[options.condition or options.command](options)


def _tell(*lines: str) -> None:
    with suppress(OSError):  # nobody reads on
        for line in lines:
            print(line, file=sys.stderr)


@contextmanager
def _told_of_sigterm() -> Generator[None, None, None]:
    """Let SIGTERM end the program as Ctrl-C does: what was accepted is shown."""
    before = signal.signal(signal.SIGTERM, raise_terminated)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
