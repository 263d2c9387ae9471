"""Long listings come in pages."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING, Any

import pytest
from botocore import xform_name

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
    """Let a listing have one item more."""
    if operation == "GetInstances":
        create_instances(client, f"Number-{number}")
    elif operation == "GetInstanceSnapshots":
        create_snapshot(client, f"Number-{number}")
    else:
        client.untag_resource(resourceName="WordPress-1", tagKeys=["none"])


def ask(client: LightsailClient, operation: str, token: str | None = None) -> Any:
    call: Callable[..., Any] = getattr(client, xform_name(operation))
    arguments = {}
    if operation == "GetOperationsForResource":
        arguments["resourceName"] = "WordPress-1"
    if token is not None:
        arguments["pageToken"] = token
    return call(**arguments)


def identities(operation: str, answer: Any) -> list[str]:
    return [
        item["id"] if "id" in item else item["name"]
        for item in answer[LISTINGS[operation]]
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
def test_a_page_is_full_before_there_is_another(
    wordpress: LightsailClient, operation: str, size: int
) -> None:
    # The instance and its operation are there already.
    for number in range(operation != "GetInstanceSnapshots", size):
        add(wordpress, operation, number)
    assert "nextPageToken" not in ask(wordpress, operation)
    add(wordpress, operation, size)

    first = ask(wordpress, operation)
    second = ask(wordpress, operation, first["nextPageToken"])

    shown = identities(operation, first)
    assert len(shown) == size
    assert len({*shown, *identities(operation, second)}) == size + 1
    assert "nextPageToken" not in second
    # A token does for more than once.
    again = ask(wordpress, operation, first["nextPageToken"])
    assert identities(operation, again) == identities(operation, second)


def test_what_happens_between_pages_skips_and_repeats_nothing(
    wordpress: LightsailClient,
) -> None:
    operation = "GetInstanceSnapshots"
    for number in range(120):
        add(wordpress, operation, number)

    first = ask(wordpress, operation)
    # The first; the last on the first page, which the token leads to; one to come.
    for number in (0, 99, 110):
        wordpress.delete_instance_snapshot(instanceSnapshotName=f"Number-{number}")
    add(wordpress, operation, 120)
    second = ask(wordpress, operation, first["nextPageToken"])

    assert identities(operation, first) == [f"Number-{n}" for n in range(100)]
    assert identities(operation, second) == [
        f"Number-{n}" for n in range(100, 121) if n != 110
    ]


@pytest.mark.parametrize(
    "operation", [name for name in LISTINGS if name != "GetOperationsForResource"]
)
def test_the_paginators_of_boto3_bring_it_all(
    wordpress: LightsailClient, operation: str
) -> None:
    create_instances(wordpress, *(f"Number-{number}" for number in range(240)))
    for number in range(110):
        create_snapshot(wordpress, f"Snapshot-{number}")
    name: Any = xform_name(operation)

    pages = list(wordpress.get_paginator(name).paginate())

    seen = [each for page in pages for each in identities(operation, page)]
    counted = {
        "GetInstances": (241, 3),
        "GetInstanceSnapshots": (110, 2),
        "GetOperations": (241 + 220, 3),
    }
    count, page_count = counted.get(operation, (7, 1))
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
def test_a_token_that_was_never_given_is_refused(
    wordpress: LightsailClient, operation: str, token: str
) -> None:
    with refused("InvalidPageToken", "The page token is not valid"):
        ask(wordpress, operation, token)


def test_a_token_of_another_listing_is_refused(wordpress: LightsailClient) -> None:
    create_instances(wordpress, *(f"Instance-{number}" for number in range(100)))
    for operation, count in (("GetInstanceSnapshots", 101), ("GetOperations", 200)):
        for number in range(count):
            add(wordpress, operation, number)
    tokens = {
        operation: ask(wordpress, operation)["nextPageToken"]
        for operation in list(LISTINGS)[:4]
    }

    for giver, token in tokens.items():
        for operation in LISTINGS:
            if operation != giver:
                with refused("InvalidPageToken"):
                    ask(wordpress, operation, token)
    with refused("InvalidPageToken"):
        wordpress.get_operations_for_resource(
            resourceName="Instance-1", pageToken=tokens["GetOperationsForResource"]
        )
