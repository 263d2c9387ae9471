"""Build botocore clients from the settings of ``Client`` and ``AsyncClient``."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Generator
from contextlib import AsyncExitStack, contextmanager
from functools import partial
from inspect import iscoroutinefunction
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from attrs import asdict, frozen

from lightsnap._aws.calls import TABLE
from lightsnap._aws.errors import configuration_error, zone_advice
from lightsnap._text import describe
from lightsnap.errors import ConfigurationError, wrong_type

if TYPE_CHECKING:
    from aiobotocore.session import AioSession
    from boto3.session import Session
    from botocore.config import Config

    from lightsnap._aws.protocols import (
        AsyncLightsailClient,
        ClosableClient,
        LightsailClient,
    )

# Seconds. Longer time-outs would let one call, with botocore's retries, outlast the
# deadline of a wait by minutes.
_CONNECT_TIMEOUT = 5
_READ_TIMEOUT = 15

# The size of the connection pool, for the threads or tasks that share a client.
# Connections are opened on demand, and opening one takes time.
_CONNECTIONS = 64
_ASYNC_CONNECTIONS = 256


@frozen(kw_only=True, repr=False)
class _Settings:
    """A given client, or the settings to build one.

    Raises:
        ConfigurationError: A setting has the wrong type, or two of them conflict.
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
            message = "give a lightsail client, or a session and settings, not both"
            raise ConfigurationError(message)
        if self.session is not None and self.profile_name is not None:
            message = "give a session or a profile_name, not both"
            raise ConfigurationError(message)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle these settings, which have no credentials.

        Raises:
            TypeError: They may have some.
        """
        name = "an AsyncClient" if self._client_is_async else "a Client"
        reason = ""
        if self.lightsail is not None or self.session is not None:
            kind = "client" if self.session is None else "session"
            reason = (
                f"it was given a {kind}, which holds credentials and connections. "
                f"Build it from settings such as region_name and profile_name"
            )
        proxies: dict[str, object] = getattr(self.config, "proxies", None) or {}
        if any("@" in f"{url}" for url in (self.endpoint_url, *proxies.values())):
            reason = (
                "the URL of its endpoint or proxy has a password. Set HTTPS_PROXY "
                "where it is used"
            )
        if reason:
            message = f"cannot pickle {name}: {reason}, or build it where it is used"
            raise TypeError(message)
        return partial(type(self), **asdict(self, recurse=False)), ()

    def __deepcopy__(self, memo: object) -> Self:
        return self  # a copy of a client shares what was given

    @property
    def profile(self) -> str | None:
        """The profile that the client is built from, if it is known."""
        session: Any = self.session
        if session is None and not self._client_is_async:  # it may be boto3's own
            session = getattr(sys.modules.get("boto3"), "DEFAULT_SESSION", None)
        names = (getattr(session, each, None) for each in ("profile_name", "profile"))
        known = (each for each in (self.profile_name, *names) if isinstance(each, str))
        return next(known, None)

    def _client_settings(self, config_type: Any, **defaults: Any) -> dict[str, Any]:
        """Return keyword arguments for the session's method that builds a client."""
        from lightsnap import __version__

        config = config_type(
            connect_timeout=_CONNECT_TIMEOUT,
            read_timeout=_READ_TIMEOUT,
            user_agent_extra=f"lightsnap/{__version__}",
            **defaults,
        )
        return {
            "region_name": self.region_name,
            "endpoint_url": self.endpoint_url,
            "config": config.merge(self.config) if self.config else config,
        }


class Settings(_Settings):
    """The settings of a ``Client``."""

    _session_method = "client"
    _session_expected = "a boto3 Session"
    _client_expected = "a boto3 Lightsail client, or session=, region_name= etc."
    _client_is_async = False

    def build(self) -> ClosableClient:
        """Build a client from the session, or from botocore's own configuration.

        Raises:
            ConfigurationError: There is no Region, the profile does not exist, or
                similar.
        """
        # The first connection imports this, during which a fork would be fatal; none
        # happens while a client is built.
        importlib.import_module("encodings.idna")

        from botocore.config import Config
        from botocore.session import Session as BotocoreSession

        from lightsnap._aws.loading import share_loader

        with _translate_settings_errors():
            defaults: dict[str, Any] = {"max_pool_connections": _CONNECTIONS}
            # Its default session, or what a test has put in place of it.
            boto3_client = getattr(sys.modules.get("boto3"), "client", None)
            create: Any
            if self.session is not None:
                create = cast("Any", self.session).client
            elif boto3_client is not None and self.profile_name is None:
                create = boto3_client
            else:
                session = BotocoreSession(profile=self.profile_name)
                share_loader(session)
                create = session.create_client
            client = create("lightsail", **self._client_settings(Config, **defaults))
            _validate_endpoint(client)
            _refuse_redirects(client)
        return cast("ClosableClient", client)


class AsyncSettings(_Settings):
    """The settings of an ``AsyncClient``."""

    _session_method = "create_client"
    _session_expected = "an aiobotocore session"
    _client_expected = "an aiobotocore Lightsail client, or session=, region_name= etc."
    _client_is_async = True

    async def build(self, exits: AsyncExitStack) -> AsyncLightsailClient:
        """Build a client that is closed with ``exits``.

        Raises:
            ConfigurationError: There is no Region, the profile does not exist,
                aiobotocore is not installed, or similar.
        """
        try:
            from aiobotocore.config import AioConfig
            from aiobotocore.session import AioSession
        except ImportError as error:
            message = (
                "AsyncClient needs aiobotocore: pip install 'lightsnap[async]', or "
                "give an aiobotocore client"
            )
            raise ConfigurationError(message) from error

        from lightsnap._aws.loading import share_loader

        with _translate_settings_errors():
            defaults: dict[str, Any] = {
                "max_pool_connections": _ASYNC_CONNECTIONS,
                # AioConfig.merge of old releases drops these.
                "connector_args": getattr(self.config, "connector_args", None),
            }
            session: Any = self.session
            if session is None:
                session = AioSession(profile=self.profile_name)
                share_loader(session)
            settings = self._client_settings(AioConfig, **defaults)
            context = session.create_client("lightsail", **settings)
            client = await exits.enter_async_context(context)
            _validate_endpoint(client)
            _refuse_redirects_async(client)
        return cast("AsyncLightsailClient", client)


class _PoolWithoutRedirects:
    """The part of a connection pool of urllib3 that follows no redirects."""

    def urlopen(self, *args: Any, **kwargs: Any) -> Any:
        kwargs["redirect"] = False
        pool: Any = super()
        return pool.urlopen(*args, **kwargs)


def _refuse_redirects(client: Any) -> None:
    """Make a client of botocore return every redirect as an error.

    It does not allow urllib3 to follow any, but urllib3 fails on a 303 to another host.
    """
    from botocore.httpsession import URLLib3Session

    http_session: Any = getattr(
        getattr(client, "_endpoint", None), "http_session", None
    )
    is_urllib3 = isinstance(http_session, URLLib3Session)
    if is_urllib3:
        pools: dict[str, type] = getattr(http_session, "_pool_classes_by_scheme")  # noqa: B009 (private)
        for scheme, pool in pools.items():
            pools[scheme] = type(pool.__name__, (_PoolWithoutRedirects, pool), {})


class _SessionWithoutRedirects:
    """An aiohttp session whose requests do not follow redirects."""

    def __init__(self, session: Any) -> None:
        self._session = session

    async def request(self, *args: Any, **kwargs: Any) -> Any:
        kwargs["allow_redirects"] = False
        return await self._session.request(*args, **kwargs)


def _refuse_redirects_async(client: Any) -> None:
    """Make a client of aiobotocore return redirects as errors, as botocore does.

    aiohttp follows them, and sends the session token to wherever they lead. aiobotocore
    has no option for this. httpx, which it can use instead, does not follow them.
    """
    from aiobotocore.httpsession import AIOHTTPSession

    http_session: Any = client._endpoint.http_session  # noqa: SLF001
    if not isinstance(http_session, AIOHTTPSession):
        return
    private: Any = http_session
    get_session = private._get_session  # noqa: SLF001

    async def get_without_redirects(proxy_url: str | None) -> Any:
        return _SessionWithoutRedirects(await get_session(proxy_url))

    private._get_session = get_without_redirects  # noqa: SLF001


@contextmanager
def _translate_settings_errors() -> Generator[None, None, None]:
    """Raise errors from building a client as ConfigurationError."""
    from botocore.exceptions import BotoCoreError

    try:
        yield
    except BotoCoreError as error:
        raise configuration_error(error) from error
    except Exception as error:
        # Nothing has been sent yet, so the settings must be the cause.
        reason = describe(error)
        if "@" in reason:  # an endpoint with a password, which botocore would show
            message = "the endpoint is not an http or https URL without a password"
            raise ConfigurationError(message) from None
        message = f"cannot build a client from these settings: {reason}"
        raise ConfigurationError(message) from error


def _has_method(value: object, name: str) -> bool:
    return callable(getattr(value, name, None))


def _is_async(lightsail: AsyncLightsailClient | LightsailClient) -> bool | None:
    """Whether a client's methods must be awaited, or None if that is unknown.

    The class of a botocore or aiobotocore client decides, since aiobotocore's methods
    return coroutines but are not coroutine functions. For others, the methods decide.
    """
    modules = {each.__module__.partition(".")[0] for each in type(lightsail).__mro__}
    if "aiobotocore" in modules or "botocore" in modules:
        return "aiobotocore" in modules
    methods = [getattr(lightsail, each.method_name, None) for each in TABLE]
    plain = [each for each in methods if type(each) in (FunctionType, MethodType)]
    return True if any(iscoroutinefunction(each) for each in plain) else None


def _validate_endpoint(client: Any) -> None:
    """Reject an endpoint that botocore would only reject when it sends.

    No message shows the URL, which may contain a password or a token.
    """
    from urllib.parse import urlsplit

    meta: Any = getattr(client, "meta", None)
    endpoint_url: object = getattr(meta, "endpoint_url", None)
    if not isinstance(endpoint_url, str):
        return  # not a client of botocore: a test has replaced boto3.client
    parts = urlsplit(endpoint_url)
    if parts.scheme not in ("http", "https"):
        raise ValueError("the endpoint is not an http or https URL")
    if parts.username is not None or parts.password is not None:
        # Errors and logs show the endpoint URL later on.
        raise ValueError("the endpoint contains a user name or a password: remove it")
    if parts.query or parts.fragment:
        raise ValueError("the endpoint contains a '?' or a '#': remove what follows")
    try:
        _ = parts.port
    except ValueError:
        # Its message shows a part of the password in `http://user:a/b@host`.
        message = "the port of the endpoint is not a number from 0 to 65535"
        raise ValueError(message) from None
    if advice := zone_advice(meta):
        raise ValueError(advice)
