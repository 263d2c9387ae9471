"""botocore's sessions, made to build a Lightsail client in less time.

A session of botocore's own looks into the folder of every service to find that there is
Lightsail, reads AWS's data files into ordered dicts, and does both anew in every
session. Here a session gets other parts instead, by the means that botocore has for it:

* ``Session.register_component("data_loader", …)``: a ``Loader`` that takes each folder
  for a service, without a look into it, and whose ``FILE_LOADER_CLASS`` reads into
  plain dicts, which are in the same order. Of the endpoints it keeps those of the
  services that are asked; there are hundreds of others. All sessions share it, and with
  it what was read. The files are botocore's own, or those that ``AWS_DATA_PATH`` leads
  to.
* ``ResponseParserFactory.set_parser_defaults(timestamp_parser=…)``: timestamps become
  UTC at once, not by way of the local time zone.
* ``Session.user_agent()`` and ``Config(user_agent=…)``: see ``user_agent``.

Settings and credentials are not shared: each session reads them anew.
"""

from __future__ import annotations

import gzip
import json
import os
from datetime import UTC, datetime
from functools import cache
from os.path import isdir, isfile
from pathlib import Path
from typing import Any, cast

from botocore.loaders import JSONFileLoader, Loader
from botocore.utils import parse_timestamp


def quicken(session: Any) -> None:
    """Give a session of botocore's, or of aiobotocore's, the quicker parts.

    Raises:
        BotoCoreError: The session's profile is not known, or the like.
    """
    loader = session.get_component("data_loader")
    session.register_component("data_loader", _shared_loader(*loader.search_paths))
    factory = session.get_component("response_parser_factory")
    factory.set_parser_defaults(timestamp_parser=_read_timestamp)


def user_agent(session: Any, config: Any) -> str | None:
    """What a client says of itself, so that botocore need not find it for each call.

    It is what the session tells, less its extra, which botocore adds again. None leaves
    it to botocore: where an application has an id of its own, it alone puts that in.
    """
    in_config = config is not None and config.user_agent_appid
    if in_config or session.get_config_variable("user_agent_appid"):
        return None
    told: str = session.user_agent()
    return told.removesuffix(session.user_agent_extra).rstrip()


class _PlainFileLoader(JSONFileLoader):
    def load_file(self, file_path: str) -> Any:
        data = _plain(file_path)
        if data is None:
            return super().load_file(file_path)  # of a kind that is new to us, or none
        if file_path.endswith(f"{os.sep}endpoints"):
            for partition in data["partitions"]:
                services = partition["services"]
                asked = _ASKED_SERVICES & services.keys()
                partition["services"] = {each: services[each] for each in asked}
        return data


def _plain(file_path: str) -> Any:
    # Not by Path.is_file, which raises where a folder may not be looked into.
    if isfile(path := f"{file_path}.json"):
        return json.loads(Path(path).read_text(encoding="utf-8"))
    if isfile(path := f"{file_path}.json.gz"):
        return json.loads(gzip.decompress(Path(path).read_bytes()).decode())
    return None


# By their endpoint prefixes: Lightsail, and those that botocore gets credentials from.
_ASKED_SERVICES = frozenset({"lightsail", "oidc", "portal.sso", "signin", "sts"})


class _QuickLoader(Loader):
    FILE_LOADER_CLASS = _PlainFileLoader

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002
        names = {
            entry.name
            for path in self.search_paths
            if isdir(path)
            for entry in os.scandir(path)
            if entry.is_dir()
        }
        return sorted(names)


@cache
def _shared_loader(*search_paths: str) -> Loader:
    return _QuickLoader(list(search_paths), include_default_search_paths=False)


def _read_timestamp(value: Any) -> datetime:
    if isinstance(value, (int, float)):
        try:
            return datetime.fromtimestamp(value, UTC)
        except (OSError, OverflowError, ValueError):
            pass  # beyond what the platform can tell
    return parse_timestamp(cast("str", value))  # it takes numbers as well
