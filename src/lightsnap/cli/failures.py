"""What a failure looks like from outside: its exit code, and sentences about it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from types import FrameType

from lightsnap.cli.arguments import PROGRAM, UsageError
from lightsnap.constraints import HOW_TO_GIVE_TAGS
from lightsnap.errors import (
    ApiError,
    ConfigurationError,
    ConstraintError,
    LightsnapError,
    ResumeError,
    in_words,
)

# As of the AWS CLI v2.
_BAD_PARAMETERS = 252
_BAD_CONFIGURATION = 253
_SERVICE_REFUSED = 254
_ANYTHING_ELSE = 255
_SIGNALLED = 128


class Terminated(KeyboardInterrupt):
    """SIGTERM came: to end is as with Ctrl-C."""


def raise_terminated(_number: int, _frame: FrameType | None) -> None:
    """Handle SIGTERM."""
    raise Terminated


def exit_code(error: BaseException) -> int:
    """The exit code that an error ends the program with."""
    match error:
        case Terminated():
            return _SIGNALLED + signal.SIGTERM
        case KeyboardInterrupt():
            return _SIGNALLED + signal.SIGINT
        case ConstraintError() | ResumeError() | UsageError():
            return _BAD_PARAMETERS
        case ConfigurationError():
            return _BAD_CONFIGURATION
        case ApiError():
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
        case ConstraintError():
            for violation in error.violations:
                yield f"{PROGRAM}: {_as_options(violation.message)}"
        case LightsnapError():
            yield f"{PROGRAM}: {_as_options(_advised(error))}"
        case _:
            yield f"{PROGRAM}: {in_words(error)}; --debug shows where"
    yield from getattr(error, "__notes__", ())


def _as_options(message: str) -> str:
    """Name the options of the command line instead of the library's arguments."""
    for argument in ("instance_snapshot_name", "instance_name", "operation_id"):
        message = message.replace(argument, f"--{argument.replace('_', '-')}")
    message = message.replace(
        HOW_TO_GIVE_TAGS, "key=env,value=prod, or the same in JSON"
    )
    return f"--{message}" if message.startswith("tags") else message


# By the name of botocore's error, which the library would explain by its own arguments.
_ADVICE = {
    "NoRegionError": "give --region, or set AWS_REGION, or `region` in ~/.aws/config",
    "NoCredentialsError": (
        "give a --profile that has some, or set AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY"
    ),
    "ProfileNotFound": "correct --profile or AWS_PROFILE, or add it to ~/.aws/config",
}


def _advised(error: LightsnapError) -> str:
    advice = _ADVICE.get(type(error.__cause__).__name__)
    return f"{error.__cause__}: {advice}".replace(".:", ":") if advice else str(error)
