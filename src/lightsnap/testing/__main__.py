"""The embedded Lightsail as a server of its own: ``python -m lightsnap.testing``."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from threading import Event

from lightsnap._server_options import add_server_options


def serve(options: argparse.Namespace) -> None:
    """Serve until SIGINT or SIGTERM. The first line of output is the URL.

    Raises:
        ImportError, OSError, OverflowError, ValueError: As ``LightsailServer``.
    """
    ended = Event()

    def end(*_: object) -> None:
        ended.set()

    numbers = (signal.SIGINT, signal.SIGTERM)
    replaced = {number: signal.signal(number, end) for number in numbers}
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
        # In steps, since on some systems no signal is seen during an endless wait.
        while not ended.wait(0.1):
            pass
        server.stop()
    finally:
        for number, handler in replaced.items():
            signal.signal(number, handler)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve as the arguments say. Returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m lightsnap.testing",
        description="An Amazon Lightsail to test against. It forgets all at its end.",
        epilog="The first line of output is the URL; Ctrl-C ends it.",
    )
    add_server_options(parser)
    try:
        serve(parser.parse_args(arguments))
    except (ImportError, OSError, ValueError, OverflowError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    return 0


def _log(line: str) -> None:
    with suppress(OSError):  # nobody reads on
        sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
