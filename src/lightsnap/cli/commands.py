"""The commands: read the options, call the library, show the response."""

from __future__ import annotations

import os
import shlex
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from lightsnap._model.operations import Operations, WaitError
from lightsnap._request.request import CreateInstanceSnapshotRequest
from lightsnap._text import add_detail, add_note
from lightsnap._wait.errors import SnapshotFailedError
from lightsnap.cli import outputs
from lightsnap.cli.arguments import UsageError
from lightsnap.cli.inputs import build_request, read_members, read_value
from lightsnap.cli.options import PROGRAM
from lightsnap.errors import (
    ConfigurationError,
    ConstraintError,
    LightsnapError,
    NotFoundError,
)

# Skeletons and invalid requests do not need the rest, so it is imported where it is
# used: that saves a sixth of their time.
if TYPE_CHECKING:
    from lightsnap._aws.protocols import ClosableClient
    from lightsnap._clients.client import Client
    from lightsnap._wait.progress import WaitProgress
    from lightsnap.cli.connection import Connection

_Outcome = TypeVar("_Outcome")


def create_instance_snapshot(options: Namespace) -> None:
    """Create a snapshot and, with ``--wait``, wait for it."""
    _reject_wait_options(options)
    query = read_query(options)
    members = read_members(options)
    if options.generate_cli_skeleton in ("input", "yaml-input"):
        print(CreateInstanceSnapshotRequest.skeleton(options.generate_cli_skeleton))
        return
    request = build_request(members).check()
    connection = read_connection(options)
    show = response_printer(connection, query, "CreateInstanceSnapshot")
    if options.generate_cli_skeleton == "output":
        from lightsnap._request.skeleton import SAMPLE_RESPONSE

        show(SAMPLE_RESPONSE.to_dict())
        return
    from lightsnap.cli.store import saving

    with open_client(connection, check=False) as client, saving(options.save) as save:
        operations = _create(client, request)

        def record(progress: WaitProgress) -> None:
            nonlocal operations
            operations = progress.operations

        try:
            save(operations)
            if options.wait:
                name = request.instance_snapshot_name
                deadline = time.monotonic() + _timeout(options)
                operations = _wait(client.wait, operations, options, record=record)
                left = max(0, round(deadline - time.monotonic(), 1))
                _wait(client.wait_until_available, name, options, timeout=left)
        except BaseException as error:
            if isinstance(error, WaitError) and error.operations:
                operations = error.operations
            if command := _resume_command(error, operations, request, options):
                add_note(error, f"To resume waiting: {command}")
            with _adding_errors_to(error):
                _show_created(show, operations, request)
            raise
        _show_created(show, operations, request)


def get_operation(options: Namespace) -> None:
    """Show the current state of an operation."""
    operation_id = read_value(options.operation_id, path="--operation-id")
    query = read_query(options)
    connection = read_connection(options)
    show = response_printer(connection, query, "GetOperation")
    with open_client(connection) as client:
        operation = client.get_operation(operation_id)
    show({"operation": operation.to_dict()})


def wait_until_available(options: Namespace) -> None:
    """Wait until a snapshot is available."""
    name = read_value(options.instance_snapshot_name, path="--instance-snapshot-name")
    connection = read_connection(options)
    with open_client(connection) as client:
        _wait(client.wait_until_available, name, options)


def wait_until_terminal(options: Namespace) -> None:
    """Wait until operations have ended; raise an error unless all succeeded."""
    from lightsnap.cli.store import load_operations

    operations = options.operation_ids or load_operations(options.resume)
    connection = read_connection(options)
    with open_client(connection) as client:
        _wait(client.wait, operations, options)


def serve(options: Namespace) -> None:
    """Run the emulator as a server."""
    with _requiring_moto("local"):
        from lightsnap.testing.__main__ import serve

        try:
            serve(options)
        except (OverflowError, ValueError) as error:
            raise UsageError(f"{error}") from error
        except OSError as error:
            message = f"cannot listen: {error.strerror}; use another --port or --host"
            raise LightsnapError(message) from error


def run_demo(_options: Namespace) -> None:
    """Create a snapshot on an emulator in this process."""
    with _requiring_moto("demo"):
        from lightsnap.cli.demo import main

        main()


@contextmanager
def _requiring_moto(command: str) -> Generator[None, None, None]:
    try:
        yield
    except ImportError as error:
        message = f"`{command}` needs moto: pip install 'lightsnap[testing]'"
        raise ConfigurationError(message) from error


def complete(words: Sequence[str], options: Namespace) -> list[str]:
    """Ask for the missing options of a create, and show the complete command line.

    Raises:
        UsageError: There is no terminal, or it is another command.
        ConstraintError: An option that was given is invalid.
        ConfigurationError: prompt_toolkit is not installed.
    """
    if options.command != "create-instance-snapshot":
        raise UsageError("--cli-auto-prompt works only with create-instance-snapshot")
    from lightsnap.cli import prompt
    from lightsnap.cli.connection import instance_names

    if not prompt.is_terminal():
        message = (
            "--cli-auto-prompt needs a terminal: run it in one, or give all options"
        )
        raise UsageError(message)
    _reject_wait_options(options)
    read_query(options)
    request = build_request(read_members(options))
    if invalid := [each for each in request.violations if each.rule != "required"]:
        raise ConstraintError(invalid)
    given = {
        "--instance-name": request.instance_name,
        "--instance-snapshot-name": request.instance_snapshot_name,
        "--tags": request.tags,
    }
    with _open_lightsail(read_connection(options)) as lightsail:
        answers = prompt.ask(
            {name for name, value in given.items() if value is not None},
            instance_name=request.instance_name,
            instance_names=lambda: instance_names(lightsail),
        )
    completed = [*words, *answers]
    print(prompt.command_line(completed), file=sys.stderr)
    return completed


def _reject_wait_options(options: Namespace) -> None:
    if not options.wait:
        for name in ("timeout", "poll_interval", "progress"):
            if getattr(options, name) is not None:
                option = f"--{name.replace('_', '-')}"
                raise UsageError(f"{option} needs --wait: add it")


def _create(client: Client, request: CreateInstanceSnapshotRequest) -> Operations:
    try:
        return client.send(request)
    except NotFoundError as error:
        add_detail(error, "check that --instance-name is an instance in this Region")
        raise


def _wait(
    wait: Callable[..., _Outcome],
    subject: object,
    options: Namespace,
    *,
    timeout: float | None = None,
    record: Callable[[Any], object] | None = None,
) -> _Outcome:
    """Call a wait method of a client and show its progress."""
    from lightsnap.cli.progress import showing

    mode = options.progress or "auto"
    if options.debug and mode in ("auto", "tty"):
        mode = "plain"  # log lines would break up a live line
    with showing(mode, stream=sys.stderr, environ=os.environ) as show:

        def on_poll(progress: Any) -> None:
            if record is not None:
                record(progress)
            show(progress)

        return wait(
            subject,
            timeout=_timeout(options) if timeout is None else timeout,
            poll_interval=options.poll_interval,
            on_poll=on_poll,
        )


def _resume_command(
    error: BaseException,
    operations: Operations,
    request: CreateInstanceSnapshotRequest,
    options: Namespace,
) -> str | None:
    """Return the command that resumes the wait; None if nothing is left to wait for."""
    if not operations.is_terminal:
        rest = ["operations-terminal", "--operation-ids", *operations.ids]
    elif operations.failed or isinstance(error, SnapshotFailedError):
        return None
    else:
        name = request.instance_snapshot_name
        rest = ["instance-snapshot-available", "--instance-snapshot-name", name]
    for option in ("region", "profile", "endpoint_url"):
        if (value := getattr(options, option)) is not None:
            rest += [f"--{option.replace('_', '-')}", value]
    return shlex.join([PROGRAM, "wait", *rest])


def _timeout(options: Namespace) -> float:
    from lightsnap._wait.options import DEFAULT_TIMEOUT

    return DEFAULT_TIMEOUT if options.timeout is None else options.timeout


def read_connection(options: Namespace) -> Connection:
    """Read the settings of a connection, without sending anything."""
    from lightsnap.cli.connection import Connection

    return Connection.of(options, os.environ)


@contextmanager
def _open_lightsail(connection: Connection) -> Generator[ClosableClient, None, None]:
    lightsail = connection.open()
    try:
        yield lightsail
    finally:
        lightsail.close()


@contextmanager
def open_client(
    connection: Connection, *, check: bool = True
) -> Generator[Client, None, None]:
    """Open a client; ``check=False`` if the command has checked the request itself."""
    from lightsnap._clients.client import Client

    with _open_lightsail(connection) as lightsail:
        yield Client(lightsail, check=check)


def read_query(options: Namespace) -> outputs.Query | None:
    """Compile the query, if one was given."""
    return None if options.query is None else outputs.parse_query(options.query)


def response_printer(
    connection: Connection, query: outputs.Query | None, title: str
) -> Callable[[Mapping[str, object]], None]:
    """Return a function that prints a response, after checking that it can.

    Raises:
        ConfigurationError: A package that the output format needs is not installed.
        LightsnapError: Standard output is closed.
    """
    outputs.check_output(connection.output)
    if connection.output != "off":
        require_stdout()

    def show(response: Mapping[str, object]) -> None:
        with writing_to_stdout():
            outputs.write(
                outputs.format_timestamps(response, connection.timestamp_format),
                output=connection.output,
                query=query,
                title=title,
                stream=sys.stdout,
            )

    return show


def require_stdout() -> None:
    """Check that standard output is open.

    Raises:
        LightsnapError: It was closed at the start.
    """
    if not sys.stdout:
        raise LightsnapError("standard output is closed: open it, or use --output off")


@contextmanager
def writing_to_stdout() -> Generator[None, None, None]:
    """Say what could not be written if writing fails.

    Raises:
        LightsnapError: Standard output is closed or full, or lacks a character.
    """
    try:
        yield
    except (OSError, UnicodeEncodeError) as error:
        reason = getattr(error, "strerror", None) or error
        message = f"cannot write to standard output: {reason}"
        raise LightsnapError(message) from error


def _show_created(
    show: Callable[[Mapping[str, object]], None],
    operations: Operations,
    request: CreateInstanceSnapshotRequest,
) -> None:
    """Show the operations of a create; if that fails, the error says what was made."""
    try:
        show(operations.to_dict())
    except BaseException as error:
        name, ids = request.instance_snapshot_name, " ".join(operations.ids)
        note = f"The service has accepted snapshot {name!r}; its operations: {ids}"
        add_note(error, note)
        raise


@contextmanager
def _adding_errors_to(error: BaseException) -> Generator[None, None, None]:
    """Add an error raised in the block to the first one, as notes."""
    try:
        yield
    except LightsnapError as second:
        for note in (str(second), *second.__notes__):
            add_note(error, note)
