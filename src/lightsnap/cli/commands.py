"""The commands: read the options, call the library, show the response."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from lightsnap._model.operations import Operations, WaitError, WaitFailedError
from lightsnap._request import skeleton
from lightsnap._request.request import CreateInstanceSnapshotRequest
from lightsnap._text import add_note, requiring
from lightsnap.cli import outputs
from lightsnap.cli.arguments import UsageError
from lightsnap.cli.checks import check_members
from lightsnap.cli.conditions import CONDITIONS
from lightsnap.cli.inputs import read_members, read_value
from lightsnap.errors import (
    ConstraintError,
    LightsnapError,
)

# Skeletons and invalid requests do not need the rest, so it is imported where it is
# used: that saves a sixth of their time.
if TYPE_CHECKING:
    from lightsnap._aws.protocols import ClosableClient
    from lightsnap._clients.client import Client
    from lightsnap.cli.api import ApiCommand
    from lightsnap.cli.connection import Connection


def call_api(options: Namespace) -> None:
    """Make the call of a command of the AWS CLI and, with ``--wait``, wait."""
    command: ApiCommand = options.api
    _reject_wait_options(options)
    query = read_query(options)
    members = read_members(options, command)
    kind = options.generate_cli_skeleton
    if kind in ("input", "yaml-input"):
        is_json = kind == "input"
        write = skeleton.input_skeleton if is_json else skeleton.yaml_input_skeleton
        print(write(command.operation))
        return
    paging = _paging(options, command, members)
    check_members(members, command)
    connection = read_connection(options)
    show = response_printer(connection, query, command.title)
    if kind == "output":
        show(skeleton.output_skeleton(command.operation))
        return
    from lightsnap.cli.calls import fetch_pages, send

    with _open_lightsail(connection) as lightsail:
        if paging is not None:
            output = connection.output
            for page in fetch_pages(lightsail, command, members, paging, output):
                show(page)
        elif not command.starts_operations:
            show(send(lightsail, command, members))
        else:
            start = partial(send, lightsail, command, members)
            _start_operations(start, lightsail, options, show)


def _paging(
    options: Namespace, command: ApiCommand, members: Mapping[str, object]
) -> dict[str, Any] | None:
    """Return botocore's PaginationConfig; None for a single call."""
    if command.pagination is None:
        return None
    config = {
        "MaxItems": options.max_items,
        "StartingToken": options.starting_token,
    }
    if not options.no_paginate and command.pagination["input_token"] not in members:
        return config
    if given := [name for name, value in config.items() if value is not None]:
        names = {"MaxItems": "--max-items", "StartingToken": "--starting-token"}
        raise UsageError(f"{names[given[0]]} needs pagination, which is off")
    return None


def _start_operations(
    start: Callable[[], dict[str, Any]],
    lightsail: ClosableClient,
    options: Namespace,
    show: Callable[[Mapping[str, object]], None],
) -> None:
    """Make a call that starts operations, wait for them, and show its response."""
    from lightsnap.cli.store import saving

    with saving(options.save) as save:
        response = start()
        try:
            if options.wait or options.save:
                _follow(response, save, lightsail, options)
        except BaseException as error:
            with _adding_errors_to(error):
                _show_started(show, response, options.command)
            raise
        _show_started(show, response, options.command)


def _follow(
    response: dict[str, Any],
    save: Callable[[Operations], None],
    lightsail: ClosableClient,
    options: Namespace,
) -> None:
    """Save and await the operations of a response, and keep them current in it."""
    from lightsnap._clients.client import Client
    from lightsnap.cli import waits

    operations = Operations.from_response(response)
    left: Sequence[str] = ["operations-terminal", "--operation-ids", *operations.ids]

    def record(current: Operations) -> None:
        payloads: Any = current.to_dict()["operations"]
        if payloads and "operations" in response:
            response["operations"] = payloads
        elif payloads:
            response["operation"] = payloads[0]

    try:
        save(operations)
        if options.wait:
            waiter = waits.Waiter(Client(lightsail, check=False), options)
            operations = waiter.wait_for_operations(
                operations, lambda progress: record(progress.operations)
            )
            record(operations)
            done: list[str] = []
            title = options.api.title
            for condition, name in waits.states_to_reach(title, operations):
                left = [condition.name, condition.option, name]
                resource = waiter.wait_for_state(condition, name)
                done.append(waits.state_text(condition, resource))
            waiter.say_done(*(done or [waits.operations_text(operations)]))
    except BaseException as error:
        if isinstance(error, WaitError):
            record(error.operations)
        if not isinstance(error, (WaitFailedError, waits.StateFailedError)):
            command_line = waits.resume_command(options, *left)
            add_note(error, f"To resume waiting: {command_line}")
        raise


def _show_started(
    show: Callable[[Mapping[str, object]], None],
    response: Mapping[str, Any],
    command: str,
) -> None:
    """Show a response; if that fails, the error says what was accepted."""
    try:
        show(response)
    except BaseException as error:
        given: Any = response.get("operations", [response.get("operation")])
        operations: list[dict[str, str]] = [each for each in given if each]
        resources = dict.fromkeys(each.get("resourceName", "?") for each in operations)
        names, ids = (
            ", ".join(resources),
            " ".join(e.get("id", "?") for e in operations),
        )
        note = f"The service has accepted {command} for {names}; its operations: {ids}"
        add_note(error, note)
        raise


def wait(options: Namespace) -> None:
    """Wait until a resource has reached a state, or operations have ended."""
    from lightsnap.cli import waits

    condition = CONDITIONS.get(options.condition)
    if condition is None:
        operations = _operations_to_wait_for(options)
        with open_client(read_connection(options)) as client:
            waiter = waits.Waiter(client, options)
            ended = waiter.wait_for_operations(operations)
            waiter.say_done(waits.operations_text(ended))
        return
    name = read_value(options.name, path=condition.option)
    waits.check_name(condition, name)
    with open_client(read_connection(options)) as client:
        waiter = waits.Waiter(client, options)
        resource = waiter.wait_for_state(condition, name)
        waiter.say_done(waits.state_text(condition, resource))


def _operations_to_wait_for(options: Namespace) -> Operations | list[str]:
    from lightsnap.cli.store import load_answer, load_operations

    ids: list[str] | None = options.operation_ids
    if ids:
        return ids
    if options.resume:
        return load_operations(options.resume)
    return load_answer(options.answer)


def serve(options: Namespace) -> None:
    """Run the emulator as a server."""
    with requiring("`local`", "moto", "testing"):
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
    with requiring("`demo`", "moto", "testing"):
        from lightsnap.cli.demo import main

        main()


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
    members = read_members(options, options.api)
    request = CreateInstanceSnapshotRequest.from_dict(members)
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
    if options.api.starts_operations and not options.wait:
        for name in ("timeout", "poll_interval", "progress"):
            if getattr(options, name) is not None:
                option = f"--{name.replace('_', '-')}"
                raise UsageError(f"{option} needs --wait: add it")


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


@contextmanager
def _adding_errors_to(error: BaseException) -> Generator[None, None, None]:
    """Add an error raised in the block to the first one, as notes."""
    try:
        yield
    except LightsnapError as second:
        for note in (str(second), *second.__notes__):
            add_note(error, note)
