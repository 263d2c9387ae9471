"""Errors carry what they know, also through pickle."""

from __future__ import annotations

import inspect
import pickle
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import lightsnap
from lightsnap import (
    AccessDeniedError,
    ApiError,
    BackupError,
    BackupReport,
    ConfigurationError,
    ConstraintError,
    InstanceSnapshot,
    LightsnapError,
    MalformedResponseError,
    Operations,
    ResumeError,
    SnapshotChangedError,
    SnapshotFailedError,
    TransportError,
    Violation,
    WaitCancelledError,
    WaitError,
    WaitFailedError,
    WaitInterruptedError,
    WaitTimeoutError,
    errors,
)
from lightsnap._text import add_detail, add_note, describe
from tests.documented import FAILED, PENDING, SNAPSHOT, operation

CARRIED: dict[str, Any] = {
    "operations": Operations([PENDING, FAILED]),
    "ids": ["a", "c", "never answered"],
    "elapsed": 12.5,
}

API_ERRORS: list[type[ApiError]] = [ApiError, *ApiError.__subclasses__()]

EXAMPLES: list[LightsnapError] = [
    ConstraintError([Violation("tags", "count", "too many")]),
    ConfigurationError("no Region"),
    TransportError("no certificate", transient=False),
    *(
        error_type(
            code="SomeException",
            message="It is not so.",
            tip="Try another.",
            docs="https://docs.aws.amazon.com/lightsail",
            status_code=400,
            request_id="8a4b1c9e",
            operation_name="GetOperation",
        )
        for error_type in API_ERRORS
    ),
    MalformedResponseError("no id", payload={"operations": [{}]}),
    ResumeError("damaged"),
    BackupError("it failed", report=BackupReport(plan="nightly", outcomes=())),
    WaitError("it ended", **CARRIED),
    WaitFailedError(**CARRIED),
    WaitTimeoutError("too late", timeout=12.0, **CARRIED),
    WaitCancelledError("cancelled", **CARRIED),
    WaitInterruptedError(
        "denied", reason=AccessDeniedError(code="X", message="no"), **CARRIED
    ),
    SnapshotChangedError(
        "it is another one", snapshot=InstanceSnapshot.from_dict(SNAPSHOT)
    ),
    SnapshotFailedError(
        "broken", snapshot=InstanceSnapshot.from_dict(SNAPSHOT), **CARRIED
    ),
]


def attributes(error: BaseException) -> dict[str, object]:
    return {
        name: attributes(value) if isinstance(value, BaseException) else value
        for name, value in vars(error).items()
    }


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_every_error_pickles_with_its_attributes(error: LightsnapError) -> None:
    error.add_note("seen on a Tuesday")

    loaded = pickle.loads(pickle.dumps(error))

    assert type(loaded) is type(error)
    assert str(loaded) == str(error)
    assert attributes(loaded) == attributes(error)
    assert loaded.__notes__ == ["seen on a Tuesday"]


def test_there_is_an_example_of_every_error() -> None:
    exported = {
        each
        for name in lightsnap.__all__
        if isinstance(each := getattr(lightsnap, name), type)
        and issubclass(each, LightsnapError)
    }

    assert {type(error) for error in EXAMPLES} | {LightsnapError} == exported


# Ends a line, acts on a terminal, or turns the text after it around.
HOSTILE = "a\nb\r\x00\x1b[2J\x7f\x85\x9b\u200e\u2028\u2029\u202e\u2066\ud800"
ESCAPED = r"a\nb\r\x00\x1b[2J\x7f\x85\x9b\u200e\u2028\u2029\u202e\u2066\ud800"

ABOUT_HOSTILE: dict[str, Any] = {
    "operations": [
        operation(
            id=HOSTILE,
            isTerminal=True,
            operationType=HOSTILE,
            resourceType=HOSTILE,
            resourceName=HOSTILE,
            status=HOSTILE,
            errorCode=HOSTILE,
            errorDetails=HOSTILE,
        )
    ],
    "ids": [HOSTILE],
    "elapsed": 12.5,
}

HOSTILE_EXAMPLES: list[LightsnapError] = [
    LightsnapError(HOSTILE),
    ConstraintError([Violation(HOSTILE, "type", HOSTILE, HOSTILE)]),
    ConfigurationError(HOSTILE, HOSTILE),
    TransportError(HOSTILE),
    *(
        error_type(
            code=HOSTILE,
            message=HOSTILE,
            tip=HOSTILE,
            docs=HOSTILE,
            request_id=HOSTILE,
            operation_name=HOSTILE,
        )
        for error_type in API_ERRORS
    ),
    MalformedResponseError(HOSTILE, payload=HOSTILE),
    ResumeError(HOSTILE),
    WaitError(HOSTILE, **ABOUT_HOSTILE),
    WaitFailedError(**ABOUT_HOSTILE),
    WaitTimeoutError(HOSTILE, timeout=12.0, **ABOUT_HOSTILE),
    WaitCancelledError(HOSTILE, **ABOUT_HOSTILE),
    WaitInterruptedError(HOSTILE, reason=ValueError(HOSTILE), **ABOUT_HOSTILE),
    BackupError(HOSTILE, report=BackupReport(plan=HOSTILE, outcomes=())),
    SnapshotChangedError(
        HOSTILE, snapshot=InstanceSnapshot.from_dict({**SNAPSHOT, "name": HOSTILE})
    ),
    SnapshotFailedError(
        HOSTILE,
        snapshot=InstanceSnapshot.from_dict({**SNAPSHOT, "name": HOSTILE}),
        **ABOUT_HOSTILE,
    ),
]


@pytest.mark.parametrize(
    "error", HOSTILE_EXAMPLES, ids=lambda error: type(error).__name__
)
def test_an_error_is_one_line_that_does_nothing_to_a_terminal(
    error: LightsnapError,
) -> None:
    loaded = pickle.loads(pickle.dumps(error))

    for text in (str(error), f"{error}", repr(error), describe(error), str(loaded)):
        assert text.isprintable()
        assert ESCAPED in text.replace("\\\\", "\\")
    (line,) = traceback.format_exception_only(error)
    assert line.removesuffix("\n").isprintable()


def test_there_is_a_hostile_example_of_every_error() -> None:
    examples = {type(error) for error in HOSTILE_EXAMPLES}

    assert examples == {LightsnapError, *map(type, EXAMPLES)}


def test_the_attributes_of_an_error_hold_the_text_as_it_came() -> None:
    error = ApiError(code="X", message=HOSTILE, tip=HOSTILE)

    assert (error.message, error.tip) == (HOSTILE, HOSTILE)
    assert error.args == (f"X: {HOSTILE} ({HOSTILE})",)


def test_the_message_of_a_violation_is_safe_to_print() -> None:
    violation = Violation(HOSTILE, "type", HOSTILE, HOSTILE)

    assert violation.message == f"{ESCAPED} {ESCAPED}: {ESCAPED}"
    assert violation.sentence(f"--{HOSTILE}", "") == f"--{ESCAPED} {ESCAPED}"
    assert violation.path == HOSTILE


def test_what_is_added_to_an_error_is_escaped_too() -> None:
    ours, other = LightsnapError("no"), ValueError(HOSTILE)

    for error in (ours, other):
        add_detail(error, HOSTILE)
        add_note(error, HOSTILE)

    assert str(ours) == f"no; {ESCAPED}"
    assert ours.__notes__ == [ESCAPED]
    assert other.__notes__ == [ESCAPED, ESCAPED]


def test_letters_of_any_language_are_not_escaped() -> None:
    assert str(LightsnapError("größe 環境 مرحبا 😀 \\n")) == "größe 環境 مرحبا 😀 \\n"


def test_errors_are_builtin_ones_too() -> None:
    assert issubclass(ConstraintError, ValueError)
    assert issubclass(ResumeError, ValueError)
    assert issubclass(TransportError, ConnectionError)
    assert issubclass(WaitTimeoutError, TimeoutError)


WRONG: list[tuple[Callable[[Any], object], str]] = [
    (lambda wrong: ConstraintError([wrong]), "violations is of type object"),
    (ConfigurationError, "problem is of type object: give text"),
    (lambda wrong: ConfigurationError("no Region", wrong), "advice is of type object"),
    (TransportError, "message is of type object: give text"),
    (lambda wrong: TransportError("reset", transient=wrong), "transient is of type"),
    (MalformedResponseError, "message is of type object: give text"),
    *(
        (
            lambda wrong, name=name: ApiError(
                **{"code": "X", "message": "no", name: wrong}
            ),
            f"{name} is of type object: give ",
        )
        for name in inspect.signature(ApiError).parameters
    ),
    (lambda wrong: WaitError(wrong, **CARRIED), "message is of type object: give text"),
    *(
        (
            lambda wrong, name=name, value=value: WaitError(
                "it ended", **{**CARRIED, name: value or wrong}
            ),
            f"{name} is of type",
        )
        for name, value in [
            ("operations", ["an id"]),
            ("ids", "an id"),
            ("ids", [1]),
            ("elapsed", None),
        ]
    ),
    (lambda wrong: WaitTimeoutError("late", timeout=wrong, **CARRIED), "timeout is of"),
    (
        lambda wrong: WaitInterruptedError("denied", reason=wrong, **CARRIED),
        "reason is of type object: give an exception",
    ),
    (
        lambda wrong: SnapshotChangedError("another", snapshot=wrong),
        "snapshot is of type object: give an InstanceSnapshot",
    ),
    (
        lambda wrong: SnapshotFailedError("broken", snapshot=wrong, **CARRIED),
        "snapshot is of type object: give an InstanceSnapshot",
    ),
]


@pytest.mark.parametrize(("construct", "message"), WRONG, ids=[m for _, m in WRONG])
def test_constructors_refuse_arguments_of_the_wrong_type(
    construct: Callable[[Any], object], message: str
) -> None:
    with pytest.raises(TypeError, match=f"^{message}"):
        construct(object())


@pytest.mark.parametrize("error_type", dict.fromkeys(map(type, EXAMPLES)))
def test_the_docstring_of_a_constructor_lists_its_parameters(
    error_type: type[LightsnapError],
) -> None:
    if "__init__" not in vars(error_type) or error_type is ApiError:
        return  # inherited; ApiError's arguments are its attributes
    args = str(inspect.getdoc(error_type)).partition("\nArgs:\n")[2]
    for name in inspect.signature(error_type).parameters:
        assert f"\n    {name}: " in f"\n{args}"


def test_an_api_error_names_the_operation_the_code_and_the_advice() -> None:
    assert str(EXAMPLES[3]) == (
        "GetOperation: SomeException: It is not so. (Try another.)"
    )
    assert str(ApiError(code="X", message="no")) == "X: no"


def test_describe_adds_the_type_of_other_errors() -> None:
    assert describe(ConfigurationError("no Region")) == "no Region"
    assert describe(TimeoutError("too slow")) == "TimeoutError: too slow"
    assert describe(ConnectionResetError()) == "ConnectionResetError"
    assert describe(ValueError(HOSTILE)) == f"ValueError: {ESCAPED}"


def test_a_transport_error_is_transient_by_default() -> None:
    assert TransportError("reset").transient


def test_every_error_is_in_both_trees() -> None:
    reference = Path(__file__).parents[1] / "docs" / "reference"
    page = (reference / "errors.md").read_text(encoding="utf-8")

    for name in lightsnap.__all__:
        if name.endswith("Error"):
            assert f" {name}" in str(errors.__doc__)
            assert f"─ {name}" in page or name == "LightsnapError"
