"""What a failure looks like from outside: its exit code, and sentences about it."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from types import FrameType

import lightsnap  # which loads an error when a case first asks for it
from lightsnap.cli.arguments import UsageError
from lightsnap.cli.options import PROGRAM

# As of the AWS CLI v2.
_BAD_PARAMETERS = 252
_BAD_CONFIGURATION = 253
_SERVICE_REFUSED = 254
_ANYTHING_ELSE = 255
_SIGNALLED = 128


class Terminated(KeyboardInterrupt):
    """A signal came: to end is as with Ctrl-C.

    Attributes:
        number: Which signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def raise_terminated(number: int, _frame: FrameType | None) -> None:
    """Handle a signal."""
    raise Terminated(number)


def exit_code(error: BaseException) -> int:
    """The exit code that an error ends the program with."""
    match error:
        case Terminated():
            return _SIGNALLED + error.number
        case KeyboardInterrupt():
            return _SIGNALLED + signal.SIGINT
        case UsageError() | lightsnap.ConstraintError() | lightsnap.ResumeError():
            return _BAD_PARAMETERS
        case lightsnap.ConfigurationError():
            return _BAD_CONFIGURATION
        case lightsnap.ApiError():
            return _SERVICE_REFUSED
        case _:
            return _ANYTHING_ELSE


def sentences(error: BaseException) -> Iterator[str]:
    """What to tell of an error, a line each."""
    match error:
        case Terminated():
            yield f"{PROGRAM}: terminated"
        case KeyboardInterrupt():
            yield f"{PROGRAM}: interrupted"
        case UsageError():
            yield f"{PROGRAM}: {error}"
        case lightsnap.ConstraintError():
            for violation in error.violations:
                yield f"{PROGRAM}: {_in_options(violation)}"
        case OSError(strerror=str(reason)):
            yield f"{PROGRAM}: {reason}"
        case lightsnap.LightsnapError():
            yield f"{PROGRAM}: {_advised(error)}"
        case _:
            from lightsnap._text import describe

            yield f"{PROGRAM}: {describe(error)}; --debug shows where"
    yield from getattr(error, "__notes__", ())


_ARGUMENTS = ("instance_snapshot_name", "instance_name", "operation_id", "tags")
_TAG = re.compile(r"tags(\[\d+\])?")


def _in_options(violation: lightsnap.Violation) -> str:
    """Name the option of the command line instead of the library's argument."""
    argument, bracket, rest = violation.path.partition("[")
    if argument not in _ARGUMENTS:
        return violation.message
    advice = None
    if violation.rule == "type" and _TAG.fullmatch(violation.path):
        advice = "give key=env,value=prod, or the same in JSON"
    option = f"--{argument.replace('_', '-')}"
    return violation.sentence(f"{option}{bracket}{rest}", advice)


# By the name of botocore's error, which the library would explain by its own arguments.
_ADVICE = {
    "NoRegionError": "give --region, or set AWS_REGION, or `region` in ~/.aws/config",
    "NoCredentialsError": (
        "give a --profile that has some, or set AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY"
    ),
    "ProfileNotFound": "correct --profile or AWS_PROFILE, or add it to ~/.aws/config",
}


def _advised(error: lightsnap.LightsnapError) -> str:
    advice = _ADVICE.get(type(error.__cause__).__name__)
    if advice and isinstance(error, lightsnap.ConfigurationError):
        return f"{error.problem}: {advice}"
    return str(error)
