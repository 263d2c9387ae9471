"""The outcome of each fault in a create, a copy, a restore and two waits.

``test_matrix`` tests every cell of this table. To write it to the documentation, run
``python -m tests.outcomes >docs/reference/outcomes.md``.
"""

from __future__ import annotations

from typing import NamedTuple


class Outcomes(NamedTuple):
    """The outcomes of one fault: in calls that create something, and in waits."""

    create: str
    copy: str
    restore: str
    wait: str
    resume: str


MADE = {"create": "snapshot", "copy": "copy", "restore": "instance"}
"""What each of the calls creates, for the texts of their outcomes."""

_RETURNED = "operations; one {made}"
_RECONCILED = "operations, after reconciling; one {made}"
_SUCCEEDED = "all succeeded"


def _refused(error: str) -> str:
    return f"{error}; no {{made}}"


def _not_found(error: str) -> str:
    return f"{error}, which says that none was found; no {{made}}"


def _unknown(error: str) -> str:
    return f"{error}, which says that the outcome is unknown; one {{made}}"


def _interrupted(error: str) -> str:
    return f"WaitInterruptedError ({error}), with both ids"


def _outcomes(created: str, waited: str) -> Outcomes:
    create, copy, restore = (created.format(made=made) for made in MADE.values())
    return Outcomes(create, copy, restore, wait=waited, resume=waited)


def _transient(created: str) -> Outcomes:
    return _outcomes(created, _SUCCEEDED)


def _permanent(error: str) -> Outcomes:
    return _outcomes(_refused(error), _interrupted(error))


EXPECTED = {
    "throttled": _transient(_refused("ThrottlingError")),
    "HTTP status 500": _transient(_not_found("ServiceError")),
    "HTTP status 503": _transient(_not_found("ServiceError")),
    "connection reset before the work": _transient(_not_found("TransportError")),
    "connection reset after the work": _transient(_RECONCILED),
    "read time-out": _transient(_RECONCILED),
    "truncated body": _transient(_RECONCILED),
    "malformed JSON": _transient(_RECONCILED),
    "unknown status": _transient(_RETURNED),
    "missing field": _transient(_RECONCILED),
    "expired token": _permanent("UnauthenticatedError"),
    "access denied": _permanent("AccessDeniedError"),
    "not found": _permanent("NotFoundError"),
    "wrong subject": _transient(_RECONCILED),
    "`null`": _transient(_RECONCILED),
    "trickle": _transient(_RECONCILED),
    "redirect": _permanent("ApiError"),
    "suspend": _transient(_unknown("TransportError")),
    "refused, then refused": _permanent("InvalidInputError"),
    "refused, then lost": _transient(_RECONCILED),
    "lost, then refused": _transient(_RECONCILED),
    "not sent, then lost": _transient(_RECONCILED),
    "lost, then a captive portal": _outcomes(
        _RECONCILED, _interrupted("TransportError")
    ),
}

_BEFORE = """\
# Outcomes

This table shows the outcome of each fault. Each row is a fault that occurs once, and
each column is what was running when it did:

- *create*: `create_instance_snapshot`, whose call of `CreateInstanceSnapshot` meets the
  fault.
- *copy*: `copy_instance_snapshot` to another Region, whose call of `CopySnapshot` meets
  it.
- *restore*: `create_instances_from_snapshot` with one name, whose call of
  `CreateInstancesFromSnapshot` meets it.
- *wait*: `wait` for both operations of a create, of which one call of `GetOperation`
  meets it.
- *resume*: the same wait by a new client, which got the operations through `to_json()`
  and `from_json()`.

Each cell is tested over real sockets to the emulator, with `Client` through botocore
and with `AsyncClient` through aiobotocore; the outcomes are the same. botocore's
retries are off except in the rows with "then", so that lightsnap handles the fault.

What the rows mean:

- In "throttled", "expired token", "access denied" and "not found", the service refuses
  the request.
- From "read time-out" to "missing field", and from "wrong subject" to "trickle", the
  service does the work, and its response is late, damaged or unexpected. The missing
  field is the `id` of an operation. A response with the wrong subject is about another
  resource or operation. The trickle arrives byte by byte and then breaks off.
- The redirect leads to another origin, to which nothing is sent.
- In "suspend", the response is lost while the machine sleeps for an hour. lightsnap
  then no longer knows when it sent the request, so it cannot tell the operations of
  this call from older ones.
- The rows with "then" have two attempts, with botocore's retries on. A refused attempt
  is throttled. A lost one does the work, and its response is lost. An attempt that is
  not sent fails because the host name does not resolve. The captive portal has a
  certificate that cannot be verified.

"""

_AFTER = """
The number of snapshots, copies or instances is what the service has afterwards: one or
none, never two. If there is one, the caller has its operations, or the error says that
the outcome is unknown. If there is none, the error says so, unless the service refused
the request. After a `WaitInterruptedError`, a new wait for its ids
succeeds.

The create is also tested with botocore's retries on, in the modes `legacy`, `standard`
and `adaptive`, under the first six faults and with both clients. Each time there is
exactly one snapshot, and the caller has its operations.

This page is generated from the table in `tests/outcomes.py`, which
`tests/test_matrix.py` tests. `python -m tests.outcomes >docs/reference/outcomes.md`
writes it.
"""


def page() -> str:
    """Return the page in Markdown."""
    rows = [("fault", *Outcomes._fields), ("---",) * 6]
    rows += [(fault, *outcomes) for fault, outcomes in EXPECTED.items()]
    table = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    return _BEFORE + table + _AFTER


if __name__ == "__main__":
    print(page(), end="")
