"""Run the Lightsail emulator as a server: ``python -m lightsnap.testing``."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from threading import Event

from lightsnap._server_options import add_server_options


def serve(options: argparse.Namespace) -> None:
    """Serve until SIGINT or SIGTERM. Prints the URL as the first line of output.

    Raises:
        ImportError, OSError, OverflowError, ValueError: As ``LightsailServer``.
    """
    stopped = Event()

    def stop(*_: object) -> None:
        stopped.set()

    numbers = (signal.SIGINT, signal.SIGTERM)
    replaced = {number: signal.signal(number, stop) for number in numbers}
    try:
        from . import LightsailServer

        server = LightsailServer(
            host=options.host,
            port=options.port,
            region_name=options.region,
            instances=options.instance,
            log=None if options.quiet else _log,
        )
        server.start()
        print(server.url, flush=True)
        # In steps: on some systems a wait without a time-out blocks signal handlers.
        while not stopped.wait(0.1):
            pass
        server.stop()
    finally:
        for number, handler in replaced.items():
            signal.signal(number, handler)


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line and serve. Returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m lightsnap.testing",
        description="Serve a Lightsail emulator. Its state is lost when it stops.",
        epilog="The first line of output is the URL. Press Ctrl-C to stop the server.",
    )
    add_server_options(parser)
    try:
        serve(parser.parse_args(arguments))
    except (ImportError, OSError, ValueError, OverflowError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    return 0


def _log(line: str) -> None:
    with suppress(OSError):  # standard error may be closed
        sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
