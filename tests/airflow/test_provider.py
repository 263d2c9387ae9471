"""What Airflow finds of the provider."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from airflow.providers_manager import ProvidersManager

from lightsnap.airflow import get_provider_info

MODULES = ["operators", "sensors", "triggers"]


def test_airflow_finds_the_provider_by_its_entry_point() -> None:
    manager: Any = ProvidersManager  # it has no types
    provider = manager().providers["lightsnap"]

    assert provider.data["name"] == "lightsnap"
    assert provider.data.items() >= get_provider_info().items()


def test_the_modules_that_it_lists_have_the_public_classes() -> None:
    info: Any = get_provider_info()

    found = {}
    for kind in MODULES:
        ((name,),) = (each["python-modules"] for each in info[kind])
        module = import_module(name)
        found[kind] = {
            name
            for name, value in vars(module).items()
            if getattr(value, "__module__", None) == module.__name__
            and not name.startswith("_")
        }
    assert found == {
        "operators": {
            "LightsailBackUpOperator",
            "LightsailCreateInstanceSnapshotOperator",
        },
        "sensors": {"LightsailInstanceSnapshotSensor"},
        "triggers": {"LightsailBackUpTrigger", "LightsailOperationsTrigger"},
    }
