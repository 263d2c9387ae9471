"""Programs that type checkers must refuse. They are checked and never run.

Each refusal is expected by its code, in mypy and in pyright, and an expectation that is
not met is an error of its own: so a program that came to pass would fail `make types`.
"""

from __future__ import annotations

import asyncio
import threading

from lightsnap import (
    Client,
    CreateInstanceSnapshotRequest,
    Operation,
    Operations,
    OperationWaiter,
    Tag,
    testing,
)
from lightsnap.testing import faults

# A name that is not there, although all of them load lazily.
from lightsnap import Cleint  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]  # isort: skip

__all__ = ["Cleint"]


def positional_names(client: Client) -> None:
    client.create_instance_snapshot("WordPress-1", "S-1")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def a_missing_name(client: Client) -> None:
    client.create_instance_snapshot(instance_name="WordPress-1")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def a_str_for_tags(client: Client) -> None:
    client.snapshot_instance("WordPress-1", tags="env=prod")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def boto3_dicts_for_tags(client: Client) -> None:
    client.snapshot_instance("WordPress-1", tags=[{"key": "env"}])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]


def a_number_for_a_value() -> None:
    Tag("env", 5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def a_skeleton_of_another_kind() -> None:
    CreateInstanceSnapshotRequest.skeleton("yaml")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def a_misspelt_field(operation: Operation) -> None:
    operation.state  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]


def a_field_set(operation: Operation) -> None:
    operation.id = "other"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


def an_operation_changed_in_place(operations: Operations) -> None:
    operations[0] = operations[1]  # type: ignore[index]  # pyright: ignore[reportIndexIssue]


def an_unawaited_field(client: Client) -> None:
    asyncio.to_thread(client.snapshot_instance, "WordPress-1").name  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]


def a_none_that_is_not_handled(operation: Operation) -> None:
    operation.error_code.upper()  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]


def a_text_for_a_time(client: Client, operations: Operations) -> None:
    client.wait(operations, timeout="60")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def a_strategy_without_a_state(client: Client, operations: Operations) -> None:
    client.wait(operations, poll_interval=lambda: 5.0)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def a_text_for_a_session() -> None:
    Client(session="work", config="slow")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def a_cancel_without_is_set(client: Client, operations: Operations) -> None:
    client.wait(operations, cancel=threading.Lock())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def a_function_that_returns_no_operation() -> None:
    OperationWaiter(lambda operation_id: operation_id)  # type: ignore[arg-type, return-value]  # pyright: ignore[reportArgumentType]


def another_client(client: Client) -> None:
    Client(client)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def a_drop_at_no_time() -> None:
    faults.drop(when="during")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def a_misspelt_name_of_testing() -> None:
    testing.fautls  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
