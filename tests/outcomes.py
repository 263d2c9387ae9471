"""What comes of a fault, by what was under way.

docs/reference/outcomes.md is this table; ``test_matrix`` makes every cell happen. To
write the page anew: ``python -m tests.outcomes >docs/reference/outcomes.md``.
"""

from __future__ import annotations

from typing import NamedTuple


class Outcomes(NamedTuple):
    """What came of one fault: in a create, a wait, and a wait taken up elsewhere."""

    create: str
    wait: str
    resume: str


_AT_ONCE = "operations; one snapshot"
_FOUND = "operations, found by a look-up; one snapshot"
_SUCCEEDED = "all succeeded"


def _refused(error: str) -> str:
    return f"{error}; no snapshot"


def _looked_up(error: str) -> str:
    return f"{error}, saying that none was seen; no snapshot"


def _interrupted(error: str) -> str:
    return f"WaitInterruptedError ({error}), with both ids"


def _passing(create: str) -> Outcomes:
    return Outcomes(create, _SUCCEEDED, _SUCCEEDED)


def _lasting(error: str) -> Outcomes:
    return Outcomes(_refused(error), _interrupted(error), _interrupted(error))


EXPECTED = {
    "throttled": _passing(_refused("ThrottlingError")),
    "HTTP status 500": _passing(_looked_up("ServiceError")),
    "HTTP status 503": _passing(_looked_up("ServiceError")),
    "connection reset before the work": _passing(_looked_up("TransportError")),
    "connection reset after the work": _passing(_FOUND),
    "read time-out": _passing(_FOUND),
    "truncated body": _passing(_FOUND),
    "malformed JSON": _passing(_FOUND),
    "unknown status": _passing(_AT_ONCE),
    "missing field": _passing(_FOUND),
    "expired token": _lasting("UnauthenticatedError"),
    "access denied": _lasting("AccessDeniedError"),
    "not found": _lasting("NotFoundError"),
}

_BEFORE = """\
# Outcomes

What comes of a fault: each row is a thing that goes wrong once, each column what was
under way. *Create* is `create_instance_snapshot`, and the call that makes the snapshot
meets the fault. In *wait*, a call of `wait` for both operations meets it; in *resume*
as well, after the operations went through `to_json()` and `from_json()` to a new
client.

Each cell is a test, over real sockets to the embedded Lightsail. It is run twice:
`Client` through botocore, `AsyncClient` through aiobotocore. The outcome is the same.
botocore's own retries are off here, so that it is lightsnap that meets the fault.

The service refuses in the rows "throttled", "expired token", "access denied" and "not
found"; nothing is done then. In the rows from "read time-out" to "missing field" the
work is done, and the answer is late or spoilt. The missing field is the `id` of an
operation.

"""

_AFTER = """
The number of snapshots is what the service shows afterwards: one or none, never two. If
there is one, the caller holds its operations. If there is none, the error says so,
unless the service has plainly refused. After a `WaitInterruptedError`, its ids are
waited for again, and all succeed.

With botocore's retries on, in the modes `legacy`, `standard` and `adaptive`, the create
was tested under the first six faults, by both clients too. Each time there is exactly
one snapshot, and the caller holds its operations.

This page is written by `python -m tests.outcomes >docs/reference/outcomes.md`, from the
table that the tests in `tests/test_matrix.py` go by.
"""


def page() -> str:
    """The page, in Markdown."""
    rows = [("fault", *Outcomes._fields), ("---",) * 4]
    rows += [(fault, *outcomes) for fault, outcomes in EXPECTED.items()]
    table = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    return _BEFORE + table + _AFTER


if __name__ == "__main__":
    print(page(), end="")
