"""What each command does: read the options, call the library, show the answer."""

from __future__ import annotations

import json
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
from lightsnap.cli.inputs import from_file_or_as_it_is, members_of, request_of
from lightsnap.cli.options import PROGRAM
from lightsnap.errors import (
    ConfigurationError,
    ConstraintError,
    LightsnapError,
    NotFoundError,
)

# What a skeleton or a refused request does not need is imported where it is used, which
# saves a sixth of their time.
if TYPE_CHECKING:
    from lightsnap._aws.protocols import ClosableClient
    from lightsnap._clients.client import Client
    from lightsnap._wait.progress import WaitProgress
    from lightsnap.cli.connection import Connection

_Outcome = TypeVar("_Outcome")


def create_instance_snapshot(options: Namespace) -> None:
    """Create a snapshot, and wait for it if that is asked for."""
    _refuse_options_of_a_wait(options)
    query = _query(options)
    members = members_of(options)
    if options.generate_cli_skeleton in ("input", "yaml-input"):
        print(CreateInstanceSnapshotRequest.skeleton(options.generate_cli_skeleton))
        return
    request = request_of(members).check()
    connection = _connection(options)
    show = _shower(connection, query, "CreateInstanceSnapshot")
    if options.generate_cli_skeleton == "output":
        show(json.loads(CreateInstanceSnapshotRequest.skeleton("output")))
        return
    from lightsnap.cli.store import saving

    with _connected(connection, check=False) as client, saving(options.save) as save:
        operations = _create(client, request)

        def keep(progress: WaitProgress) -> None:
            nonlocal operations
            operations = progress.operations

        try:
            save(operations)
            if options.wait:
                name = request.instance_snapshot_name
                deadline = time.monotonic() + _timeout(options)
                operations = _wait(client.wait, operations, options, keep=keep)
                left = max(0, round(deadline - time.monotonic(), 1))
                _wait(client.wait_until_available, name, options, timeout=left)
        except BaseException as error:
            if isinstance(error, WaitError) and error.operations:
                operations = error.operations
            if command := _waiting_on(error, operations, request, options):
                add_note(error, f"To go on waiting: {command}")
            with _noted_on(error):
                _show_created(show, operations)
            raise
        _show_created(show, operations)


def get_operation(options: Namespace) -> None:
    """Show an operation as it now stands."""
    operation_id = from_file_or_as_it_is(options.operation_id, path="--operation-id")
    query = _query(options)
    connection = _connection(options)
    show = _shower(connection, query, "GetOperation")
    with _connected(connection) as client:
        operation = client.get_operation(operation_id)
    show({"operation": operation.to_dict()})


def wait_until_available(options: Namespace) -> None:
    """Wait until the state of a snapshot is available."""
    name = from_file_or_as_it_is(
        options.instance_snapshot_name, path="--instance-snapshot-name"
    )
    connection = _connection(options)
    with _connected(connection) as client:
        _wait(client.wait_until_available, name, options)


def wait_until_terminal(options: Namespace) -> None:
    """Wait until operations have ended and succeeded."""
    from lightsnap.cli.store import saved

    operations = options.operation_ids or saved(options.resume)
    connection = _connection(options)
    with _connected(connection) as client:
        _wait(client.wait, operations, options)


def serve(options: Namespace) -> None:
    """Serve the Lightsail of ``lightsnap.testing``."""
    with _needing_moto("local"):
        from lightsnap.testing.__main__ import serve

        try:
            serve(options)
        except (OverflowError, ValueError) as error:
            raise UsageError(f"{error}") from error
        except OSError as error:
            message = f"cannot listen: {error.strerror}; give another --port or --host"
            raise LightsnapError(message) from error


def demonstrate(_options: Namespace) -> None:
    """Show the main job on a Lightsail inside of this process."""
    with _needing_moto("demo"):
        from lightsnap.cli.demo import main

        main()


@contextmanager
def _needing_moto(command: str) -> Generator[None, None, None]:
    try:
        yield
    except ImportError as error:
        message = f"`{command}` needs moto: pip install 'lightsnap[testing]'"
        raise ConfigurationError(message) from error


def complete(words: Sequence[str], options: Namespace) -> list[str]:
    """Ask for what is missing in a create, and show the command line that comes of it.

    Raises:
        UsageError: There is no terminal, or the command is another.
        ConstraintError: What was given is refused already.
        ConfigurationError: prompt_toolkit is not installed.
    """
    if options.command != "create-instance-snapshot":
        raise UsageError("--cli-auto-prompt is for create-instance-snapshot alone")
    from lightsnap.cli import prompt
    from lightsnap.cli.connection import instance_names

    if not prompt.is_terminal():
        message = (
            "--cli-auto-prompt needs a terminal: give the options, or run it in one"
        )
        raise UsageError(message)
    _refuse_options_of_a_wait(options)
    _query(options)
    request = request_of(members_of(options))
    if wrong := [each for each in request.violations if each.rule != "required"]:
        raise ConstraintError(wrong)
    given = {
        "--instance-name": request.instance_name,
        "--instance-snapshot-name": request.instance_snapshot_name,
        "--tags": request.tags,
    }
    with _opened(_connection(options)) as lightsail:
        asked = prompt.ask(
            {name for name, value in given.items() if value is not None},
            instance_name=request.instance_name,
            instance_names=lambda: instance_names(lightsail),
        )
    completed = [*words, *asked]
    print(prompt.command_line(completed), file=sys.stderr)
    return completed


def _refuse_options_of_a_wait(options: Namespace) -> None:
    if not options.wait:
        for name in ("timeout", "poll_interval", "progress"):
            if getattr(options, name) is not None:
                option = f"--{name.replace('_', '-')}"
                raise UsageError(f"{option} is for a wait: give --wait as well")


def _create(client: Client, request: CreateInstanceSnapshotRequest) -> Operations:
    try:
        return client.send(request)
    except NotFoundError as error:
        add_detail(error, "is --instance-name the instance, and is it in this Region?")
        raise


def _wait(
    wait: Callable[..., _Outcome],
    subject: object,
    options: Namespace,
    *,
    timeout: float | None = None,
    keep: Callable[[Any], object] | None = None,
) -> _Outcome:
    """Call a method of a client that waits, and show how far it is."""
    from lightsnap.cli.progress import showing

    mode = options.progress or "auto"
    if options.debug and mode in ("auto", "tty"):
        mode = "plain"  # a line that moves would be torn by those of the log
    with showing(mode, stream=sys.stderr, environ=os.environ) as show:

        def on_poll(progress: Any) -> None:
            if keep is not None:
                keep(progress)
            show(progress)

        return wait(
            subject,
            timeout=_timeout(options) if timeout is None else timeout,
            poll_interval=options.poll_interval,
            on_poll=on_poll,
        )


def _waiting_on(
    error: BaseException,
    operations: Operations,
    request: CreateInstanceSnapshotRequest,
    options: Namespace,
) -> str | None:
    """The command that waits for what has not ended; None where all has."""
    if not operations.is_terminal:
        rest = ["operations-terminal", "--operation-ids", *operations.ids]
    elif operations.failed or isinstance(error, SnapshotFailedError):
        return None
    else:
        name = request.instance_snapshot_name
        rest = ["instance-snapshot-available", "--instance-snapshot-name", name]
    for option in ("region", "profile", "endpoint_url"):
        if value := getattr(options, option):
            rest += [f"--{option.replace('_', '-')}", value]
    return shlex.join([PROGRAM, "wait", *rest])


def _timeout(options: Namespace) -> float:
    from lightsnap._wait.options import DEFAULT_TIMEOUT

    return DEFAULT_TIMEOUT if options.timeout is None else options.timeout


def _connection(options: Namespace) -> Connection:
    from lightsnap.cli.connection import Connection

    return Connection.of(options, os.environ)


@contextmanager
def _opened(connection: Connection) -> Generator[ClosableClient, None, None]:
    lightsail = connection.open()
    try:
        yield lightsail
    finally:
        lightsail.close()


@contextmanager
def _connected(
    connection: Connection, *, check: bool = True
) -> Generator[Client, None, None]:
    """Make a client; without ``check`` where the command has checked the request."""
    from lightsnap._clients.client import Client

    with _opened(connection) as lightsail:
        yield Client(lightsail, check=check)


def _query(options: Namespace) -> outputs.Query | None:
    return None if options.query is None else outputs.parse_query(options.query)


def _shower(
    connection: Connection, query: outputs.Query | None, title: str
) -> Callable[[Mapping[str, object]], None]:
    """Make what shows an answer, and find out now whether it could not.

    Raises:
        ConfigurationError: Something that it takes is not installed.
        LightsnapError: There is no standard output.
    """
    outputs.check_output(connection.output)
    if not sys.stdout and connection.output != "off":  # None, if closed from the start
        raise LightsnapError("standard output is closed: open it, or give --output off")

    def show(answer: Mapping[str, object]) -> None:
        try:
            outputs.write(
                outputs.with_timestamps(answer, connection.timestamp_format),
                output=connection.output,
                query=query,
                title=title,
                stream=sys.stdout,
            )
        except (OSError, UnicodeEncodeError) as error:
            reason = getattr(error, "strerror", None) or error
            message = f"standard output cannot be written: {reason}"
            raise LightsnapError(message) from error

    return show


def _show_created(
    show: Callable[[Mapping[str, object]], None], operations: Operations
) -> None:
    """Show the operations of a create; an error that keeps from it has their ids."""
    try:
        show(operations.to_dict())
    except BaseException as error:
        ids = " ".join(operations.ids)
        add_note(error, f"The service has accepted the snapshot; its operations: {ids}")
        raise


@contextmanager
def _noted_on(error: BaseException) -> Generator[None, None, None]:
    """Let a second failure be a note on the first."""
    try:
        yield
    except LightsnapError as second:
        for note in (str(second), *second.__notes__):
            add_note(error, note)
