"""The form of error responses, in this process and over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.core import set_initial_no_auth_action_count

from lightsnap.testing import LightsailServer, faults, mock_lightsail
from lightsnap.testing.lightsail.exceptions import NotFoundException
from tests.embedded import create_instances, new_client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from types_boto3_lightsail import LightsailClient

ONCE = Config(retries={"total_max_attempts": 1})


@pytest.fixture(params=["in this process", "over HTTP"])
def client(request: pytest.FixtureRequest) -> Iterator[LightsailClient]:
    with (
        mock_lightsail(),
        LightsailServer() as server,
        pytest.MonkeyPatch.context() as environment,
    ):
        if request.param == "over HTTP":
            environment.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false")
            environment.setenv("AWS_ENDPOINT_URL_LIGHTSAIL", server.url)
        yield new_client(config=ONCE)


def error_of(call: Callable[[], object]) -> tuple[dict[str, Any], str]:
    """Return the response to a call that fails, and its error type in the headers."""
    with pytest.raises(ClientError) as caught:
        call()
    response: dict[str, Any] = {**caught.value.response}
    headers = response["ResponseMetadata"]["HTTPHeaders"]
    return response, headers["x-amzn-errortype"]


def get_nothing(client: LightsailClient) -> object:
    return client.get_instance(instanceName="Nothing")


def scripted(name: str, **arguments: Any) -> Callable[[LightsailClient], object]:
    def call(client: LightsailClient) -> object:
        getattr(faults, name)("GetRegions", **arguments)
        return client.get_regions()

    return call


ERRORS: dict[str, Callable[[LightsailClient], object]] = {
    "NotFoundException": get_nothing,
    "InvalidInputException": lambda client: create_instances(client, "-"),
    "OperationFailureException": lambda client: client.get_disks(),
    "ThrottlingException": scripted("throttle"),
    "InternalFailure": scripted("server_error"),
    "ServiceUnavailable": scripted("server_error", status=503),
    "AccessDeniedException": scripted("error", code="AccessDeniedException"),
}


def test_a_scripted_code_may_be_any_text(client: LightsailClient) -> None:
    call = scripted("error", code="Fehler ü\n€", status=400)

    response, in_headers = error_of(lambda: call(client))

    assert response["Error"]["Code"] == "Fehler ü\n€"
    assert in_headers == r"Fehler \xfc\n\u20ac"


@pytest.mark.parametrize("type_", ERRORS)
def test_each_error_names_its_type_in_the_headers_too(
    client: LightsailClient, type_: str
) -> None:
    response, in_headers = error_of(lambda: ERRORS[type_](client))

    assert response["Error"]["Code"] == in_headers == type_


def test_what_does_not_exist_has_the_code_that_other_clients_look_for(
    client: LightsailClient,
) -> None:
    response, _ = error_of(lambda: get_nothing(client))

    assert response["code"] == "DoesNotExist"
    assert response["docs"] == NotFoundException.docs
    assert response["tip"] == NotFoundException.tip


def test_motos_access_control_refuses_a_call_in_the_same_form(
    client: LightsailClient,
) -> None:
    """By itself, moto would respond in XML."""

    @set_initial_no_auth_action_count(0)
    def refused() -> tuple[dict[str, Any], str]:
        return error_of(client.get_regions)

    response, in_headers = refused()

    assert response["Error"]["Code"] == in_headers == "InvalidClientTokenId"
    assert response["Error"]["Message"] == (
        "The security token included in the request is invalid."
    )
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 403
