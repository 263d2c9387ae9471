"""Wait from the command line, and say when that is done."""

from __future__ import annotations

import os
import shlex
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar, cast

from attrs import evolve

from lightsnap._aws.calls import ApiOperation, Call
from lightsnap._clients.client import Client
from lightsnap._escape import printable
from lightsnap._flows.steps import Flow
from lightsnap._flows.waits import wait_for_state
from lightsnap._model.operations import Operations
from lightsnap._request.rules import name_violations
from lightsnap._text import first_of
from lightsnap._wait.options import DEFAULT_TIMEOUT
from lightsnap._wait.progress import Resource, ResourceProgress
from lightsnap._wait.states import Goal
from lightsnap.cli.conditions import CONDITIONS, Condition
from lightsnap.cli.options import PROGRAM
from lightsnap.cli.progress import showing
from lightsnap.errors import (
    ConstraintError,
    LightsnapError,
    MalformedResponseError,
    NotFoundError,
)

_Outcome = TypeVar("_Outcome")


class StateFailedError(LightsnapError):
    """A resource will never reach the state that is waited for."""


class Waiter:
    """Waits for operations and states, within one timeout.

    Args:
        client: The client.
        options: The options of the wait.
    """

    def __init__(self, client: Client, options: Namespace) -> None:
        self._client = client
        self._options = options
        self._began = time.monotonic()
        timeout = options.timeout
        self._timeout: float = DEFAULT_TIMEOUT if timeout is None else timeout

    def wait_for_operations(
        self, operations: Any, record: Callable[[Any], object] = lambda _: None
    ) -> Operations:
        """Wait until operations have succeeded.

        Args:
            operations: The operations, or their ids.
            record: Is called with each progress.
        """

        def wait(**schedule: Any) -> Operations:
            return self._client.wait(operations, **schedule)

        return self._wait(wait, record)

    def wait_for_state(self, condition: Condition, name: str) -> Resource:
        """Wait until a resource has reached a state."""
        goal: Goal[Resource, ResourceProgress] = Goal(
            noun=condition.noun,
            value_type=Resource,
            name_of=lambda resource: resource.name,
            state_of=lambda resource: resource.state,
            reached=(condition.reached,),
            failed=condition.failed,
            failure=_failure,
            progress=ResourceProgress,
        )

        def wait(**given: Any) -> Resource:
            client = self._client
            schedule = client._schedule(cancel=None, **given)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
            flow = wait_for_state(goal, name, _fetching(condition), schedule)
            return client._run(flow)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]

        return self._wait(wait)

    def _wait(
        self,
        wait: Callable[..., _Outcome],
        record: Callable[[Any], object] = lambda _: None,
    ) -> _Outcome:
        """Call what waits, and show its progress."""
        mode = self._options.progress or "auto"
        if self._options.debug and mode in ("auto", "tty"):
            mode = "plain"  # log lines would break up a live line
        before = time.monotonic() - self._began
        with showing(mode, stream=sys.stderr, environ=os.environ) as show:

            def on_poll(progress: Any) -> None:
                record(progress)
                show(evolve(progress, elapsed=before + progress.elapsed))

            return wait(
                timeout=max(0, round(self._timeout - before, 1)),
                poll_interval=self._options.poll_interval,
                on_poll=on_poll,
            )

    def say_done(self, *subjects: str) -> None:
        """Say on standard error what is done, unless no progress was asked for."""
        if subjects and self._options.progress not in ("none", "json"):
            elapsed = time.monotonic() - self._began
            done = first_of(subjects)
            print(
                printable(f"{PROGRAM}: {done} after {int(elapsed)} s"), file=sys.stderr
            )


def _failure(message: str, **_: object) -> StateFailedError:
    return StateFailedError(message)


def _fetching(condition: Condition) -> Callable[[str], Call[Resource] | Flow[Resource]]:
    """Return what fetches a resource by its name."""
    member, *path = condition.path

    def read(response: Mapping[str, Any]) -> Resource:
        try:
            payload = response[member]
            name, state = payload["name"], payload
            for each in path:
                state = state[each]
        except (KeyError, TypeError):
            name = state = None
        if not isinstance(name, str) or not isinstance(state, str):
            message = f"{member} has no name or no state"
            raise MalformedResponseError(message, payload=response)
        return Resource(name, state, response[member])

    def fetch(name: str) -> Call[Resource]:
        return ApiOperation(condition.api_operation, read)(**{condition.member: name})

    def fetch_or_deleted(name: str) -> Flow[Resource]:
        try:
            resource: Resource = yield fetch(name)
        except NotFoundError:
            return Resource(name, condition.reached, {})
        return resource

    return fetch_or_deleted if condition.reached == "deleted" else fetch


def check_name(condition: Condition, name: str) -> None:
    """Check the name of a resource, where the rule is known.

    Raises:
        ConstraintError: The name is invalid.
    """
    is_known = condition.resource_type in ("Instance", "InstanceSnapshot")
    if is_known and (violations := list(name_violations(condition.option, name))):
        raise ConstraintError(violations)


def states_to_reach(
    title: str, operations: Operations
) -> Iterator[tuple[Condition, str]]:
    """Yield the states that ``--wait`` waits for after the operations of a call."""
    for condition in CONDITIONS.values():
        if title in condition.started_by:
            names = [
                each.resource_name
                for each in operations
                if each.resource_type == condition.resource_type
            ]
            yield from ((condition, name) for name in dict.fromkeys(names) if name)


def state_text(condition: Condition, resource: Resource) -> str:
    """Return a text that says which state a resource has reached."""
    payload = cast("Mapping[str, Any]", resource.payload)
    size, address = payload.get("sizeInGb"), payload.get("publicIpAddress")
    detail = f" ({size} GB)" if size else f" ({address})" if address else ""
    return f"{condition.noun} {resource.name} is {resource.state}{detail}"


def operations_text(operations: Operations) -> str:
    """Return a text that says how many operations have succeeded."""
    count = len(operations)
    return f"{count} {'operation' if count == 1 else 'operations'} succeeded"


def resume_command(options: Namespace, *words: str) -> str:
    """Return the command that resumes a wait."""
    rest = list(words)
    for option in ("region", "profile", "endpoint_url"):
        if (value := getattr(options, option)) is not None:
            rest += [f"--{option.replace('_', '-')}", value]
    return shlex.join([PROGRAM, "wait", *rest])
