"""The loops that wait: they ask, tell a ``Wait`` the answers, and sleep as it says."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TypeVar

from lightsnap.errors import add_note
from lightsnap.models import Operation, Operations
from lightsnap.progress import WaitProgress
from lightsnap.schedule import DEFAULT_TIMEOUT, Cancel, Clock, PollInterval, Schedule
from lightsnap.state import NOT_CANCELLED, OperationsWait, Wait

_Answer = TypeVar("_Answer")
_Progress = TypeVar("_Progress")
_Result = TypeVar("_Result")


def run(
    wait: Wait[_Answer, _Progress, _Result], ask: Callable[[str], _Answer]
) -> _Result:
    """Carry a wait out: ask, tell it the answers, and sleep in between."""
    interruption: BaseException | None = None

    def poll() -> bool:
        nonlocal interruption
        try:
            _poll(wait, ask)
        except BaseException as error:  # noqa: BLE001 (it is raised below)
            # Not through tenacity, which takes a TryAgain for an order of its own.
            interruption = error
        return wait.is_over or interruption is not None

    try:
        from tenacity import Retrying, retry_if_result  # noqa: PLC0415 (on first use)

        Retrying(
            retry=retry_if_result(lambda is_over: not is_over),
            wait=wait.pause,
            sleep=wait.schedule.sleep,
        )(poll)
    except BaseException as error:  # noqa: BLE001 (likewise)
        interruption = error
    if interruption is not None:
        note = f"lightsnap was waiting for {wait.awaited}; {NOT_CANCELLED}"
        add_note(interruption, note)
        raise interruption
    return wait.result()


def _poll(
    wait: Wait[_Answer, _Progress, _Result], ask: Callable[[str], _Answer]
) -> None:
    """Carry one round out."""
    if wait.is_over:  # nothing to ask, or cancelled during the pause
        return
    wait.begin_round()
    while (subject := wait.next_call()) is not None:
        try:
            answer = ask(subject)
        except Exception as error:  # noqa: BLE001 (the wait decides on it)
            wait.failed(subject, error)
        else:
            wait.answered(subject, answer)
    wait.end_round()
    if wait.schedule.on_poll is not None:
        wait.schedule.on_poll(wait.progress())


class OperationWaiter:
    """The wait for operations alone, over any function that looks one up.

    ``Client.wait`` is this with ``Client.get_operation``; use it directly to look
    operations up in a way of your own.

    Args:
        get_operation: From an operation's id to the operation as it now stands. What
            it raises counts as trouble that may pass if it is a transient
            TransportError, a ThrottlingError, ServiceError, MalformedResponseError,
            or Python's own ConnectionError or TimeoutError; any other ends the wait.
        timeout: Seconds or a timedelta; None waits for ever, 0 is one round.
        poll_interval: The pause between rounds: seconds, a timedelta, or a tenacity
            wait strategy. By default it grows with the square root of the elapsed
            time, from 2 to 15 seconds, give or take 10 %.
        pending_per_poll: How many operations may answer that they are pending before
            a round ends. More make progress fresher and cost more calls; the end is
            noticed just as early at any value.
        on_poll: Called with a WaitProgress after every round. What it raises comes out.
        cancel: Ends the wait once its ``is_set()`` is true: a threading.Event, say.
        clock: The time; by default the module ``time``.

    Raises:
        TypeError: An argument has a wrong type.
        ValueError: A time is negative, or ``pending_per_poll`` less than one.
    """

    def __init__(
        self,
        get_operation: Callable[[str], Operation],
        *,
        timeout: float | timedelta | None = DEFAULT_TIMEOUT,
        poll_interval: PollInterval | None = None,
        pending_per_poll: int = 1,
        on_poll: Callable[[WaitProgress], object] | None = None,
        cancel: Cancel | None = None,
        clock: Clock | None = None,
    ) -> None:
        if not callable(get_operation):
            message = (
                f"get_operation is of type {type(get_operation).__name__}: "
                "give a function from an id to an Operation"
            )
            raise TypeError(message)
        self._get_operation = get_operation
        self._schedule = Schedule(
            timeout=timeout,
            poll_interval=poll_interval,
            pending_per_poll=pending_per_poll,
            on_poll=on_poll,
            cancel=cancel,
            clock=clock,
        )

    def wait(self, operations: Iterable[Operation | str]) -> Operations:
        """Wait until all have ended, and return them in the order given.

        Args:
            operations: Operations or their ids, each asked once however often it
                stands there. Those that have ended already are not asked again.

        Raises:
            ConstraintError: These are not operations or ids; nothing was asked.
            WaitFailedError: At least one failed; all have ended.
            WaitTimeoutError: ``timeout`` passed first.
            WaitCancelledError: ``cancel`` was set first.
            WaitInterruptedError: A call failed in a way that waiting does not fix.
        """
        return run(OperationsWait(operations, self._schedule), self._get_operation)
