"""Several sites: which they are, and what was found at each."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from attrs import frozen

from lightsnap._backups.plan import Site
from lightsnap._clients.client import Client
from lightsnap._sites import client_at, pool_of_threads
from lightsnap._text import describe
from lightsnap.cli.arguments import UsageError
from lightsnap.cli.backup_plan import naming
from lightsnap.cli.commands import open_client
from lightsnap.cli.connection import Connection
from lightsnap.errors import ConstraintError, LightsnapError

_Found = TypeVar("_Found")

# A client for a site is built by boto3, which these do not reach.
_NOT_FOR_SITES = {
    "ca_bundle": "set AWS_CA_BUNDLE",
    "no_verify_ssl": "set AWS_CA_BUNDLE",
    "no_sign_request": "leave it out",
    "cli_read_timeout": "leave it out",
    "cli_connect_timeout": "leave it out",
}


def sites_of(options: Namespace) -> tuple[Site, ...]:
    """Return the sites, each profile in each Region; empty without such options.

    Raises:
        UsageError: An option cannot be combined with several sites.
        ConstraintError: A Region has no valid name.
        ConfigurationError: A profile has no Region, and there is no ``--regions``.
    """
    if options.regions is None and options.profiles is None:
        return ()
    for name in ("region", "profile"):
        if None not in (getattr(options, name), getattr(options, f"{name}s")):
            raise UsageError(
                f"--{name} cannot be combined with --{name}s: add it there"
            )
    for name, advice in _NOT_FOR_SITES.items():
        if getattr(options, name) not in (None, False):
            option = f"--{name.replace('_', '-')}"
            message = f"{option} does not work with --regions and --profiles: {advice}"
            raise UsageError(message)
    sites: list[Site] = []
    for profile in options.profiles or [options.profile]:
        for region in options.regions or [_region_of(options, profile)]:
            with naming(lambda path: path.replace("region_name", "--regions")):
                sites.append(
                    Site(
                        region,
                        profile_name=profile,
                        endpoint_url=options.endpoint_url,
                    )
                )
    return tuple(dict.fromkeys(sites))


def _region_of(options: Namespace, profile: str | None) -> str:
    settings = Namespace(**{**vars(options), "profile": profile})
    return Connection.of(settings, os.environ).region_name


@frozen
class AtSite(Generic[_Found]):
    """What was found at a site; the site is None for that of the usual settings."""

    site: Site | None
    found: _Found


@frozen
class AtSites(Generic[_Found]):
    """What was found at each site, and why other sites failed."""

    results: list[AtSite[_Found]]
    errors: list[tuple[Site, LightsnapError]]

    def raise_if_all_failed(self) -> None:
        """Raise the first error if every site failed."""
        if self.errors and not self.results:
            raise self.errors[0][1]

    def raise_for_failure(self) -> None:
        """Raise an error if any site failed."""
        self.raise_if_all_failed()
        if self.errors:
            reasons = "; ".join(f"{at}: {describe(error)}" for at, error in self.errors)
            total = len(self.results) + len(self.errors)
            raise LightsnapError(
                f"{len(self.errors)} of {total} sites failed: {reasons}"
            )


def at_each_site(
    sites: Sequence[Site],
    connection: Connection,
    work: Callable[[Site | None, Client], _Found],
) -> AtSites[_Found]:
    """Call a function with each site and its client, side by side.

    A failed site stops no other.
    """
    if not sites:
        with open_client(connection) as client:
            return AtSites([AtSite(None, work(None, client))], [])

    def work_at(site: Site) -> _Found:
        with client_at(site) as client:
            return work(site, client)

    found: AtSites[_Found] = AtSites([], [])
    with pool_of_threads(len(sites)) as threads:
        futures = [threads.submit(work_at, site) for site in sites]
        for site, future in zip(sites, futures, strict=True):
            try:
                found.results.append(AtSite(site, future.result()))
            except ConstraintError:
                raise
            except LightsnapError as error:
                found.errors.append((site, error))
    return found
