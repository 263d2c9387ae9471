"""The bodies of client methods, as generators that perform no I/O.

Four of the modules are imported by the methods that use them. No fork happens
meanwhile: in the child, the locks of an import by another thread would stay locked.
"""

from __future__ import annotations

import os
import threading
from importlib import import_module
from types import ModuleType

_importing = threading.RLock()
getattr(os, "register_at_fork", dict)(  # not on Windows
    before=_importing.acquire,
    after_in_parent=_importing.release,
    after_in_child=_importing.release,
)


def __getattr__(name: str) -> ModuleType:
    """Import a module on first use, as in ``from lightsnap._flows import waits``."""
    if name not in ("backups", "deletion", "snapshots", "waits"):
        raise AttributeError(name)
    with _importing:
        return import_module(f"{__name__}.{name}")
