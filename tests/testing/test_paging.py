"""Long listings are returned in pages."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING, Any

import pytest
from botocore import xform_name

from lightsnap.testing.lightsail.utils import page
from tests.embedded import create_instances, create_snapshot, refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from types_boto3_lightsail import LightsailClient

LISTINGS = {
    "GetInstances": "instances",
    "GetInstanceSnapshots": "instanceSnapshots",
    "GetOperations": "operations",
    "GetOperationsForResource": "operations",
    "GetBundles": "bundles",
    "GetBlueprints": "blueprints",
}


def add(client: LightsailClient, operation: str, number: int) -> None:
    """Add an item to what an API operation lists."""
    if operation == "GetInstances":
        create_instances(client, f"Number-{number}")
    elif operation == "GetInstanceSnapshots":
        create_snapshot(client, f"Number-{number}")
    else:
        client.untag_resource(resourceName="WordPress-1", tagKeys=["none"])


def list_page(client: LightsailClient, operation: str, token: str | None = None) -> Any:
    call: Callable[..., Any] = getattr(client, xform_name(operation))
    arguments = {}
    if operation == "GetOperationsForResource":
        arguments["resourceName"] = "WordPress-1"
    if token is not None:
        arguments["pageToken"] = token
    return call(**arguments)


def identities(operation: str, page: Any) -> list[str]:
    return [
        item["id"] if "id" in item else item["name"]
        for item in page[LISTINGS[operation]]
    ]


@pytest.mark.parametrize(
    ("operation", "size"),
    [
        ("GetInstances", 100),
        ("GetInstanceSnapshots", 100),
        ("GetOperations", 200),
        ("GetOperationsForResource", 200),
    ],
)
def test_a_second_page_begins_when_the_first_is_full(
    wordpress: LightsailClient, operation: str, size: int
) -> None:
    # There is already one instance, with one operation.
    for number in range(operation != "GetInstanceSnapshots", size):
        add(wordpress, operation, number)
    assert "nextPageToken" not in list_page(wordpress, operation)
    add(wordpress, operation, size)

    first = list_page(wordpress, operation)
    second = list_page(wordpress, operation, first["nextPageToken"])

    listed = identities(operation, first)
    assert len(listed) == size
    assert len({*listed, *identities(operation, second)}) == size + 1
    assert "nextPageToken" not in second
    # A token can be used more than once.
    again = list_page(wordpress, operation, first["nextPageToken"])
    assert identities(operation, again) == identities(operation, second)


def test_changes_between_pages_do_not_skip_or_repeat_items(
    wordpress: LightsailClient,
) -> None:
    operation = "GetInstanceSnapshots"
    for number in range(120):
        add(wordpress, operation, number)

    first = list_page(wordpress, operation)
    # The first item; the last one of the first page, which the token holds; and one of
    # the second page.
    for number in (0, 99, 110):
        wordpress.delete_instance_snapshot(instanceSnapshotName=f"Number-{number}")
    add(wordpress, operation, 120)
    second = list_page(wordpress, operation, first["nextPageToken"])

    assert identities(operation, first) == [f"Number-{n}" for n in range(100)]
    assert identities(operation, second) == [
        f"Number-{n}" for n in range(100, 121) if n != 110
    ]


@pytest.mark.parametrize(
    "operation", [name for name in LISTINGS if name != "GetOperationsForResource"]
)
def test_boto3_paginators_return_every_item(
    wordpress: LightsailClient, operation: str
) -> None:
    create_instances(wordpress, *(f"Number-{number}" for number in range(240)))
    for number in range(110):
        create_snapshot(wordpress, f"Snapshot-{number}")
    name: Any = xform_name(operation)

    pages = list(wordpress.get_paginator(name).paginate())

    seen = [each for page in pages for each in identities(operation, page)]
    counts = {
        "GetInstances": (241, 3),
        "GetInstanceSnapshots": (110, 2),
        "GetOperations": (241 + 220, 3),
    }
    count, page_count = counts.get(operation, (7, 1))
    assert len(set(seen)) == len(seen) == count
    assert len(pages) == page_count


def token_of(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "token",
    [
        "",
        "1",
        "Nemo",
        "\ud800",
        "=",
        token_of("Instance:x"),
        token_of("\x00:1"),
        "gIA=",
    ],
)
@pytest.mark.parametrize("operation", LISTINGS)
def test_an_invalid_token_is_refused(
    wordpress: LightsailClient, operation: str, token: str
) -> None:
    with refused("InvalidPageToken", "The page token is not valid"):
        list_page(wordpress, operation, token)


def test_a_token_of_another_listing_is_refused(wordpress: LightsailClient) -> None:
    create_instances(wordpress, *(f"Instance-{number}" for number in range(100)))
    for operation, count in (("GetInstanceSnapshots", 101), ("GetOperations", 200)):
        for number in range(count):
            add(wordpress, operation, number)
    tokens = {
        operation: list_page(wordpress, operation)["nextPageToken"]
        for operation in list(LISTINGS)[:4]
    }

    for origin, token in tokens.items():
        for operation in LISTINGS:
            if operation != origin:
                with refused("InvalidPageToken"):
                    list_page(wordpress, operation, token)
    with refused("InvalidPageToken"):
        wordpress.get_operations_for_resource(
            resourceName="Instance-1", pageToken=tokens["GetOperationsForResource"]
        )


def test_operations_on_a_resource_are_listed_without_those_on_others(
    wordpress: LightsailClient,
) -> None:
    create_instances(wordpress, "Other")

    listed = wordpress.get_operations_for_resource(resourceName="Other")["operations"]

    assert [operation["resourceName"] for operation in listed] == ["Other"]


class Numbers:
    """A long listing that counts how many of its items are looked at."""

    def __init__(self) -> None:
        self.looked_at = 0

    def __len__(self) -> int:
        return 1_000_000

    def __getitem__(self, index: Any) -> Any:
        found = range(len(self))[index]
        self.looked_at += len(found) if isinstance(index, slice) else 1
        return found


def test_a_page_in_the_middle_costs_what_the_first_costs() -> None:
    numbers: Any = Numbers()
    _, token = page("Operation", numbers, None, 999_000, serial_of=int)
    costs = []
    for start in (None, token):
        numbers = Numbers()
        shown, _ = page("Operation", numbers, start, 200, serial_of=int)
        costs.append(numbers.looked_at)

    assert shown == list(range(999_000, 999_200))
    assert max(costs) <= 200 + 20  # the page, and a binary search for its start
