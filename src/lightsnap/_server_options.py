"""The options of the embedded Lightsail as a server, for the programs that start it."""

from __future__ import annotations

import argparse


def add_server_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``lightsnap local`` and of ``python -m lightsnap.testing``."""
    parser.add_argument("--host", default="127.0.0.1", help="%(default)s if not given")
    parser.add_argument(
        "--port", type=int, default=5000, help="%(default)s if not given; 0: a free one"
    )
    parser.add_argument(
        "--region",
        default="us-east-1",
        help="where --instance is, and what unsigned requests mean; %(default)s if "
        "not given",
    )
    parser.add_argument(
        "--instance",
        action="append",
        default=[],
        metavar="NAME",
        help="an instance to begin with; may be given more than once",
    )
    parser.add_argument(
        "--quiet", action="store_true", default=False, help="do not log the calls"
    )
