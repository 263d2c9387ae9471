"""The pages of a server that control its emulator, at ``/moto-api/lightsail/``.

Each does what a method in Python does, and responds with JSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, cast

from werkzeug.wrappers import Request, Response

from . import _remote
from ._emulator import Emulator, EmulatorClock
from ._faults import FaultError, fault_from
from ._record import record
from ._script import script

Page: TypeAlias = Callable[[Request, str], dict[str, Any]]
"""Takes a request and the Region of the server, and returns the body of a response."""


_FAULT_EXAMPLE = '{"fault": "throttle"}'
_CLOCK_EXAMPLE = '{"advance": {"days": 1}} or {"move_to": "2026-03-01T05:59:00Z"}'
_AGE_EXAMPLE = '{"name": "nightly-1", "days": 8}'
_INSTANCES_EXAMPLE = '{"names": ["WordPress-1"], "region_names": ["us-east-1"]}'


class _MethodError(Exception):
    """The page does not have the request's method."""


def respond(page: Page, request: Request, region_name: str) -> Response:
    """Return a page's response, or its error."""
    try:
        return _json(page(request, region_name))
    except _MethodError as error:
        return _error(str(error), 405)
    except LookupError as error:
        return _error(str(error), 404)
    except (TypeError, ValueError) as error:  # FaultError too
        return _error(str(error), 400)


def _faults(request: Request, region_name: str) -> dict[str, Any]:
    del region_name
    if request.method == "POST":
        members = _body(request, _FAULT_EXAMPLE, FaultError)
        script().add(fault_from(members.pop("fault", None), members))
    elif request.method == "DELETE":
        script().clear()
    else:
        _require(request, "GET", "POST", "DELETE")
    return {
        "faults": [fault.to_dict() for fault in script().pending],
        "never_applied": [fault.to_dict() for fault in script().never_applied],
    }


def _clock(request: Request, region_name: str) -> dict[str, Any]:
    del region_name
    clock = EmulatorClock()
    if request.method == "POST":
        members = _body(request, _CLOCK_EXAMPLE)
        units: object = members.get("advance")
        if members.keys() == {"advance"} and isinstance(units, dict):
            clock.advance(**cast("dict[str, Any]", units))
        elif members.keys() == {"move_to"}:
            clock.move_to(members["move_to"])
        else:
            raise ValueError(f"give a JSON object like {_CLOCK_EXAMPLE}")
    elif request.method == "DELETE":
        clock.reset()
    else:
        _require(request, "GET", "POST", "DELETE")
    return {"now": clock.now().isoformat()}


def _age(request: Request, region_name: str) -> dict[str, Any]:
    del region_name
    _require(request, "POST")
    members = _body(request, _AGE_EXAMPLE)
    name: object = members.pop("name", None)
    if not _are_texts([name]):
        raise ValueError(f"give a JSON object like {_AGE_EXAMPLE}")
    created_at = Emulator().age(str(name), **members)
    return {"name": name, "created_at": created_at.isoformat()}


def _calls(request: Request, region_name: str) -> dict[str, Any]:
    del region_name
    if request.method == "DELETE":
        record().clear()
    else:
        _require(request, "GET", "DELETE")
    return {"calls": [call.to_dict() for call in record().calls]}


def _instances(request: Request, region_name: str) -> dict[str, Any]:
    _require(request, "POST")
    members = _body(request, _INSTANCES_EXAMPLE)
    names: Any = members.pop("names", None)
    regions: Any = members.pop("region_names", None) or [region_name]
    if members or not (_are_texts(names) and _are_texts(regions)):
        raise ValueError(f"give a JSON object like {_INSTANCES_EXAMPLE}")
    Emulator().create_instances(*names, region_names=regions)
    return {"names": names, "region_names": regions}


PAGES: Mapping[str, Page] = {
    _remote.FAULTS_PATH: _faults,
    _remote.CLOCK_PATH: _clock,
    _remote.AGE_PATH: _age,
    _remote.CALLS_PATH: _calls,
    _remote.INSTANCES_PATH: _instances,
}


def _are_texts(values: object) -> bool:
    return isinstance(values, list) and all(
        isinstance(value, str) for value in cast("list[object]", values)
    )


def _require(request: Request, *methods: str) -> None:
    if request.method not in methods:
        *others, last = methods
        raise _MethodError(
            f"use {' or '.join([', '.join(others), last][not others :])}"
        )


def _body(
    request: Request, example: str, error: type[ValueError] = ValueError
) -> dict[str, Any]:
    try:
        body: object = json.loads(request.get_data())
    except (ValueError, RecursionError) as problem:
        raise error(f"the body is not JSON: {problem}") from problem
    if not isinstance(body, dict):
        raise error(f"give a JSON object like {example}")
    return cast("dict[str, Any]", body)


def _error(message: str, status: int) -> Response:
    return _json({"error": message}, status)


def _json(body: Mapping[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(body) + "\n", status=status, mimetype="application/json")
