"""Run the Lightsail emulator as a server: ``python -m lightsnap.testing``."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout, suppress
from threading import Event

from lightsnap._server_options import add_server_options

_EXPOSED = (
    "warning: with --host {host}, other machines can reach this server. It has no "
    "password: they can use it, change its state and script its faults."
)


def serve(options: argparse.Namespace) -> None:
    """Serve until SIGINT or SIGTERM. The URL is all that is printed to stdout.

    Raises:
        ImportError, OSError, OverflowError, ValueError: As ``LightsailServer``.
    """
    stopped = Event()

    def stop(*_: object) -> None:
        stopped.set()

    numbers = (signal.SIGINT, signal.SIGTERM)
    replaced = {number: signal.signal(number, stop) for number in numbers}
    output = sys.stdout
    try:
        # moto prints some of its warnings.
        with redirect_stdout(sys.stderr):
            from . import LightsailServer

            server = LightsailServer(
                host=options.host,
                port=options.port,
                region_name=options.region,
                instances=options.instance,
                log=None if options.quiet else _log,
                allowed_hosts=options.allow_host,
                allowed_origins=options.allow_origin,
                other_services=options.other_services,
            )
            server.start()
            try:
                if not server.is_local:
                    _log(_EXPOSED.format(host=options.host))
                print(server.url, file=output, flush=True)
                # In steps: a wait without a time-out can block signal handlers.
                while not stopped.wait(0.1):
                    pass
            finally:
                with suppress(TimeoutError):  # The process ends, and the call with it.
                    server.stop(timeout=1)
    finally:
        for number, handler in replaced.items():
            signal.signal(number, handler)


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line and serve. Returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m lightsnap.testing",
        description="Serve a Lightsail emulator. Its state is lost when it stops.",
        epilog="The only output is the URL. Press Ctrl-C to stop the server.",
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
