"""A faster data loader for botocore sessions, plugged in at botocore's own hooks.

By default, every session lists the folders of all services to find Lightsail, and
parses AWS's data files into ordered dicts. This ``Loader`` is registered with
``Session.register_component("data_loader", …)``. It does three things:

* It takes every folder for a service, without listing its contents.
* Its ``FILE_LOADER_CLASS`` parses files into plain dicts.
* That class keeps the endpoints only of the services that are called.

Each of the three saves about 10 % of a process that takes a snapshot; the page
"Performance" has the figures. All sessions of a process share the loader and the data
that it has read. The files are those of botocore, or those in ``AWS_DATA_PATH``.
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
    """Make a botocore or aiobotocore session use the loader of this process.

    Raises:
        BotoCoreError: The session's profile does not exist, or similar.
    """
    loader = session.get_component("data_loader")
    session.register_component("data_loader", _shared_loader(*loader.search_paths))


class _PlainDictLoader(JSONFileLoader):
    def load_file(self, file_path: str) -> Any:
        data = _read_json(file_path)
        if data is None:
            return super().load_file(file_path)  # another format, or no such file
        if file_path.endswith(f"{os.sep}endpoints"):
            for partition in data["partitions"]:
                services = partition["services"]
                called = _CALLED_SERVICES & services.keys()
                partition["services"] = {each: services[each] for each in called}
        return data


def _read_json(file_path: str) -> Any:
    # Not Path.is_file, which raises if a folder cannot be accessed.
    if isfile(path := f"{file_path}.json"):
        return json.loads(Path(path).read_text(encoding="utf-8"))
    if isfile(path := f"{file_path}.json.gz"):
        return json.loads(gzip.decompress(Path(path).read_bytes()).decode())
    return None


# By endpoint prefix: Lightsail, and the services from which botocore gets credentials.
_CALLED_SERVICES = frozenset({"lightsail", "oidc", "portal.sso", "signin", "sts"})


class _FastLoader(Loader):
    FILE_LOADER_CLASS = _PlainDictLoader

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
    return _FastLoader(list(search_paths), include_default_search_paths=False)
