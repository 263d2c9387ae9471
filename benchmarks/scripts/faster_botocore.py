"""Create a snapshot with botocore, with some of lightsnap's faster parts.

The first argument names a loader below, such as ``FolderNames``. A further ``rarely``
makes garbage collection less frequent, and ``frozen`` disables it at exit.
"""

import gc
import sys

if "rarely" in sys.argv:
    gc.set_threshold(100_000)

import gzip
import json
import os
from pathlib import Path
from typing import Any

from botocore.loaders import JSONFileLoader, Loader
from botocore.session import Session


class FolderNames(Loader):
    """Treats every folder as a service, without opening it."""

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002
        return sorted(
            entry.name
            for path in map(Path, self.search_paths)
            if path.is_dir()
            for entry in os.scandir(path)
            if entry.is_dir()
        )


class PlainFileLoader(JSONFileLoader):
    def load_file(self, file_path: str) -> Any:
        if (path := Path(f"{file_path}.json")).is_file():
            return json.loads(path.read_text(encoding="utf-8"))
        if (path := Path(f"{file_path}.json.gz")).is_file():
            return json.loads(gzip.decompress(path.read_bytes()).decode())
        return None


class PlainDicts(FolderNames):
    """Also reads JSON into plain dicts."""

    FILE_LOADER_CLASS = PlainFileLoader


REQUIRED_SERVICES = frozenset({"lightsail", "oidc", "portal.sso", "signin", "sts"})


class FewEndpoints(PlainDicts):
    """Also keeps only the endpoints of required services."""

    def load_data_with_path(self, name: str) -> tuple[Any, str]:
        data, path = super().load_data_with_path(name)
        if name == "endpoints":
            for partition in data["partitions"]:
                services = partition["services"]
                required = REQUIRED_SERVICES & services.keys()
                partition["services"] = {each: services[each] for each in required}
        return data, path


kinds = {kind.__name__: kind for kind in (FolderNames, PlainDicts, FewEndpoints)}
kind = sys.argv[1]

session = Session()
paths = session.get_component("data_loader").search_paths
loader = kinds[kind](paths, include_default_search_paths=False)
session.register_component("data_loader", loader)
client = session.create_client("lightsail")
client.create_instance_snapshot(  # type: ignore[attr-defined] # botocore adds it at run time
    instanceName="WordPress-1",
    instanceSnapshotName="monday",
    tags=[{"key": "env", "value": "prod"}],
)
if "frozen" in sys.argv:
    gc.freeze()
