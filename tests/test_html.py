"""How values show themselves: HTML in notebooks, and text elsewhere."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any, Protocol

import pytest

from lightsnap import (
    CreateInstanceSnapshotRequest,
    InstanceSnapshot,
    Operations,
    ResourceLocation,
    SnapshotProgress,
    WaitProgress,
)
from tests.documented import FAILED, PENDING, SNAPSHOT, SUCCEEDED, operation

HOSTILE = "<script>alert('&\"')</script>"


class Shown(Protocol):
    def _repr_html_(self) -> str: ...


class Reader(HTMLParser):
    """Reads HTML as a browser would: its tags, and each text between two."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []
        self.texts: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.opened.append(tag)
        self.tags.add(tag)
        self.attributes |= {f"{name}={value}" for name, value in attrs}

    def handle_endtag(self, tag: str) -> None:
        assert self.opened.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data.strip())


def read(value: Shown) -> Reader:
    reader = Reader()
    reader.feed(value._repr_html_())
    reader.close()
    assert reader.opened == []
    return reader


def wait_progress(*operations: Any, ids: tuple[str, ...] = ()) -> WaitProgress:
    known = Operations(operations)
    return WaitProgress(
        operations=known, ids=ids or known.ids, elapsed=42.123, polls=3, calls=5
    )


def snapshot(**changes: Any) -> InstanceSnapshot:
    return InstanceSnapshot.from_dict(SNAPSHOT | changes)


def request(**changes: Any) -> CreateInstanceSnapshotRequest:
    names: dict[str, Any] = {
        "instance_name": "WordPress-1",
        "instance_snapshot_name": "nightly",
    }
    return CreateInstanceSnapshotRequest(**(names | changes))


def test_an_operation() -> None:
    assert read(operation(errorCode="NoSpace", errorDetails="full")).texts == [
        *("Operation", "CreateInstanceSnapshot: Started (not ended)"),
        *("Error", "NoSpace: full"),
        *("Resource", "WordPress-Snapshot-1 (InstanceSnapshot)"),
        *("Details", "WordPress-1"),
        *("Location", "us-west-2, zone all"),
        *("Created", "2019-09-30 18:00:38 UTC"),
        *("Status changed", "2019-09-30 18:00:38 UTC"),
        *("Id", "4c3db559-9dd0-41e7-89c0-2cb88c19786f"),
    ]
    assert "Error" not in read(operation()).texts
    assert "CreateInstanceSnapshot: Succeeded (ended)" in read(SUCCEEDED).texts


def test_operations() -> None:
    assert read(Operations([PENDING, FAILED])).texts == [
        *("Operations", "1 Started, 1 Failed"),
        *("Operation", "Resource", "Status", "Id"),
        *("CreateInstanceSnapshot", "WordPress-Snapshot-1 (InstanceSnapshot)"),
        *("Started", "a"),
        *("CreateInstanceSnapshot", "WordPress-Snapshot-1 (InstanceSnapshot)"),
        *("Failed: NoSpace", "c"),
    ]
    assert read(Operations([])).texts == ["Operations", "none"]


def test_of_many_operations_those_come_first_that_matter() -> None:
    shown = read(Operations([*[SUCCEEDED] * 1998, PENDING, FAILED]))

    assert "1998 Succeeded, 1 Started, 1 Failed" in shown.texts
    assert shown.texts[-1] == "and 1,990 more"
    ids = [text for text in shown.texts if text in ("a", "b", "c")]
    assert ids == ["c", "a", *["b"] * 8]


def test_a_snapshot() -> None:
    assert read(snapshot()).texts == [
        *("Snapshot", "WordPress-Snapshot-1: available"),
        *("Instance", "WordPress-1"),
        *("Progress", "100%"),
        *("Size", "20 GB"),
        *("Disks", "1"),
        *("Tags", "env = prod, keep"),
        *("Location", "us-west-2, zone all"),
        *("Created", "2019-09-30 18:00:38 UTC"),
    ]


def test_what_a_snapshot_does_not_tell_is_left_out() -> None:
    optional = ("sizeInGb", "progress", "tags", "fromAttachedDisks", "fromInstanceName")
    bare = read(snapshot(**dict.fromkeys(optional)))

    assert bare.texts[2::2] == ["Location", "Created"]


def test_a_request_says_what_will_be_refused() -> None:
    good = read(request(tags={"env": "prod", "keep": None}))
    bad = read(request(instance_snapshot_name="-", tags=["env"]))

    assert good.texts == [
        *("CreateInstanceSnapshot", "valid"),
        *("Instance", "WordPress-1"),
        *("Snapshot", "nightly"),
        *("Tags", "env = prod, keep"),
    ]
    assert bad.texts[1] == "invalid"
    assert "'env'" in bad.texts
    refused = [
        bad.texts[n + 1] for n, each in enumerate(bad.texts) if each == "Violation"
    ]
    assert refused == [
        each.message
        for each in request(instance_snapshot_name="-", tags=["env"]).violations
    ]


@pytest.mark.parametrize("tags", [42, "env", [None]])
def test_a_request_shows_also_what_is_no_tag(tags: Any) -> None:
    assert read(request(tags=tags)).texts[1] == "invalid"


def test_how_far_a_wait_is() -> None:
    progress = wait_progress(PENDING, SUCCEEDED, ids=("a", "b", "c"))
    summary = (
        "WordPress-Snapshot-1: 1 of 3 ended (1 Started, 1 Succeeded, 1 not seen yet), "
        "5 calls, 42.1 s"
    )

    assert repr(progress) == f"<WaitProgress of {summary}>"
    shown = read(progress)
    assert shown.texts[:2] == ["Wait", summary]
    assert {"value=1", "max=3"} <= shown.attributes


def test_how_far_a_wait_for_nothing_is() -> None:
    assert "nothing: 0 of 0 ended" in repr(wait_progress())
    assert read(wait_progress()).tags == {"div", "strong"}


@pytest.mark.parametrize(
    ("state", "value", "detail"),
    [("pending", 0, "pending (100%)"), ("available", 1, "available (100%)")],
)
def test_how_far_a_snapshot_is(state: str, value: int, detail: str) -> None:
    progress = SnapshotProgress(
        instance_snapshot_name="nightly",
        snapshot=snapshot(state=state),
        elapsed=1,
        polls=1,
    )

    assert repr(progress) == f"<SnapshotProgress of nightly: {detail}, 1 call, 1.0 s>"
    assert f"value={value}" in read(progress).attributes


def test_a_snapshot_that_was_not_seen_yet() -> None:
    progress = SnapshotProgress(
        instance_snapshot_name="nightly", snapshot=None, elapsed=1, polls=2
    )

    assert "nightly: not seen yet, 2 calls" in repr(progress)
    assert "value=0" in read(progress).attributes


@pytest.mark.parametrize(
    "value",
    [
        hostile := operation(
            resourceName=HOSTILE,
            status=HOSTILE,
            errorCode=HOSTILE,
            errorDetails=HOSTILE,
            operationDetails=HOSTILE,
            location={"availabilityZone": HOSTILE, "regionName": HOSTILE},
        ),
        Operations([hostile]),
        snapshot(
            name=HOSTILE, state=HOSTILE, tags=[{"key": HOSTILE, "value": HOSTILE}]
        ),
        request(instance_name=HOSTILE, tags={HOSTILE: HOSTILE}),
        wait_progress(hostile),
    ],
)
def test_html_is_escaped_and_has_no_colours_of_its_own(value: Shown) -> None:
    shown = read(value)

    assert HOSTILE in "".join(shown.texts)
    html = {"div", "strong", "table", "thead", "tbody", "tr", "th", "td", "progress"}
    assert shown.tags <= html
    assert {each for each in shown.attributes if each.startswith("style")} <= {
        "style=text-align: left; padding-right: 1em"
    }


@pytest.mark.parametrize(
    "value",
    [
        commanding := operation(
            resourceName="\x1b[2J\n\u202e", status="\x1b[2J", errorCode="\x00"
        ),
        Operations([commanding]),
        snapshot(state="\x1b[2J\n"),
        wait_progress(commanding),
        ResourceLocation(region_name="\x1b[2J\n", availability_zone="\u202e"),
    ],
)
def test_a_repr_commands_no_terminal(value: object) -> None:
    assert repr(value).isprintable()
    assert str(value).isprintable()
    assert r"\x1b[2J" in repr(value)
