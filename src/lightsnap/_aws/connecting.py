"""What a client is made from: the settings that ``Client`` and ``AsyncClient`` take."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import AsyncExitStack, contextmanager
from inspect import iscoroutinefunction
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, ClassVar, cast

from attrs import frozen

from lightsnap._aws.calls import TABLE
from lightsnap._aws.errors import configuration_error
from lightsnap._text import describe, wrong_type
from lightsnap.errors import ConfigurationError

if TYPE_CHECKING:
    from aiobotocore.session import AioSession
    from boto3.session import Session
    from botocore.config import Config

    from lightsnap._aws.protocols import (
        AsyncLightsailClient,
        ClosableClient,
        LightsailClient,
    )

# So short that one call, botocore's retries included, cannot outlast a wait by minutes.
_CONNECT_TIMEOUT = 5
_READ_TIMEOUT = 15

# How many are kept at most, for the threads that share a client, and for all that is
# awaited of one. Only those that are needed are opened; to open one takes its time.
_CONNECTIONS = 64
_ASYNC_CONNECTIONS = 256


@frozen(kw_only=True, repr=False)
class _Settings:
    """What a client is made from: a client, or what it takes to build one.

    Raises:
        ConfigurationError: A setting has a wrong type, or two contradict each other.
    """

    lightsail: LightsailClient | AsyncLightsailClient | None
    session: Session | AioSession | None
    region_name: str | None
    profile_name: str | None
    endpoint_url: str | None
    config: Config | None

    _session_method: ClassVar[str]
    _session_expected: ClassVar[str]
    _client_expected: ClassVar[str]
    _client_is_async: ClassVar[bool]

    def __attrs_post_init__(self) -> None:
        lightsail = self.lightsail
        if lightsail is not None and not (
            any(_has_method(lightsail, each.method_name) for each in TABLE)
            and _is_async(lightsail) in (None, self._client_is_async)
        ):
            raise ConfigurationError(
                wrong_type("lightsail", lightsail, self._client_expected)
            )
        if self.session is not None and not (
            _has_method(self.session, self._session_method)
        ):
            raise ConfigurationError(
                wrong_type("session", self.session, self._session_expected)
            )
        if self.config is not None and not _has_method(self.config, "merge"):
            raise ConfigurationError(
                wrong_type("config", self.config, "a botocore Config")
            )
        if self.lightsail is not None and any(
            (
                self.session,
                self.region_name,
                self.profile_name,
                self.endpoint_url,
                self.config,
            )
        ):
            message = "a given lightsail client brings its own session and settings"
            raise ConfigurationError(message)
        if self.session is not None and self.profile_name is not None:
            message = "a given session brings its own profile, not profile_name"
            raise ConfigurationError(message)

    def _client_settings(self, config_type: Any, **defaults: Any) -> dict[str, Any]:
        """What a session's method that makes a client takes."""
        from lightsnap import __version__

        config = config_type(
            connect_timeout=_CONNECT_TIMEOUT,
            read_timeout=_READ_TIMEOUT,
            user_agent_extra=f"lightsnap/{__version__}",
            **defaults,
        )
        return {
            "service_name": "lightsail",
            "region_name": self.region_name,
            "endpoint_url": self.endpoint_url,
            "config": config.merge(self.config) if self.config else config,
        }


class Settings(_Settings):
    """What a ``Client`` is made from."""

    _session_method = "client"
    _session_expected = "a boto3 Session"
    _client_expected = (
        "a boto3 Lightsail client, or session=, region_name= and the like"
    )
    _client_is_async = False

    def build(self) -> ClosableClient:
        """Build a client from the session, or from botocore's own configuration.

        Raises:
            ConfigurationError: There is no Region, the profile is not known, or such.
        """
        from botocore.config import Config
        from botocore.session import Session as BotocoreSession

        from lightsnap._aws.loading import share_loader

        with _errors_of_settings():
            defaults: dict[str, Any] = {"max_pool_connections": _CONNECTIONS}
            if self.session is None:
                session = BotocoreSession(profile=self.profile_name)
                share_loader(session)
                create: Any = session.create_client
            else:
                create = cast("Any", self.session).client
            client: Any = create(**self._client_settings(Config, **defaults))
            _check_endpoint(client.meta.endpoint_url)
        return cast("ClosableClient", client)


class AsyncSettings(_Settings):
    """What an ``AsyncClient`` is made from."""

    _session_method = "create_client"
    _session_expected = "an aiobotocore session"
    _client_expected = (
        "an aiobotocore Lightsail client, or session=, region_name= and the like"
    )
    _client_is_async = True

    async def build(self, exits: AsyncExitStack) -> AsyncLightsailClient:
        """Build a client; its connections close with ``exits``.

        Raises:
            ConfigurationError: There is no Region, the profile is not known, or such;
                or aiobotocore is not installed.
        """
        try:
            from aiobotocore.config import AioConfig
            from aiobotocore.session import AioSession
        except ImportError as error:
            message = (
                "AsyncClient needs aiobotocore: pip install 'lightsnap[async]', or "
                "give it an aiobotocore client"
            )
            raise ConfigurationError(message) from error

        from lightsnap._aws.loading import share_loader

        with _errors_of_settings():
            defaults: dict[str, Any] = {
                "max_pool_connections": _ASYNC_CONNECTIONS,
                # Old releases of aiobotocore would leave them out.
                "connector_args": getattr(self.config, "connector_args", None),
            }
            session: Any = self.session
            if session is None:
                session = AioSession(profile=self.profile_name)
                share_loader(session)
            settings = self._client_settings(AioConfig, **defaults)
            client = await exits.enter_async_context(session.create_client(**settings))
            _check_endpoint(client.meta.endpoint_url)
        return cast("AsyncLightsailClient", client)


@contextmanager
def _errors_of_settings() -> Generator[None, None, None]:
    """Let the errors of building a client leave as ConfigurationError."""
    from botocore.exceptions import BotoCoreError

    try:
        yield
    except BotoCoreError as error:
        raise configuration_error(error) from error
    except Exception as error:
        # Nothing was sent yet: whatever this is, it comes from the settings.
        message = f"no client can be built from the settings: {describe(error)}"
        raise ConfigurationError(message) from error


def _has_method(value: object, name: str) -> bool:
    return callable(getattr(value, name, None))


def _is_async(lightsail: AsyncLightsailClient | LightsailClient) -> bool | None:
    """Whether the methods of a client are to be awaited; None where it does not tell.

    Those of aiobotocore return coroutines, but are no coroutine functions; a mock may
    be anything.
    """
    modules = {each.__module__.partition(".")[0] for each in type(lightsail).__mro__}
    if "aiobotocore" in modules or "botocore" in modules:
        return "aiobotocore" in modules
    methods = [getattr(lightsail, each.method_name, None) for each in TABLE]
    plain = [each for each in methods if type(each) in (FunctionType, MethodType)]
    return True if any(iscoroutinefunction(each) for each in plain) else None


def _check_endpoint(endpoint_url: str) -> None:
    """Refuse what botocore finds out only when it sends."""
    from urllib.parse import urlsplit

    parts = urlsplit(endpoint_url)
    if parts.scheme not in ("http", "https"):
        raise ValueError(f"{endpoint_url} is no http or https URL")
    if parts.username is not None or parts.password is not None:
        # Without the URL: errors and logs show it, so no password may be in it.
        raise ValueError(
            "the endpoint has a user name or a password in it: leave it out"
        )
    _ = parts.port  # raises a ValueError if there can be no such port
