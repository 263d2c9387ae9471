"""What the emulator relies on in moto, whether moto documents it or not.

If a release of moto changes any of it, a test here fails with a message that says what
has changed and which of our modules needs an update. Other tests would fail too, but
far from the cause. `make test-moto` runs this file on the lowest release of moto that
we support, `make test` on the newest.
"""

from __future__ import annotations

import ast
import json
import os
import socket
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import boto3
import moto
import pytest
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError

import lightsnap.testing
from lightsnap.testing import LightsailServer, faults, mock_lightsail
from tests.embedded import create_instances, new_client

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.awsrequest import AWSRequest
    from moto.moto_api._internal.managed_state_model import ManagedState
    from types_boto3_lightsail import LightsailClient

TESTING = Path(lightsnap.testing.__file__).parent
DEFAULT_ACCOUNT = "123456789012"
HOST = "lightsail.us-west-2.amazonaws.com"
PROBE = "lightsnap::probe"


@contextmanager
def relied_on(what: str, *, by: str) -> Iterator[None]:
    """Make a failure in the block say what changed in moto, and what relied on it."""
    try:
        yield
    except Warning:  # One that pytest raises as an error. It names its own source.
        raise
    except (Exception, pytest.fail.Exception) as error:
        raise AssertionError(
            f"moto {moto.__version__} has changed. This no longer holds: {what}. "
            f"lightsnap/testing/{by} relied on it. {type(error).__name__}: {error}"
        ) from error


def imports_from_moto() -> Iterator[tuple[str, str, str]]:
    """Yield our module, moto's module and the name for each import from moto."""
    for path in sorted(TESTING.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and not node.level:
                module = node.module or ""
                if module.partition(".")[0] == "moto":
                    for alias in node.names:
                        ours = path.relative_to(TESTING).as_posix()
                        yield ours, module, alias.name


def client_of(server: LightsailServer, config: Config | None = None) -> LightsailClient:
    return boto3.client(
        "lightsail", region_name="us-west-2", endpoint_url=server.url, config=config
    )


def get_regions(client: LightsailClient) -> list[str]:
    return [region["name"] for region in client.get_regions()["regions"]]


# The imported names, and the registration with moto.


@pytest.mark.parametrize(("ours", "module", "name"), list(imports_from_moto()))
def test_moto_has_what_we_import_from_it(ours: str, module: str, name: str) -> None:
    with relied_on(f"the module {module} has {name}", by=ours):
        getattr(import_module(module), name)


def test_moto_has_no_lightsail_of_its_own() -> None:
    what = "moto has no Lightsail of its own, which register() would leave in place"
    with relied_on(what, by="_register.py"):
        from moto.backend_index import backend_url_patterns

        from lightsnap.testing._register import register
        from lightsnap.testing.lightsail import urls

        register()
        registered = [
            base.pattern for name, base in backend_url_patterns if "lightsail" in name
        ]
        assert registered == urls.url_bases
        assert not (Path(moto.__file__).parent / "lightsail").exists()


def test_moto_finds_our_backends() -> None:
    what = "get_backend('lightsail') reads moto.lightsail.lightsail_backends"
    with relied_on(what, by="_register.py"), mock_lightsail():
        from moto import backends

        from lightsnap.testing.lightsail.models import lightsail_backends

        get_backend: Any = backends.get_backend
        assert get_backend("lightsail") is lightsail_backends


def test_moto_finds_our_urls_beside_our_models() -> None:
    what = "a backend's urls and flask_paths come from the urls module next to its own"
    with relied_on(what, by="_register.py"), mock_lightsail():
        from lightsnap.testing._edge import EdgeResponse
        from lightsnap.testing.lightsail.models import lightsail_backends
        from lightsnap.testing.lightsail.urls import url_bases

        backend = lightsail_backends[DEFAULT_ACCOUNT]["us-west-2"]
        assert {f"{base}/$" for base in url_bases} <= backend.urls.keys()
        handlers = [*backend.urls.values(), *backend.flask_paths.values()]
        assert all(handler == EdgeResponse.dispatch for handler in handlers)


@pytest.mark.parametrize("dual_stack", [False, True], ids=["plain", "dual-stack"])
def test_mock_aws_reads_patterns_appended_to_its_index(*, dual_stack: bool) -> None:
    what = "mock_aws reads the patterns in moto.backend_index when a call is made"
    with relied_on(what, by="_register.py"), mock_lightsail():
        client = new_client(config=Config(use_dualstack_endpoint=dual_stack))
        assert client.meta.endpoint_url.endswith("api.aws" if dual_stack else ".com")
        assert "us-west-2" in get_regions(client)


def test_the_server_reads_patterns_appended_to_its_index() -> None:
    what = "DomainDispatcherApplication reads the patterns in moto.backend_index"
    with relied_on(what, by="{_register,server}.py"), mock_lightsail():
        from moto.moto_server import werkzeug_app

        dispatcher = werkzeug_app.DomainDispatcherApplication(
            werkzeug_app.create_backend_app
        )
        assert dispatcher.get_backend_for_host(HOST) == "lightsail"


# The calls, in this process and on a server.


class Seen:
    """Records what moto passes to our handler."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from lightsnap.testing._edge import EdgeResponse
        from lightsnap.testing.lightsail import urls

        calls = self.calls = list[list[Any]]()

        class Probe(EdgeResponse):
            def _dispatch(
                self, request: Any, full_url: str | None = None, headers: Any = None
            ) -> Any:
                # Copied now: in some releases the request is gone after the call.
                calls.append(
                    [
                        str(full_url or request.url).rstrip("/"),
                        request.headers.get("X-Amz-Target"),
                        "Authorization" in request.headers,
                        request.data if hasattr(request, "data") else request.body,
                        dict(getattr(request, "environ", {})),
                    ]
                )
                return super()._dispatch(request, full_url, headers)

        monkeypatch.setitem(urls.url_paths, "{0}/$", Probe.dispatch)

    def check(self, expected_url: str) -> dict[str, Any]:
        """Check the one call, and return its WSGI environment, which may be empty."""
        ((url, target, is_signed, body, environ),) = self.calls
        assert url == expected_url
        assert target == "Lightsail_20161128.GetRegions"
        assert is_signed
        assert json.loads(body) == {"includeAvailabilityZones": True}
        return dict(environ)


def test_mock_aws_passes_its_request_to_our_handler(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    what = (
        "a handler's dispatch(request, url, headers) creates an instance for each call "
        "and calls its _dispatch; request has headers, and data or body"
    )
    with relied_on(what, by="_edge.py"), mock_lightsail():
        seen = Seen(monkeypatch)
        new_client().get_regions(includeAvailabilityZones=True)

        assert "werkzeug.socket" not in seen.check(f"https://{HOST}")


def test_the_server_passes_its_request_to_our_handler(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    what = (
        "moto's server passes its request to a handler, and its environ is that of the "
        "WSGI server, with werkzeug.socket and what we added"
    )
    with relied_on(what, by="{_edge,server}.py"), LightsailServer() as server:
        seen = Seen(monkeypatch)
        client_of(server).get_regions(includeAvailabilityZones=True)

        environ = seen.check(server.url)
        assert isinstance(environ["werkzeug.socket"], socket.socket)
        assert environ["lightsnap.region"] == "us-east-1"


def test_the_path_alone_can_name_the_operation() -> None:
    what = "BaseResponse gets the operation of a request from its _get_action"

    def send_by_path(request: AWSRequest, **_: object) -> None:
        request.url = f"https://{HOST}/ls/api/2016-11-28/GetRegions"
        del request.headers["X-Amz-Target"]

    with relied_on(what, by="_edge.py"), mock_lightsail():
        client = new_client()
        client.meta.events.register("before-sign.lightsail.GetRegions", send_by_path)
        assert "us-west-2" in get_regions(client)


def test_the_server_reads_the_region_from_the_signature() -> None:
    what = "BaseResponse.get_region_from_url reads the Region from the signature"
    with relied_on(what, by="_edge.py"), LightsailServer() as server:
        create_instances(client_of(server), "WordPress-1")
        (instance,) = client_of(server).get_instances()["instances"]
        assert instance["location"]["regionName"] == "us-west-2"


def test_our_handler_sets_the_region_of_an_unsigned_request() -> None:
    what = (
        "the server routes an unsigned request by its target's prefix in "
        "werkzeug_app.UNSIGNED_REQUESTS, and BaseResponse calls get_region_from_url"
    )
    with (
        relied_on(what, by="{_edge,server}.py"),
        LightsailServer(region_name="eu-west-1", instances=["WordPress-1"]) as server,
    ):
        headers = {"X-Amz-Target": "Lightsail_20161128.GetInstances"}
        with urlopen(Request(server.url, b"{}", headers), timeout=30) as response:
            (instance,) = json.load(response)["instances"]
        assert instance["location"]["regionName"] == "eu-west-1"


def test_in_process_a_handlers_exception_reaches_the_caller() -> None:
    what = "mock_aws passes a botocore exception from a handler on to the client"
    once = Config(retries={"total_max_attempts": 1})
    with relied_on(what, by="_edge.py"), mock_lightsail():
        faults.drop("GetRegions", when="before")
        with pytest.raises(ConnectionClosedError):
            new_client(config=once).get_regions()


def test_on_a_server_a_closed_socket_ends_the_call() -> None:
    what = "if a handler shuts down the request's socket, the client gets no response"
    once = Config(retries={"total_max_attempts": 1})
    with relied_on(what, by="_edge.py"), LightsailServer() as server:
        client = client_of(server, once)
        server.faults.drop("GetRegions", when="before")
        with pytest.raises(ConnectionClosedError):
            client.get_regions()


# How BaseResponse reads parameters, and writes results and errors.


def bodies_for(client: LightsailClient) -> list[Any]:
    """Return a list to which each later response to the client adds its body."""
    bodies: list[Any] = []

    def record(response_dict: dict[str, Any], **_: object) -> None:
        bodies.append(json.loads(response_dict["body"]))

    client.meta.events.register("before-parse.lightsail", record)
    return bodies


def test_parameters_are_read_unchanged() -> None:
    what = "with automated_parameter_parsing, _get_param returns members, even lists"
    with relied_on(what, by="lightsail/responses.py"), mock_lightsail():
        client = new_client()
        create_instances(client, "WordPress-1")
        client.tag_resource(
            resourceName="WordPress-1", tags=[{"key": "env", "value": ""}, {"key": "a"}]
        )
        tags = client.get_instance(instanceName="WordPress-1")["instance"]["tags"]
        assert tags == [{"key": "env", "value": ""}, {"key": "a"}]


def test_results_are_written_in_the_format_of_the_api() -> None:
    what = "ActionResult writes times as seconds since 1970, and omits None"
    with relied_on(what, by="lightsail/responses.py"), mock_lightsail():
        client = new_client()
        bodies = bodies_for(client)
        create_instances(client, "WordPress-1")
        client.get_instances()

        created, listed = bodies
        age = datetime.now(UTC).timestamp() - created["operations"][0]["createdAt"]
        assert 0 <= age < 3600
        assert listed.keys() == {"instances"}


def test_errors_are_written_in_the_format_of_the_api() -> None:
    what = (
        "a ServiceException is written with its members, code comes from the attribute "
        "in serialization_aliases, and the status is that of the model"
    )
    with relied_on(what, by="lightsail/exceptions.py"), mock_lightsail():
        from lightsnap.testing.lightsail.exceptions import NotFoundException

        client = new_client()
        bodies = bodies_for(client)
        with pytest.raises(client.exceptions.NotFoundException) as caught:
            client.get_instance(instanceName="WordPress-1")

        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
        (body,) = bodies
        expected = {
            "__type": "NotFoundException",
            "message": "The Instance does not exist: WordPress-1",
            "code": "DoesNotExist",
            "docs": NotFoundException.docs,
            "tip": NotFoundException.tip,
        }
        assert {member: body.get(member) for member in expected} == expected


@pytest.mark.parametrize("where", ["in this process", "on a server"])
def test_a_response_has_one_date_header(where: str) -> None:
    what = "the server adds the header Date, and mock_aws adds none"
    with relied_on(what, by="_edge.py"), mock_lightsail(), LightsailServer() as server:
        client = client_of(server) if where == "on a server" else new_client()
        headers = client.get_regions()["ResponseMetadata"]["HTTPHeaders"]
        age = datetime.now(UTC) - parsedate_to_datetime(headers["date"])
        assert timedelta() <= age < timedelta(hours=1)


# The state that moto keeps, and how it is reset.


def test_every_reset_of_moto_clears_all_state() -> None:
    what = (
        "BackendDict.reset, each mock_aws and /moto-api/reset reset every BackendDict "
        "in use, whatever its service"
    )
    by = "{_script,_record,lightsail/models,lightsail/clock}.py"
    with relied_on(what, by=by), mock_lightsail() as emulator:
        from moto.core.base_backend import BackendDict

        def fill() -> None:
            create_instances(new_client(), "WordPress-1")
            faults.throttle("GetOperation")
            emulator.clock.advance(days=1)

        def is_empty() -> bool:
            is_real = emulator.clock.now() - datetime.now(UTC) < timedelta(hours=1)
            is_new = is_real and not (emulator.calls or faults.pending)
            return is_new and not new_client().get_instances()["instances"]

        fill()
        assert not is_empty()
        BackendDict.reset()
        assert is_empty()
        with LightsailServer() as server:
            fill()
            urlopen(f"{server.url}/moto-api/reset", b"", timeout=30).close()
            assert is_empty()
        fill()
    with relied_on(what, by=by), mock_lightsail():
        assert is_empty()


def test_one_service_can_be_reset_without_the_others() -> None:
    what = "the values of a BackendDict, one per account, can be reset individually"
    with relied_on(what, by="server.py"), mock_lightsail():
        create_instances(new_client(), "WordPress-1")
        sqs = boto3.client("sqs", region_name="us-west-2")
        sqs.create_queue(QueueName="jobs")
        LightsailServer().reset()

        assert new_client().get_instances()["instances"] == []
        assert len(sqs.list_queues()["QueueUrls"]) == 1


def test_a_backend_can_be_global() -> None:
    what = "a BackendDict can have the single region 'aws' instead of boto3's"
    with relied_on(what, by="_script.py"):
        from lightsnap.testing._script import script

        assert script() is script()
        assert script().region_name == "aws"


def test_moto_has_no_backend_for_a_region_without_lightsail() -> None:
    what = "a BackendDict raises KeyError for a Region in which boto3 has no Lightsail"
    with relied_on(what, by="_edge.py"), mock_lightsail():
        from lightsnap.testing.lightsail.models import lightsail_backends

        with pytest.raises(KeyError):
            lightsail_backends[DEFAULT_ACCOUNT]["us-nowhere-1"]


def test_identifiers_depend_on_the_seed_of_moto() -> None:
    what = "mock_random has uuid4 and get_random_hex, which both depend on its seed"
    with relied_on(what, by="lightsail/resources.py"), mock_lightsail():
        from moto.moto_api._internal import mock_random

        def create() -> Any:
            mock_random.seed(42)
            create_instances(new_client(), "WordPress-1")
            (instance,) = new_client().get_instances()["instances"]
            new_client().delete_instance(instanceName="WordPress-1")
            return [instance[key] for key in ("arn", "supportCode")]

        try:
            assert create() == create()
        finally:
            mock_random.seed()


# The states.


@pytest.fixture
def state() -> Iterator[ManagedState]:
    """A state with the transitions 1 to 2 to 3, and separately 4 to 5."""
    what = "ManagedState takes a name and pairs of states"
    with relied_on(what, by="lightsail/resources.py"):
        from moto.moto_api import state_manager
        from moto.moto_api._internal.managed_state_model import ManagedState

        pairs: list[tuple[str | None, str]] = [("1", "2"), ("2", "3"), ("4", "5")]
        yield ManagedState(PROBE, pairs)
        state_manager.unset_transition(PROBE)


def set_transition(**transition: object) -> None:
    from moto.moto_api import state_manager

    state_manager.set_transition(PROBE, transition)


def test_a_manual_state_advances_when_it_is_read(state: ManagedState) -> None:
    what = "after as many calls of advance() as times, reading status moves on by one"
    with relied_on(what, by="lightsail/resources.py"):
        set_transition(progression="manual", times=2)
        state.advance()
        assert state.status == "1"
        state.advance()
        assert [state.status, state.status] == ["2", "2"]


def test_an_immediate_state_advances_at_once(state: ManagedState) -> None:
    what = "with the progression immediate, reading status moves on to the last state"
    with relied_on(what, by="lightsail/resources.py"):
        set_transition(progression="immediate")
        assert state.status == "3"


def test_a_timed_state_advances_with_time(state: ManagedState) -> None:
    what = "with the progression time, status moves on by one after that many seconds"
    with relied_on(what, by="lightsail/clock.py"):
        set_transition(progression="time", seconds=60)
        assert state.status == "1"
        state._time_progressed -= timedelta(seconds=61)
        assert [state.status, state.status] == ["2", "2"]
        assert state._status == "2"
        assert state._get_next_status("2") == "3"


def test_the_time_is_read_in_one_place() -> None:
    what = "utcnow returns the time in UTC, without a time zone"
    with relied_on(what, by="lightsail/clock.py"):
        from moto.core.utils import utcnow

        assert utcnow().tzinfo is None
        time = utcnow().replace(tzinfo=UTC)
        assert timedelta() <= datetime.now(UTC) - time < timedelta(minutes=1)


def test_a_state_can_be_restarted(state: ManagedState) -> None:
    what = "a state restarts if __init__ is called again and status is set"
    transitions = state._transitions

    def restart() -> None:
        type(state).__init__(state, PROBE, transitions)
        state.status = "4"

    with relied_on(what, by="lightsail/resources.py"):
        set_transition(progression="manual", times=2)
        state.advance()
        restart()
        state.advance()
        assert state.status == "4"
        state.advance()
        assert state.status == "5"

        set_transition(progression="time", seconds=60)
        state._time_progressed -= timedelta(seconds=61)
        restart()
        assert state.status == "4"


def test_a_user_can_override_our_transitions() -> None:
    what = "set_transition overrides register_default_transition, and can be undone"
    with relied_on(what, by="lightsail/operations.py"), mock_lightsail():
        from moto.moto_api import state_manager

        name = "lightsail::operation"
        ours = {"progression": "manual", "times": 1}
        assert state_manager.get_transition(name) == ours
        state_manager.set_transition(name, {"progression": "immediate"})
        create_instances(new_client(), "WordPress-1")
        operations = new_client().create_instance_snapshot(
            instanceName="WordPress-1", instanceSnapshotName="WordPress-Snapshot-1"
        )["operations"]
        state_manager.unset_transition(name)
        assert all(operation["isTerminal"] for operation in operations)
        assert state_manager.get_transition(name) == ours


# The mock itself.


def test_a_mock_sets_our_variables_while_it_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    what = (
        "mock_aws() has _fake_creds, which its _mock_env_variables adds to the "
        "environment, and its _unmock_env_variables removes"
    )
    name = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"
    monkeypatch.delenv(name, raising=False)
    with relied_on(what, by="_register.py"):
        assert "AWS_ACCESS_KEY_ID" in vars(moto.mock_aws())["_fake_creds"]
        with mock_lightsail():
            assert os.environ[name] == "true"
        assert name not in os.environ


def test_moto_shows_whether_a_mock_is_running() -> None:
    what = "botocore_stubber.enabled is true while a mock_aws is running, and only then"
    with relied_on(what, by="_script.py"):
        from moto.core.models import botocore_stubber

        assert not botocore_stubber.enabled
        with mock_lightsail():
            assert botocore_stubber.enabled
        assert not botocore_stubber.enabled
