"""Command-line options of the emulator's server, for the commands that start it."""

from __future__ import annotations

import argparse


def add_server_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``lightsnap local`` and ``python -m lightsnap.testing``."""
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="address to listen on (default: %(default)s); with 0.0.0.0, which is all "
        "addresses, other machines can use the server",
    )
    parser.add_argument(
        "--port",
        type=int,
        default=5000,
        help="port to listen on; 0 picks a free one (default: %(default)s)",
    )
    parser.add_argument(
        "--region",
        default="us-east-1",
        help="Region of --instance and of unsigned requests (default: %(default)s)",
    )
    parser.add_argument(
        "--instance",
        action="append",
        default=[],
        metavar="NAME",
        help="start with an instance of this name; can be repeated",
    )
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="answer requests for this host name too, besides localhost and IP "
        "addresses; can be repeated; * is any",
    )
    parser.add_argument(
        "--allow-origin",
        action="append",
        default=[],
        metavar="ORIGIN",
        help="answer requests from web pages of this origin, such as "
        "http://localhost:3000; can be repeated; * is any",
    )
    parser.add_argument(
        "--other-services",
        action="store_true",
        default=False,
        help="serve moto's other services too, some of which send requests elsewhere",
    )
    parser.add_argument(
        "--quiet", action="store_true", default=False, help="do not log API calls"
    )
