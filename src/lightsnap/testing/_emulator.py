"""Control over an emulator, in this process or on a server: its time, its ages."""

from __future__ import annotations

import math
import os
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID

from . import _remote
from ._record import Calls
from ._script import Faults, is_running
from .lightsail import clock
from .lightsail.exceptions import LightsailException, UnknownRegionException
from .lightsail.models import LightsailBackend, lightsail_backends
from .lightsail.resources import Resource

_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(9998, 12, 31, tzinfo=UTC)
_UNITS = (
    "weeks",
    "days",
    "hours",
    "minutes",
    "seconds",
    "milliseconds",
    "microseconds",
)


class EmulatorClock:
    """The clock of an emulator. It runs at the speed of real time, from where it is.

    All that an emulator dates follows it: ``createdAt``, the state transitions of moto
    by time, automatic snapshots, and the ``Date`` of responses. All accounts and
    Regions of a process share one clock. It is reset when a ``mock_lightsail()`` starts
    or ends, and whenever moto is reset.

    It is also a ``lightsnap.Clock``: with ``Client(clock=emulator.clock)``, a wait
    takes no time, and the emulator's time passes meanwhile.

    Args:
        url: The URL of a ``LightsailServer`` in another process. If None, it is the
            clock of this process.
    """

    def __init__(self, url: str | None = None) -> None:
        self._url = _remote.check_url(url)

    def __repr__(self) -> str:
        return f"EmulatorClock({self._url!r})" if self._url else "EmulatorClock()"

    def now(self) -> datetime:
        """Return the emulator's time, in UTC."""
        if self._url is not None:
            return _time_in(_remote.request(self._url, "GET", _remote.CLOCK_PATH))
        return clock.now().replace(tzinfo=UTC)

    def advance(self, by: timedelta | None = None, /, **units: float) -> datetime:
        """Let time pass: ``advance(days=1)`` or ``advance(timedelta(days=1))``.

        Args:
            by: How much.
            units: The arguments of a ``timedelta``, instead of one.

        Returns:
            The new time.

        Raises:
            TypeError: It is no duration.
            ValueError: The duration is negative, no number or too long.
            RuntimeError: No emulator is running in this process.
            OSError: No server listens at the URL.
        """
        duration = _duration(by, units)
        if self._url is not None:
            return self._post({"advance": {"seconds": duration.total_seconds()}})
        with _running_emulator():
            return self._move(self.now(), duration)

    def move_to(self, time: datetime | str) -> datetime:
        """Set the clock, forward or back: ``move_to("2026-03-01 05:59")``.

        Args:
            time: The new time, or its text in ISO 8601; in UTC if it has no time zone.

        Returns:
            The new time.

        Raises:
            TypeError, ValueError: It is no time, or not in the years 1970 to 9998.
            RuntimeError: No emulator is running in this process.
            OSError: No server listens at the URL.
        """
        new = _time(time)
        if self._url is not None:
            return self._post({"move_to": new.isoformat()})
        with _running_emulator():
            return self._move(new, timedelta())

    def reset(self) -> None:
        """Set the clock to real time again."""
        if self._url is not None:
            _remote.request(self._url, "DELETE", _remote.CLOCK_PATH)
            return
        with LightsailBackend.lock:
            clock.set_offset(timedelta())

    def monotonic(self) -> float:
        """Return the emulator's time in seconds, as a ``lightsnap.Clock`` does."""
        return self.now().timestamp()

    def sleep(self, seconds: float, /) -> None:
        """Advance by that many seconds, without pausing."""
        self.advance(seconds=seconds)

    def _post(self, body: Mapping[str, object]) -> datetime:
        return _time_in(_send(str(self._url), _remote.CLOCK_PATH, body))

    def _move(self, start: datetime, by: timedelta) -> datetime:
        if by > _LATEST - start:
            message = f"{by} after {start} is not in the years 1970 to 9998"
            raise ValueError(message)
        real = self.now() - clock.Clock.offset
        clock.set_offset(start + by - real)
        return start + by


class Emulator:
    """Control over a Lightsail emulator, in this process or on a server.

    ``mock_lightsail()`` and ``LightsailServer`` have the same attributes and methods,
    so this class is for a server in another process, and for code that has neither.

    Args:
        url: The URL of a ``LightsailServer`` in another process, such as
            ``http://127.0.0.1:5000``. If None, it is the emulator of this process.

    Attributes:
        clock: Its clock, which can be moved.
        calls: The record of the calls that it received.
        faults: Scripts faults, as ``lightsnap.testing.faults`` does.

    Raises:
        ValueError: The URL is not a server's.

    >>> import boto3
    >>> from lightsnap.testing import mock_lightsail
    >>> with mock_lightsail() as emulator:
    ...     emulator.create_instances("WordPress-1", region_names=["us-west-2"])
    ...     created_at = emulator.age("WordPress-1", days=8)
    ...     age = emulator.clock.now() - created_at
    >>> age.days
    8
    """

    def __init__(self, url: str | None = None) -> None:
        self.clock: EmulatorClock = EmulatorClock(url)
        self.calls: Calls = Calls(url)
        self.faults: Faults = Faults(url)
        self._remote_url = url

    def __repr__(self) -> str:
        return f"Emulator({self._remote_url!r})" if self._remote_url else "Emulator()"

    def age(
        self,
        name: str,
        by: timedelta | None = None,
        /,
        *,
        region_name: str | None = None,
        account_id: str | None = None,
        **units: float,
    ) -> datetime:
        """Make a resource older: ``age("nightly-1", days=8)``.

        Its ``createdAt`` is moved back, and so are the operations on it, and those that
        created it.

        Args:
            name: The name of an instance or a snapshot.
            by: How much older.
            region_name: Its Region. Needed only if several have a resource of the name.
            account_id: Its account. Needed only if several have one, too.
            units: The arguments of a ``timedelta``, instead of one.

        Returns:
            Its new ``createdAt``, in UTC.

        Raises:
            LookupError: There is no such resource.
            TypeError: It is no duration.
            ValueError: The duration is negative, no number or too long, or there are
                several such resources.
            RuntimeError: No emulator is running in this process.
            OSError: No server listens at the URL.
        """
        duration = _duration(by, units)
        where = {"region_name": region_name, "account_id": account_id}
        if self._remote_url is not None:
            body = {"name": name, "seconds": duration.total_seconds(), **where}
            response = _send(self._remote_url, _remote.AGE_PATH, body)
            return datetime.fromisoformat(response["created_at"])
        with _running_emulator():
            return _make_older(name, duration, **where)

    def create_instances(
        self, *names: str, region_names: Iterable[str] | None = None
    ) -> None:
        """Create instances, in each of several Regions.

        These are no calls: they are not recorded, and no fault applies to them. If one
        instance cannot be created, none is.

        Args:
            names: The names of the instances, the same in each Region.
            region_names: The Regions. By default the one of the server, or of the
                environment variable AWS_DEFAULT_REGION, or us-east-1.

        Raises:
            TypeError: ``region_names`` is a string.
            ValueError: A name is invalid or in use, or a Region has no Lightsail.
            RuntimeError: No emulator is running in this process.
            OSError: No server listens at the URL.
        """
        if isinstance(region_names, str):
            message = f"region_names is {region_names!r}: give a list of Regions"
            raise TypeError(message)
        regions = None if region_names is None else list(dict.fromkeys(region_names))
        if self._remote_url is not None:
            body = {"names": names, "region_names": regions}
            _send(self._remote_url, _remote.INSTANCES_PATH, body)
            return
        with _running_emulator():
            create_instances(
                names, [self._default_region] if regions is None else regions
            )

    @property
    def _default_region(self) -> str:
        return os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"


def create_instances(names: Sequence[str], region_names: Iterable[str]) -> None:
    """Create instances of the default account, in each Region, or none at all.

    Raises:
        ValueError: A name is invalid or in use, or a Region has no Lightsail.
    """
    backends = [_backend(region_name) for region_name in region_names]
    if not names:
        return  # without the lock: a server starts while a call is being performed
    with LightsailBackend.lock:
        try:
            for backend in backends:
                backend.inventory.require_unused_names(names)
            for backend in backends:
                backend.create_instances(
                    instance_names=list(names),
                    availability_zone=f"{backend.region_name}a",
                    blueprint_id="wordpress",
                    bundle_id="nano_3_0",
                    key_pair_name=None,
                    ip_address_type=None,
                    add_ons=None,
                    tags=None,
                )
        except LightsailException as error:
            raise ValueError(error.message) from error


def _backend(region_name: str) -> LightsailBackend:
    try:
        return lightsail_backends[DEFAULT_ACCOUNT_ID][region_name]
    except KeyError:
        error = UnknownRegionException(region_name)
        raise ValueError(error.message) from None


@contextmanager
def _running_emulator() -> Generator[None, None, None]:
    """Hold the backend's lock, if an emulator is running."""
    with LightsailBackend.lock:
        if not is_running():
            message = (
                "no Lightsail emulator is running in this process: use this inside "
                "mock_lightsail(), or with a server that has started"
            )
            raise RuntimeError(message)
        yield


def _make_older(
    name: str, by: timedelta, *, region_name: str | None, account_id: str | None
) -> datetime:
    found = [
        (backend, f"{backend.region_name} of account {backend.account_id}")
        for backend in _backends()
        if region_name in (None, backend.region_name)
        and account_id in (None, backend.account_id)
        and name in backend.inventory
    ]
    if not found:
        where = f" in {region_name}" if region_name else ""
        message = f"the emulator has no resource {name!r}{where}"
        raise LookupError(message)
    if len(found) > 1:
        message = (
            f"several resources are named {name!r}: give region_name or account_id; "
            f"they are in {', '.join(where for _, where in found)}"
        )
        raise ValueError(message)
    inventory = found[0][0].inventory
    created_at = inventory.find(Resource, name).created_at.replace(tzinfo=UTC)
    if by > created_at - _EARLIEST:
        message = f"{by} before {created_at} is not in the years 1970 to 9998"
        raise ValueError(message)
    return inventory.make_older(name, by).created_at.replace(tzinfo=UTC)


def _backends() -> Iterator[LightsailBackend]:
    for backends in list(lightsail_backends.values()):
        yield from list(backends.values())


def _duration(by: object, units: Mapping[str, float]) -> timedelta:
    if by is not None and units:
        raise TypeError("give either a timedelta or its arguments, such as days=1")
    if by is None:
        by = _from_units(units)
    if not isinstance(by, timedelta):
        raise TypeError(f"{by!r} is no duration: give a timedelta or days=1")
    if by < timedelta():
        raise ValueError(f"the duration must not be negative: {by}")
    return by


def _from_units(units: Mapping[str, Any]) -> timedelta:
    if not units:
        raise TypeError("give a duration, such as days=1")
    for unit, number in units.items():
        if unit not in _UNITS:
            raise TypeError(
                f"there is no unit {unit!r}: give one of {', '.join(_UNITS)}"
            )
        if not isinstance(number, (int, float)) or isinstance(number, bool):
            raise TypeError(f"{unit} is {number!r:.40}: give a number")
        if isinstance(number, float) and not math.isfinite(number):
            raise ValueError(f"{unit} is {number}: give a finite number")
    try:
        return timedelta(**units)
    except OverflowError:
        raise ValueError("the duration is too long") from None


def _time(time: object) -> datetime:
    if isinstance(time, str):
        try:
            time = datetime.fromisoformat(time)
        except ValueError as error:
            raise ValueError(f"{time!r} is no time in ISO 8601: {error}") from None
    if not isinstance(time, datetime):
        raise TypeError(f"{time!r} is no time: give a datetime")
    if time.tzinfo is None:
        time = time.replace(tzinfo=UTC)
    if not _EARLIEST <= time <= _LATEST:
        raise ValueError(f"{time} is not in the years 1970 to 9998")
    return time.astimezone(UTC)


def _time_in(response: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(response["now"])


def _send(url: str, path: str, body: object) -> Any:
    try:
        return _remote.request(url, "POST", path, body)
    except _remote.PageError as error:
        is_missing = error.status == HTTPStatus.NOT_FOUND
        raise (LookupError if is_missing else ValueError)(str(error)) from None
