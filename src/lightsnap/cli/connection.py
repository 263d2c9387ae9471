"""Connection settings from the options, the environment and the AWS config files."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

from attrs import frozen

from lightsnap._aws.calls import ApiOperation, perform
from lightsnap._aws.connecting import Settings
from lightsnap._aws.errors import configuration_error
from lightsnap.cli.arguments import SettingError
from lightsnap.cli.debug import log_traffic
from lightsnap.cli.options import FORMATS
from lightsnap.cli.outputs import TIMESTAMP_FORMATS
from lightsnap.errors import ConfigurationError

if TYPE_CHECKING:
    from botocore.session import Session

    from lightsnap._aws.protocols import ClosableClient

# The environment variables in the AWS CLI's order of precedence. botocore itself does
# not read AWS_REGION, and prefers AWS_DEFAULT_PROFILE.
_VARIABLES = {
    "profile": (None, ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"], None, None),
    "region": ("region", ["AWS_REGION", "AWS_DEFAULT_REGION"], None, None),
}


@frozen
class Connection:
    """A botocore session, and how to show its responses.

    Attributes:
        config: The profile's settings in the config file.
        output: One of ``FORMATS``.
        timestamp_format: ``iso8601`` or ``wire``.
    """

    _options: Namespace
    _environ: Mapping[str, str]
    _session: Session
    config: Mapping[str, Any]
    output: str
    timestamp_format: str

    @classmethod
    def of(cls, options: Namespace, environ: Mapping[str, str]) -> Connection:
        """Read the settings without sending anything.

        Raises:
            ConfigurationError: The profile is unknown, a config file cannot be read,
                or a setting is invalid.
            SettingError: ``cli_timestamp_format`` is invalid.
        """
        from botocore.exceptions import BotoCoreError
        from botocore.session import Session

        from lightsnap._aws.loading import share_loader

        session = Session(_VARIABLES, profile=options.profile or None)
        try:
            config: Mapping[str, Any] = session.get_scoped_config()
            share_loader(session)
        except BotoCoreError as error:
            raise configuration_error(error) from error
        output, where = options.output, "--output"
        if output is None:
            output, where = environ.get("AWS_DEFAULT_OUTPUT"), "AWS_DEFAULT_OUTPUT"
        if output is None:
            output, where = config.get("output", "json"), "output in the config file"
        return cls(
            options,
            environ,
            session,
            config,
            output=_require_choice(output, FORMATS, where, ConfigurationError),
            timestamp_format=_require_choice(
                config.get("cli_timestamp_format", "iso8601"),
                TIMESTAMP_FORMATS,
                "cli_timestamp_format in the config file",
                SettingError,
            ),
        )

    @property
    def region_name(self) -> str:
        """The Region of the options, the environment or the config file.

        Raises:
            ConfigurationError: There is none.
        """
        from botocore.exceptions import NoRegionError

        region: str | None = self._options.region
        region = region or self._session.get_config_variable("region")
        if region is None:
            error = NoRegionError()
            raise configuration_error(error) from error
        return region

    def open(self) -> ClosableClient:
        """Create a botocore client.

        Raises:
            ConfigurationError: There is no Region, or a setting is invalid.
        """
        from botocore import UNSIGNED
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError

        options = self._options
        given: dict[str, Any] = {}
        if options.cli_read_timeout is not None:
            given["read_timeout"] = options.cli_read_timeout or None
        if options.cli_connect_timeout is not None:
            given["connect_timeout"] = options.cli_connect_timeout or None
        retry_mode = self.config.get("retry_mode", "standard")  # the AWS CLI's default
        given["retries"] = {"mode": self._environ.get("AWS_RETRY_MODE", retry_mode)}
        if options.no_sign_request:
            given["signature_version"] = UNSIGNED
        try:
            config = Config(**given)
        except BotoCoreError as error:
            raise configuration_error(error) from error
        settings = Settings(
            lightsail=None,
            session=cast("Any", self),
            region_name=options.region,
            profile_name=None,
            endpoint_url=options.endpoint_url,
            config=config,
        )
        client = settings.build()
        if options.debug:
            log_traffic(client)
        return client

    def client(self, service_name: str, **settings: Any) -> object:
        """Create a client, as ``Session.client`` of boto3 does."""
        verify = False if self._options.no_verify_ssl else self._options.ca_bundle
        return self._session.create_client(service_name, verify=verify, **settings)


def instance_names(lightsail: ClosableClient) -> list[str]:
    """Fetch the names on the first page of the instances in the Region.

    Raises:
        LightsnapError: As ``perform``.
    """
    return perform(lightsail, _GET_INSTANCES())


def _read_names(response: Mapping[str, object]) -> list[str]:
    instances = cast("Iterable[Mapping[str, str]]", response.get("instances", ()))
    names = (instance.get("name") for instance in instances)
    return [name for name in names if name]


_GET_INSTANCES = ApiOperation("GetInstances", _read_names)


def _require_choice(
    value: str,
    choices: tuple[str, ...],
    where: str,
    error_type: Callable[[str], Exception],
) -> str:
    if value not in choices:
        message = f"{where} is {value!r:.80}: use one of {', '.join(choices)}"
        raise error_type(message)
    return value
