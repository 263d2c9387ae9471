"""What a client is made from: the settings that ``Client`` takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, cast
from urllib.parse import urlsplit

from attrs import frozen

from lightsnap.errors import ConfigurationError, in_words
from lightsnap.service import LightsailClient, configuration_error

if TYPE_CHECKING:
    from boto3.session import Session
    from botocore.config import Config

# So short that one call, botocore's retries included, cannot outlast a wait by minutes.
_CONNECT_TIMEOUT = 5
_READ_TIMEOUT = 15


class ClosableClient(LightsailClient, Protocol):
    """A client of our own making, which we close as well."""

    def close(self) -> None:
        """Close its connections."""
        ...


@frozen(kw_only=True, repr=False)
class Settings:
    """What a client is made from: a boto3 client, or what it takes to build one.

    Raises:
        ConfigurationError: A setting has a wrong type, or two contradict each other.
    """

    lightsail: LightsailClient | None
    session: Session | None
    region_name: str | None
    profile_name: str | None
    endpoint_url: str | None
    config: Config | None

    def __attrs_post_init__(self) -> None:
        _require_methods(
            "lightsail",
            self.lightsail,
            "create_instance_snapshot get_operation get_instance_snapshot",
            "a boto3 Lightsail client, or session=, region_name= and the like",
        )
        _require_methods("session", self.session, "client", "a boto3 Session")
        _require_methods("config", self.config, "merge", "a botocore Config")
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

    def build(self) -> ClosableClient:
        """Build a client from the session, or from botocore's own configuration.

        Raises:
            ConfigurationError: There is no Region, the profile is not known, or such.
        """
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError
        from botocore.session import Session as BotocoreSession

        from lightsnap import __version__

        defaults = Config(
            connect_timeout=_CONNECT_TIMEOUT,
            read_timeout=_READ_TIMEOUT,
            user_agent_extra=f"lightsnap/{__version__}",
        )
        try:
            settings: dict[str, Any] = {
                "region_name": self.region_name,
                "endpoint_url": self.endpoint_url,
                "config": defaults.merge(self.config) if self.config else defaults,
            }
            if self.session is None:
                session = BotocoreSession(profile=self.profile_name)
                client: Any = session.create_client("lightsail", **settings)
            else:
                client = cast("Any", self.session).client("lightsail", **settings)
            _check_endpoint(client.meta.endpoint_url)
        except BotoCoreError as error:
            raise configuration_error(error) from error
        except Exception as error:
            # Nothing was sent yet: whatever this is, it comes from the settings.
            message = f"no client can be built from the settings: {in_words(error)}"
            raise ConfigurationError(message) from error
        return cast("ClosableClient", client)


def _require_methods(name: str, value: object, methods: str, expected: str) -> None:
    if value is not None and not all(
        callable(getattr(value, method, None)) for method in methods.split()
    ):
        message = f"{name} is of type {type(value).__name__}: give {expected}"
        raise ConfigurationError(message)


def _check_endpoint(endpoint_url: str) -> None:
    """Refuse what botocore finds out only when it sends."""
    parts = urlsplit(endpoint_url)
    if parts.scheme not in ("http", "https"):
        raise ValueError(f"{endpoint_url} is no http or https URL")
    _ = parts.port  # raises a ValueError if there can be no such port
