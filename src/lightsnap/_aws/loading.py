"""A quicker loader for botocore's sessions, by the means that botocore has for it.

A session of botocore's own lists the folder of every service to find that there is
Lightsail, reads AWS's data files into ordered dicts, and does both again in every
session. ``Session.register_component("data_loader", …)`` gives it another ``Loader``,
which takes each folder for a service, without listing it; its ``FILE_LOADER_CLASS``
reads into plain dicts, and keeps the endpoints of those services only that are called.
The sessions of a process share it, and with it what was read. The files are botocore's
own, or those in ``AWS_DATA_PATH``.

Each of the three saves about 10 % of a process that takes a snapshot; the page
"Performance" has the figures.
Settings and credentials are not shared: each session reads them again.
"""

from __future__ import annotations

import gzip
import json
import os
from functools import cache
from os.path import isdir, isfile
from pathlib import Path
from typing import Any

from botocore.loaders import JSONFileLoader, Loader


def share_loader(session: Any) -> None:
    """Give a session of botocore's, or of aiobotocore's, the loader of this process.

    Raises:
        BotoCoreError: The session's profile is not known, or the like.
    """
    loader = session.get_component("data_loader")
    session.register_component("data_loader", _shared_loader(*loader.search_paths))


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
