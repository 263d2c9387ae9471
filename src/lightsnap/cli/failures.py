"""The exit code and the messages for an error."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from types import FrameType

import lightsnap  # loads each error only when a case needs it
from lightsnap.cli.arguments import SettingError, UsageError
from lightsnap.cli.options import PROGRAM

# As in the AWS CLI v2.
_INVALID_PARAMETERS = 252
_INVALID_CONFIGURATION = 253
_SERVICE_REFUSED = 254
_OTHER_ERROR = 255
_SIGNALLED = 128


class Terminated(KeyboardInterrupt):
    """Raised by a signal that ends the process; handled like Ctrl-C.

    Attributes:
        number: The signal number.
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def raise_terminated(number: int, _frame: FrameType | None) -> None:
    """Handle a signal by raising ``Terminated``."""
    raise Terminated(number)


def exit_code(error: BaseException) -> int:
    """Return the exit code for an error."""
    match error:
        case KeyboardInterrupt():
            return _SIGNALLED + getattr(error, "number", signal.SIGINT)
        case UsageError() | lightsnap.ConstraintError() | lightsnap.ResumeError():
            return _INVALID_PARAMETERS
        case SettingError():
            return _INVALID_CONFIGURATION
        case lightsnap.ConfigurationError() if _is_something_missing(error):
            return _INVALID_CONFIGURATION
        case lightsnap.ApiError():
            return _SERVICE_REFUSED
        case _:
            return _OTHER_ERROR


def _is_something_missing(error: lightsnap.ConfigurationError) -> bool:
    """Whether there is no Region, no credentials, or an extra is not installed.

    The AWS CLI exits with 255 for any other fault of the configuration.
    """
    cause = error.__cause__
    names = ("NoRegionError", "NoCredentialsError")
    return isinstance(cause, ImportError) or type(cause).__name__ in names


def error_messages(error: BaseException) -> Iterator[str]:
    """Yield the lines to print for an error."""
    match error:
        case Terminated():
            yield f"{PROGRAM}: terminated"
        case KeyboardInterrupt():
            yield f"{PROGRAM}: interrupted"
        case UsageError() | SettingError():
            yield f"{PROGRAM}: {error}"
        case lightsnap.ConstraintError():
            for violation in error.violations:
                yield f"{PROGRAM}: {_with_option_name(violation)}"
        case OSError(strerror=str(reason)):
            yield f"{PROGRAM}: {reason}"
        case lightsnap.ApiError():
            yield f"{PROGRAM}: {_as_in_the_aws_cli(error)}"
        case lightsnap.LightsnapError():
            yield f"{PROGRAM}: {_with_option_advice(error)}"
        case _:
            from lightsnap._text import describe

            yield f"{PROGRAM}: {describe(error)}; --debug shows the traceback"
    yield from getattr(error, "__notes__", ())


def _as_in_the_aws_cli(error: lightsnap.ApiError) -> str:
    """Return an error response in the words of the AWS CLI, which scripts look for.

    They are botocore's. The tip follows, and what lightsnap found out.
    """
    response = lightsnap.ApiError(
        code=error.code,
        message=error.message,
        tip=error.tip,
        operation_name=error.operation_name,
    )
    details = str(error).removeprefix(str(response))
    tip = f" ({error.tip})" if error.tip else ""
    return f"{error.__cause__ or response}{tip}{details}"


_ARGUMENTS = (
    "instance_snapshot_name",
    "instance_name",
    "operation_id",
    "tags",
    "run",
    "copy_to",
)


def _with_option_name(violation: lightsnap.Violation) -> str:
    """Return a violation's message, naming the option instead of the argument."""
    argument, bracket, rest = violation.path.partition("[")
    if argument not in _ARGUMENTS:
        return violation.message
    option = f"--{argument.replace('_', '-')}"
    return violation.sentence(f"{option}{bracket}{rest}")


# By the type of botocore's exception. The library's own advice names its arguments, not
# the options of the CLI.
_ADVICE = {
    "NoRegionError": "use --region, or set AWS_REGION, or `region` in ~/.aws/config",
    "NoCredentialsError": (
        "use a --profile that has some, or set AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY"
    ),
    "ProfileNotFound": "correct --profile or AWS_PROFILE, or add it to ~/.aws/config",
}


def _with_option_advice(error: lightsnap.LightsnapError) -> str:
    advice = _ADVICE.get(type(error.__cause__).__name__)
    if advice and isinstance(error, lightsnap.ConfigurationError):
        return f"{error.problem}: {advice}"
    return str(error)
