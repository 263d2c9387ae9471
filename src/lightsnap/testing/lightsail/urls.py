"""lightsail base URLs and paths."""

from collections.abc import Callable

from .responses import LightsailResponse

url_bases: list[str] = [
    r"https?://lightsail(-fips)?\.([^.]+)\.amazonaws\.com",
    # The domain of dual-stack endpoints.
    r"https?://lightsail(-fips)?\.([^.]+)\.api\.aws",
]

url_paths: dict[str, Callable[..., object]] = {
    "{0}/$": LightsailResponse.dispatch,
    # Clients generated from the Smithy model use its paths.
    "{0}/ls/api/2016-11-28/(?P<operation>[^/]+)$": LightsailResponse.dispatch,
}
